"""Routes of vendors/settlement."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
