"""Routes of the lender's own collectors."""

from django.urls import path

from agents.workbench import messages, views

app_name = "workbench"
urlpatterns = [
    path("cases/<int:case_id>/contact/", views.contact, name="contact"),
    path("cases/<int:case_id>/contact/open/", views.open_contact, name="contact_open"),
    path("cases/<int:case_id>/message/", messages.message, name="message"),
    path("cases/<int:case_id>/message/<int:message_id>/cancel/", messages.cancel, name="message_cancel"),
    path("contacts/", views.waiting, name="waiting"),
    path("contacts/<int:attempt_id>/", views.attempt, name="attempt"),
    path("contacts/<int:attempt_id>/record/", views.record_result, name="attempt_record"),
    path("contacts/<int:attempt_id>/cancel/", views.cancel, name="attempt_cancel"),
]
