"""Routes of compliance."""

from django.urls import URLPattern, URLResolver, path

from compliance.breaching.urls import urlpatterns as breaching
from compliance.complaints.urls import urlpatterns as complaints
from compliance.desk.urls import urlpatterns as desk
from compliance.disclosure.urls import urlpatterns as disclosure
from compliance.incidents.urls import urlpatterns as incidents
from compliance.keeping.urls import urlpatterns as keeping
from compliance.quality.urls import urlpatterns as quality
from compliance.routing.urls import urlpatterns as routing
from compliance.suggestions.urls import urlpatterns as suggestions
from compliance.views import decisions, messages, recordings, rules, talking_points, wishes
from compliance.wordcheck.urls import urlpatterns as wordcheck

app_name = "compliance"
urlpatterns: list[URLPattern | URLResolver] = [
    *desk,
    *complaints,
    *routing,
    *suggestions,
    *quality,
    *wordcheck,
    *breaching,
    *incidents,
    *disclosure,
    *keeping,
    path("recordings/", recordings.recordings, name="recordings"),
    path("recordings/<int:attempt_id>/", recordings.review, name="recording_review"),
    path("talking-points/", talking_points.talking_points, name="talking_points"),
    path("talking-points/new/", talking_points.new, name="talking_point_new"),
    path("talking-points/<int:point_id>/", talking_points.point, name="talking_point"),
    path("talking-points/<int:point_id>/decide/", talking_points.decide, name="talking_point_decide"),
    path("talking-points/<int:point_id>/retire/", talking_points.retire, name="talking_point_retire"),
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
    path("cases/<int:case_id>/wishes/new/", wishes.record, name="wish_new"),
    path("cases/<int:case_id>/wishes/<int:wish_id>/end/", wishes.end, name="wish_end"),
    path("decisions/<int:decision_id>/", decisions.decision, name="decision"),
]
