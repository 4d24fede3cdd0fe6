"""Routes of vendors/meetings."""

from django.urls import URLPattern, path

from vendors.meetings import views

urlpatterns: list[URLPattern] = [
    path("meetings/", views.meetings, name="meetings"),
    path("meetings/make/", views.meeting_make, name="meeting_make"),
    path("meetings/<int:meeting_id>/", views.meeting, name="meeting"),
    path("meetings/<int:meeting_id>/minutes/", views.meeting_minutes, name="meeting_minutes"),
    path("meetings/<int:meeting_id>/decisions/", views.meeting_decide, name="meeting_decide"),
]
