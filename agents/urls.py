"""Routes of the lender's own collectors."""

from django.urls import path

from agents.workbench import views

app_name = "workbench"
urlpatterns = [
    path("cases/<int:case_id>/contact/", views.contact, name="contact"),
    path("cases/<int:case_id>/contact/open/", views.open_contact, name="contact_open"),
    path("contacts/", views.waiting, name="waiting"),
    path("contacts/<int:attempt_id>/", views.attempt, name="attempt"),
    path("contacts/<int:attempt_id>/confirm/", views.confirm, name="attempt_confirm"),
    path("contacts/<int:attempt_id>/dial/", views.dial, name="attempt_dial"),
    path("contacts/<int:attempt_id>/record/", views.record_result, name="attempt_record"),
    path("contacts/<int:attempt_id>/cancel/", views.cancel, name="attempt_cancel"),
]
