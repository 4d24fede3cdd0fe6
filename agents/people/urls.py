"""Routes: people."""

from django.urls import URLPattern, path

from agents.people import board_views

app_name = "people"
urlpatterns: list[URLPattern] = [
    path("board/", board_views.team_board, name="team_board"),
    path("<int:user_id>/day/", board_views.day, name="day"),
]
