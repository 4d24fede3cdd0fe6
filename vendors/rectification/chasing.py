"""Rectifications whose days are over: told once, and a few days later the agency is given no further cases."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.services import audit
from vendors.models import Agency, Rectification, RectificationState
from vendors.rectification.limits import STOP_AFTER
from vendors.rectification.raising import ANSWER, JUDGE, raise_due, step, tell
from vendors.rectification.stopping import stop

TOLD = 1


def chase(*, now: datetime) -> dict[str, int]:
    """Safe to repeat; two at once act once, since the rows are locked. A handful of rows a night."""
    today = clock.business_date(now)
    stops_before = today - timedelta(days=STOP_AFTER.on(today))
    late = Rectification.objects.filter(state=RectificationState.OPEN, due_on__lt=today)
    with transaction.atomic():
        agencies = late.order_by().values("agency")
        list(
            Agency.objects.select_for_update(of=("self",), no_key=True)
            .filter(pk__in=agencies)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        rows = list(late.select_for_update(of=("self",)).select_related("agency__desk").order_by("pk"))
        told = [row for row in rows if row.escalated < TOLD]
        stopped = [row for row in rows if row.stopped_on is None and row.due_on < stops_before]
        people = list(users_with(ANSWER).union(users_with(JUDGE))) if told else []
        for row in told:
            row.escalated = TOLD
            row.save(update_fields=["escalated"])
            step(row, "overdue", actor=None, now=now)
            audit.record(action="rectification.overdue", actor=None, obj=row)
            tell(row, "rectification.overdue", people, None)
        for row in stopped:
            stop(row, "overdue", actor=None, now=now)
    return {"told": len(told), "stopped": len(stopped)}


def nightly(*, now: datetime) -> dict[str, Any]:
    """What the night's task does: figures for nobody, but a test."""
    return {"raised": raise_due(now=now), **chase(now=now)}
