"""Routes of compliance."""

from django.urls import URLPattern, URLResolver, path

from compliance.views import breaches, rules

app_name = "compliance"
urlpatterns: list[URLPattern | URLResolver] = [
    path("breaches/", breaches.breaches, name="breaches"),
    path("rules/", rules.rules, name="rules"),
    path("rules/<slug:rule_id>/", rules.rule, name="rule"),
]
