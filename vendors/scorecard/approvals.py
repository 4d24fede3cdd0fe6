"""Schemes of scorecards that wait for somebody's approval."""

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core.access import has
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.models import User
from vendors.models import ScorecardScheme, VersionState
from vendors.scorecard.schemes import APPROVE


@decisions
def schemes_to_approve(user: User) -> Waiting | None:
    """Not one's own."""
    if not has(user, APPROVE):
        return None
    found = ScorecardScheme.objects.filter(state=VersionState.SUBMITTED).exclude(made_by=user).count()
    return Waiting(_("待批准的评分方案"), found, reverse("vendors:schemes")) if found else None
