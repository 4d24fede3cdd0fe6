"""Routes of vendors/contracts."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
