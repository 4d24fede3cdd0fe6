from django.urls import path

from compliance.api import attempts, complaints, contacts

urlpatterns = [
    path("attempts/", attempts.AttemptOpen.as_view(), name="attempts"),
    path("attempts/<int:attempt_id>/", attempts.AttemptDetail.as_view(), name="attempt"),
    path("attempts/<int:attempt_id>/close/", attempts.AttemptClose.as_view(), name="attempt_close"),
    path("attempts/<int:attempt_id>/cancel/", attempts.AttemptCancel.as_view(), name="attempt_cancel"),
    path("contacts/bulk/", contacts.ContactsBulk.as_view(), name="contacts_bulk"),
    path("complaints/", complaints.Complaints.as_view(), name="complaints"),
]
