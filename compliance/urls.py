"""Routes of compliance."""

from django.urls import URLPattern, URLResolver, path

from compliance.views import breaches, recordings, rules, talking_points

app_name = "compliance"
urlpatterns: list[URLPattern | URLResolver] = [
    path("breaches/", breaches.breaches, name="breaches"),
    path("recordings/", recordings.recordings, name="recordings"),
    path("recordings/<int:attempt_id>/", recordings.review, name="recording_review"),
    path("talking-points/", talking_points.talking_points, name="talking_points"),
    path("talking-points/new/", talking_points.new, name="talking_point_new"),
    path("talking-points/<int:point_id>/", talking_points.point, name="talking_point"),
    path("talking-points/<int:point_id>/decide/", talking_points.decide, name="talking_point_decide"),
    path("talking-points/<int:point_id>/retire/", talking_points.retire, name="talking_point_retire"),
    path("rules/", rules.rules, name="rules"),
    path("rules/<slug:rule_id>/", rules.rule, name="rule"),
]
