"""Routes of this room; compliance/urls.py has them all."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
