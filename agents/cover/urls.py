"""Routes: cover."""

from django.urls import path

from agents.cover import arrange_views, change_views, views

app_name = "cover"
urlpatterns = [
    path("", views.calendar, name="calendar"),
    path("arrange/", arrange_views.arrange, name="arrange"),
    path("<int:cover_id>/", views.cover, name="cover"),
    path("<int:cover_id>/note/", change_views.note, name="note"),
    path("<int:cover_id>/end/", change_views.end, name="end"),
    path("<int:cover_id>/extend/", change_views.extend, name="extend"),
    path("<int:cover_id>/cancel/", change_views.cancel, name="cancel"),
    path("<int:cover_id>/hand-on/", change_views.hand_on, name="hand_on"),
]
