"""Matters of the register whose days are over: who is told, once a step."""

from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.breaching.register import CLOSE, HANDLE
from compliance.models import TO_REMEDY, BreachCase, BreachCaseState, BreachStep

OWNER, CLOSERS = 1, 2
LONG, REVIEWED_WITHIN = timedelta(days=7), timedelta(days=3)
"""House rules: a week over its days a matter is no longer only its owner's, and a review takes three days."""


def chase(*, now: datetime) -> int:
    """Tell the owner (where there is none, everybody who handles breaches) the first morning after the last day, and whoever
    closes them a week later, or when something waits for a review for more than three days; how many matters took a step.
    One message a person, two runs at once tell once."""
    today = clock.business_date(now)
    late = Q(state__in=TO_REMEDY, due_on__lt=today, escalated__lt=OWNER)
    late |= Q(state__in=TO_REMEDY, due_on__lt=today - LONG, escalated__lt=CLOSERS)
    late |= Q(state=BreachCaseState.REMEDIED, remedied_at__lt=now - REVIEWED_WITHIN, escalated__lt=CLOSERS)
    with transaction.atomic():
        rows = list(BreachCase.objects.filter(late).select_for_update(skip_locked=True, of=("self",)).order_by("pk"))
        for row in rows:
            row.escalated = OWNER if row.is_running and row.due_on >= today - LONG else CLOSERS
        BreachCase.objects.bulk_update(rows, ["escalated"])
        BreachStep.objects.bulk_create(
            BreachStep(breach_case=row, kind="escalated", at=now, data={"level": row.escalated}) for row in rows
        )
        audit.record_each(
            action="breach.escalated", actor=None, objects=[(row, {"level": row.escalated}) for row in rows]
        )
        _tell(rows)
    return len(rows)


def _tell(rows: list[BreachCase]) -> None:
    address = f"{reverse('compliance:breaches')}?overdue=1"
    running = [row for row in rows if row.is_running]
    owned = Counter(row.owner_id for row in running if row.owner_id is not None)
    for person in User.objects.filter(pk__in=owned):
        _send([person], "breach.overdue", f"{address}&owner={person.pk}", count=owned[person.pk])
    unowned = sum(1 for row in running if row.owner_id is None)
    if unowned:
        _send(list(users_with(HANDLE)), "breach.overdue_unowned", f"{address}&owner=none", count=unowned)
    long = sum(1 for row in running if row.escalated == CLOSERS)
    if long:
        _send(list(users_with(CLOSE)), "breach.overdue_long", address, count=long, days=LONG.days)
    if waiting := len(rows) - len(running):
        register = f"{reverse('compliance:breaches')}?state=remedied"
        _send(list(users_with(CLOSE)), "breach.review_waits", register, count=waiting, days=REVIEWED_WITHIN.days)


def _send(people: list[User], kind: str, url: str, **params: int) -> None:
    notify(users=people, kind=kind, params=dict(params), url=url, level="warning")
