"""Routes: assignment."""

from django.urls import path

from agents.assignment import board_views, rules_views, run_views

app_name = "assignment"
urlpatterns = [
    path("", board_views.board, name="board"),
    path("plan/", board_views.plan, name="plan"),
    path("fairness/", board_views.fairness, name="fairness"),
    path("rules/", rules_views.rules, name="rules"),
    path("rules/save/", rules_views.save, name="rules_save"),
    path("<int:run_id>/", run_views.run, name="run"),
    path("<int:run_id>/moves/<int:case_id>/", run_views.edit, name="edit"),
    path("<int:run_id>/approve/", run_views.approve, name="approve"),
    path("<int:run_id>/apply/", run_views.apply, name="apply"),
    path("<int:run_id>/undo/", run_views.undo, name="undo"),
    path("<int:run_id>/drop/", run_views.drop, name="drop"),
    path("<int:run_id>/reject/", run_views.reject, name="reject"),
    path("<int:run_id>/replay/", run_views.replay, name="replay"),
]
