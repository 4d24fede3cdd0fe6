"""Complaints that wait for a person, on the page of their tasks."""

from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.models import User
from compliance.complaints.conflicts import HANDLE
from compliance.complaints.desk import SOON_DAYS
from compliance.models import Complaint


@decisions
def unassigned_complaints(user: User) -> Waiting | None:
    """Those that nobody handles yet, for whoever may give them to somebody."""
    if not has(user, "complaints.assign"):
        return None
    waiting = Complaint.objects.for_user(user, "complaints.assign").open().filter(handler=None)
    return Waiting(_("待指定经办人的投诉"), waiting.count(), f"{reverse('compliance:complaints')}?handler=none")


@decisions
def own_complaints(user: User) -> Waiting | None:
    """Those that this person handles and that have to be closed within three days, or should have been."""
    if not has(user, HANDLE):
        return None
    until = clock.business_date(clock.now()) + timedelta(days=SOON_DAYS)
    waiting = Complaint.objects.open().filter(handler=user, due_on__lte=until)
    return Waiting(_("我办理的投诉即将到期"), waiting.count(), f"{reverse('compliance:complaints')}?handler=me")
