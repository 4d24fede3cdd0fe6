"""Routes of the compliance desk; compliance/urls.py has them all."""

from django.urls import URLPattern, path

from compliance.desk import views

urlpatterns: list[URLPattern] = [path("desk/", views.desk, name="desk")]
