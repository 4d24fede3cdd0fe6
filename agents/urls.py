"""Routes of the lender's own collectors."""

from django.urls import path

from agents.workbench import desk_views, messages, plan_views, views, weights_views

app_name = "workbench"
urlpatterns = [
    path("desk/", desk_views.desk, name="desk"),
    path("desk/next/", desk_views.next_case, name="next"),
    path("desk/plan/", plan_views.plan, name="plan"),
    path("desk/weights/", weights_views.weights, name="weights"),
    path("desk/views/", desk_views.save_view, name="view_save"),
    path("desk/<int:case_id>/", desk_views.desk_case, name="desk_case"),
    path("desk/<int:case_id>/payday/", desk_views.payday, name="payday"),
    path("desk/<int:case_id>/hold/", desk_views.hold_case, name="hold"),
    path("desk/<int:case_id>/leave/", desk_views.leave_case, name="leave"),
    path("cases/<int:case_id>/contact/", views.contact, name="contact"),
    path("cases/<int:case_id>/contact/open/", views.open_contact, name="contact_open"),
    path("cases/<int:case_id>/message/", messages.message, name="message"),
    path("cases/<int:case_id>/message/<int:message_id>/cancel/", messages.cancel, name="message_cancel"),
    path("contacts/", views.waiting, name="waiting"),
    path("contacts/<int:attempt_id>/", views.attempt, name="attempt"),
    path("contacts/<int:attempt_id>/confirm/", views.confirm, name="attempt_confirm"),
    path("contacts/<int:attempt_id>/dial/", views.dial, name="attempt_dial"),
    path("contacts/<int:attempt_id>/record/", views.record_result, name="attempt_record"),
    path("contacts/<int:attempt_id>/cancel/", views.cancel, name="attempt_cancel"),
]
