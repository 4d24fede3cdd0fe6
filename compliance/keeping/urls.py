"""Routes of this room; compliance/urls.py has them all."""

from django.urls import URLPattern, path

from compliance.keeping import hold_views, request_views, retention_views

urlpatterns: list[URLPattern] = [
    path("retention/", retention_views.retention, name="retention"),
    path("retention/draft/", retention_views.draft, name="retention_draft"),
    path("retention/<int:run_id>/", retention_views.retention_run, name="retention_run"),
    path("retention/<int:run_id>/propose/", retention_views.propose, name="retention_propose"),
    path("retention/<int:run_id>/decide/", retention_views.decide, name="retention_decide"),
    path("retention/<int:run_id>/resume/", retention_views.resume, name="retention_resume"),
    path("retention/<int:run_id>/withdraw/", retention_views.withdraw, name="retention_withdraw"),
    path("data-requests/", request_views.data_requests, name="data_requests"),
    path("data-requests/new/", request_views.new, name="data_request_new"),
    path("data-requests/<int:request_id>/", request_views.data_request, name="data_request"),
    path("data-requests/<int:request_id>/check/", request_views.check, name="data_request_check"),
    path("data-requests/<int:request_id>/decide/", request_views.decide, name="data_request_decide"),
    path("data-requests/<int:request_id>/erase/", request_views.erase_parts, name="data_request_erase"),
    path("data-requests/<int:request_id>/withdraw/", request_views.withdraw, name="data_request_withdraw"),
    path("data-requests/<int:request_id>/correct/", request_views.correct_one, name="data_request_correct"),
    path("data-requests/<int:request_id>/done/", request_views.done, name="data_request_done"),
    path("data-requests/<int:request_id>/copy/", request_views.copy, name="data_request_copy"),
    path("data-requests/<int:request_id>/file/", request_views.file, name="data_request_file"),
    path("legal-holds/", hold_views.legal_holds, name="legal_holds"),
    path("legal-holds/new/", hold_views.legal_hold_new, name="legal_hold_new"),
    path("legal-holds/<int:hold_id>/lift/", hold_views.legal_hold_lift, name="legal_hold_lift"),
]
