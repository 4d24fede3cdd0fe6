"""Routes of vendors/agencies."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
