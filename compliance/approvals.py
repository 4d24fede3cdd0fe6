"""Decisions of compliance that wait for a person, on the page of their tasks."""

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core.access import has
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.models import User
from compliance.models import PointState, TalkingPoint


@decisions
def talking_points(user: User) -> Waiting | None:
    """Words that somebody else has submitted."""
    if not has(user, "talking_points.approve"):
        return None
    waiting = TalkingPoint.objects.filter(state=PointState.SUBMITTED).exclude(author=user)
    return Waiting(_("待审批话术"), waiting.count(), f"{reverse('compliance:talking_points')}?state=submitted")
