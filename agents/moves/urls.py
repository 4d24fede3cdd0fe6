"""Routes: moves."""

from django.urls import path

from agents.moves import assist_views, choice_views, limits_views, rotation_views, select_views

app_name = "moves"
urlpatterns = [
    path("", select_views.select, name="select"),
    path("choose/", select_views.make_choice, name="choose"),
    path("case/<int:case_id>/", select_views.one_case, name="case"),
    path("choice/<int:choice_id>/", choice_views.choice, name="choice"),
    path("limits/", limits_views.limits, name="limits"),
    path("rotation/", rotation_views.rotation, name="rotation"),
    path("rotation/exempt/", rotation_views.exempt_lines, name="exempt"),
    path("assists/", assist_views.assists, name="assists"),
    path("assists/ask/<int:case_id>/", assist_views.ask, name="ask"),
    path("assists/<int:assist_id>/", assist_views.assist, name="assist"),
    path("assists/<int:assist_id>/decide/", assist_views.decide, name="decide"),
    path("assists/<int:assist_id>/finish/", assist_views.finish, name="finish"),
    path("assists/<int:assist_id>/cancel/", assist_views.cancel, name="cancel"),
]
