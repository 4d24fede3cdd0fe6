"""Routes of this room; compliance/urls.py has them all."""

from django.urls import URLPattern, path

from compliance.keeping import retention_views

urlpatterns: list[URLPattern] = [
    path("retention/", retention_views.retention, name="retention"),
    path("retention/draft/", retention_views.draft, name="retention_draft"),
    path("retention/<int:run_id>/", retention_views.retention_run, name="retention_run"),
    path("retention/<int:run_id>/propose/", retention_views.propose, name="retention_propose"),
    path("retention/<int:run_id>/decide/", retention_views.decide, name="retention_decide"),
    path("retention/<int:run_id>/withdraw/", retention_views.withdraw, name="retention_withdraw"),
    path("legal-holds/new/", retention_views.legal_hold_new, name="legal_hold_new"),
    path("legal-holds/<int:hold_id>/lift/", retention_views.legal_hold_lift, name="legal_hold_lift"),
]
