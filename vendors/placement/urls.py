"""Routes of vendors/placement."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
