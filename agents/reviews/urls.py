"""Routes: reviews."""

from django.urls import path

from agents.reviews import week_views

app_name = "reviews"
urlpatterns = [
    path("", week_views.weeks, name="weeks"),
    path("<int:user_id>/<str:week>/", week_views.week, name="week"),
    path("<int:user_id>/<str:week>/plan/", week_views.plan, name="week_plan"),
    path("<int:user_id>/<str:week>/hold/", week_views.hold, name="week_hold"),
    path("<int:user_id>/<str:week>/confirm/", week_views.confirm, name="week_confirm"),
    path("<int:user_id>/<str:week>/check/", week_views.check, name="week_check"),
]
