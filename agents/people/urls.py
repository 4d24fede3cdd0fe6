"""Routes: people."""

from django.urls import URLPattern, path

from agents.people import file_views, leave_views, list_views, papers_views, teams_views

app_name = "people"
urlpatterns: list[URLPattern] = [
    path("", list_views.people, name="list"),
    path("teams/", teams_views.teams, name="teams"),
    path("teams/<int:team_id>/", teams_views.team, name="team"),
    path("shifts/", teams_views.shifts, name="shifts"),
    path("shifts/<int:shift_id>/", teams_views.shift, name="shift"),
    path("leave/", leave_views.leaves, name="leaves"),
    path("leave/ask/", leave_views.ask, name="leave_ask"),
    path("leave/<int:leave_id>/decide/", leave_views.decide, name="leave_decide"),
    path("leave/<int:leave_id>/cancel/", leave_views.cancel, name="leave_cancel"),
    path("certificates/<int:certificate_id>/revoke/", papers_views.revoke, name="certificate_revoke"),
    path("papers/<int:paper_id>/withdraw/", papers_views.withdraw, name="paper_withdraw"),
    path("<int:user_id>/", list_views.person, name="person"),
    path("<int:user_id>/edit/", file_views.edit, name="edit"),
    path("<int:user_id>/place/", file_views.place, name="place"),
    path("<int:user_id>/leave/", leave_views.record, name="leave_record"),
    path("<int:user_id>/certificate/", papers_views.certificate, name="certificate"),
    path("<int:user_id>/paper/", papers_views.paper, name="paper"),
]
