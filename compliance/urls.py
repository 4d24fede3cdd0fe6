"""Routes of compliance."""

from django.urls import URLPattern, URLResolver, path

from compliance.views import breaches, decisions, messages, rules

app_name = "compliance"
urlpatterns: list[URLPattern | URLResolver] = [
    path("breaches/", breaches.breaches, name="breaches"),
    path("rules/", rules.rules, name="rules"),
    path("rules/<slug:rule_id>/", rules.rule, name="rule"),
    path("rules/<slug:rule_id>/trial/", rules.rule_trial, name="rule_trial"),
    path("rules/<slug:rule_id>/change/", rules.rule_change, name="rule_change"),
    path("packs/<slug:pack>/switch/", rules.pack_switch, name="pack_switch"),
    path("changes/<int:change_id>/decide/", rules.change_decide, name="change_decide"),
    path("changes/<int:change_id>/withdraw/", rules.change_withdraw, name="change_withdraw"),
    path("templates/", messages.templates, name="templates"),
    path("templates/new/", messages.template_new, name="template_new"),
    path("templates/<int:template_id>/", messages.template, name="template"),
    path("templates/<int:template_id>/decide/", messages.template_decide, name="template_decide"),
    path("templates/<int:template_id>/retire/", messages.template_retire, name="template_retire"),
    path("messages/", messages.outbox, name="outbox"),
    path("decisions/<int:decision_id>/", decisions.decision, name="decision"),
]
