"""What keeping puts on the compliance desk: requests by their last day, and what waits for a second person."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core.access import has
from collection_ops.core.models import User
from compliance.desk.parts import Card, Deadline, card, deadlines, end_of, named
from compliance.keeping.carrying_out import waiting_to_be_erased
from compliance.keeping.requests import VIEW, open_requests
from compliance.keeping.runs import APPROVE
from compliance.models import RetentionRun, RetentionState


@deadlines
def requests_due(user: User, now: datetime, most: int) -> Iterable[Deadline]:
    if not has(user, VIEW):
        return
    rows = open_requests().select_related("checked_by", "decided_by")
    for one in rows.order_by("due_on", "pk")[:most]:
        yield Deadline(
            kind=_("个人信息请求"),
            number=one.number,
            what=str(one.get_kind_display()),
            ends_at=end_of(one.due_on),
            url=reverse("compliance:data_request", args=[one.pk]),
            who=named(one.decided_by or one.checked_by),
        )


@card
def removals_to_approve(user: User, now: datetime) -> Card | None:
    """Those that somebody else proposed."""
    if not has(user, APPROVE):
        return None
    waiting = RetentionRun.objects.filter(state=RetentionState.PROPOSED).exclude(proposed_by=user).count()
    return Card(
        label=_("待批准到期删除"),
        count=waiting,
        url=reverse("compliance:retention"),
        tone="warning" if waiting else "neutral",
        order=30,
    )


@card
def erasures_to_carry_out(user: User, now: datetime) -> Card | None:
    """Deletions that somebody else granted to a person."""
    if not has(user, APPROVE):
        return None
    waiting = waiting_to_be_erased(user).count()
    return Card(
        label=_("待执行个人信息删除"),
        count=waiting,
        url=reverse("compliance:data_requests"),
        tone="warning" if waiting else "neutral",
        order=31,
    )
