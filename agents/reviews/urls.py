"""Routes: reviews."""

from django.urls import path

from agents.reviews import appraisal_views, reward_rules_views, reward_views, week_views, weights_views

app_name = "reviews"
urlpatterns = [
    path("", week_views.weeks, name="weeks"),
    path("appraisals/", appraisal_views.appraisals, name="appraisals"),
    path("appraisals/open/", appraisal_views.open_all, name="appraisals_open"),
    path("appraisals/export/", appraisal_views.export, name="appraisals_export"),
    path("appraisals/weights/", weights_views.weights, name="weights"),
    path("appraisals/<int:appraisal_id>/", appraisal_views.appraisal, name="appraisal"),
    path("appraisals/<int:appraisal_id>/self/", appraisal_views.own_view, name="appraisal_self"),
    path("appraisals/<int:appraisal_id>/lead/", appraisal_views.leader_view, name="appraisal_lead"),
    path("appraisals/<int:appraisal_id>/answer/", appraisal_views.own_answer, name="appraisal_answer"),
    path("appraisals/<int:appraisal_id>/decide/", appraisal_views.decision, name="appraisal_decide"),
    path("rewards/", reward_views.rewards, name="rewards"),
    path("rewards/propose/", reward_views.propose, name="rewards_propose"),
    path("rewards/rules/", reward_rules_views.rules, name="reward_rules"),
    path("rewards/<int:reward_id>/", reward_views.reward, name="reward"),
    path("rewards/<int:reward_id>/decide/", reward_views.decision, name="reward_decide"),
    path("rewards/<int:reward_id>/appeal/", reward_views.appeals, name="reward_appeal"),
    path("rewards/<int:reward_id>/appeal/decide/", reward_views.appeal_decision, name="reward_appeal_decide"),
    path("<int:user_id>/<str:week>/", week_views.week, name="week"),
    path("<int:user_id>/<str:week>/plan/", week_views.plan, name="week_plan"),
    path("<int:user_id>/<str:week>/hold/", week_views.hold, name="week_hold"),
    path("<int:user_id>/<str:week>/confirm/", week_views.confirm, name="week_confirm"),
    path("<int:user_id>/<str:week>/check/", week_views.check, name="week_check"),
]
