"""Routes of this room; compliance/urls.py has them all."""

from django.urls import URLPattern, path

from compliance.incidents import incident_views, recipient_views, report_views

REPORT = "incidents/<int:incident_id>/reports/<int:version>/"

urlpatterns: list[URLPattern] = [
    path("incidents/", incident_views.incidents, name="incidents"),
    path("incidents/new/", incident_views.new, name="incident_new"),
    path("incidents/recipients/", recipient_views.recipients, name="recipients"),
    path("incidents/recipients/new/", recipient_views.recipient_new, name="recipient_new"),
    path("incidents/recipients/<int:recipient_id>/switch/", recipient_views.recipient_switch, name="recipient_switch"),
    path("incidents/<int:incident_id>/", incident_views.incident, name="incident"),
    path("incidents/<int:incident_id>/edit/", incident_views.edit, name="incident_edit"),
    path("incidents/<int:incident_id>/measure/", incident_views.add_measure, name="incident_measure"),
    path("incidents/<int:incident_id>/close/", incident_views.close_incident, name="incident_close"),
    path("incidents/<int:incident_id>/reports/new/", report_views.report_new, name="report_new"),
    path(REPORT, report_views.report, name="report"),
    path(f"{REPORT}edit/", report_views.report_edit, name="report_edit"),
    path(f"{REPORT}approve/", report_views.report_approve, name="report_approve"),
    path(f"{REPORT}send/", report_views.report_send, name="report_send"),
]
