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
from compliance.models import BreachCase, BreachStep

OWNER, CLOSERS = 1, 2
LONG = timedelta(days=7)
"""House rule: a week over its days a matter is no longer only its owner's."""


def chase(*, now: datetime) -> int:
    """Tell the owner (where there is none, everybody who handles breaches) the first morning after the last day, and whoever
    closes them a week later; how many matters took a step. One message a person, two runs at once tell once."""
    today = clock.business_date(now)
    late = Q(escalated__lt=OWNER) | Q(escalated__lt=CLOSERS, due_on__lt=today - LONG)
    with transaction.atomic():
        rows = list(
            BreachCase.objects.overdue(today)
            .filter(late)
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("pk")
        )
        for row in rows:
            row.escalated = CLOSERS if row.due_on < today - LONG else OWNER
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
    owned = Counter(row.owner_id for row in rows if row.owner_id is not None)
    for person in User.objects.filter(pk__in=owned):
        _send([person], "breach.overdue", f"{address}&owner={person.pk}", count=owned[person.pk])
    unowned = sum(1 for row in rows if row.owner_id is None)
    if unowned:
        _send(list(users_with(HANDLE)), "breach.overdue_unowned", f"{address}&owner=none", count=unowned)
    long = sum(1 for row in rows if row.escalated == CLOSERS)
    if long:
        _send(list(users_with(CLOSE)), "breach.overdue_long", address, count=long, days=LONG.days)


def _send(people: list[User], kind: str, url: str, **params: int) -> None:
    notify(users=people, kind=kind, params=dict(params), url=url, level="warning")
