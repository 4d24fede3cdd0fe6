"""Clocks of incidents that run out: who is reminded at 24, 12, 4 and 1 hours and when it is late, each once."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from collection_ops.core.access import users_with
from collection_ops.core.services.notifications import notify
from compliance.incidents.clock import mark_at
from compliance.incidents.register import WRITE, reporters, step
from compliance.models import Incident


def watch(*, now: datetime) -> int:
    """Remind the owner and everybody who reports incidents; how many reminders. After a pause of the schedule only the
    closest mark is told, not all that were missed. Two runs at once tell once."""
    told = 0
    with transaction.atomic():
        runs = Q(first_sent_at__isnull=True) | Q(leak_due_at__isnull=False, leak_told_at__isnull=True)
        rows = Incident.objects.filter(runs, closed_at__isnull=True).select_related("owner")
        people = None
        for row in rows.select_for_update(skip_locked=True, of=("self",)).order_by("pk"):
            marks = _new_marks(row, now)
            if not marks:
                continue
            people = people if people is not None else list(users_with(WRITE))
            for which, hours in marks:
                told += 1
                row.told.append(f"{which}:{hours}")
                step(row, "reminded", actor=None, now=now, data={"which": which, "hours": hours})
                notify(
                    users={one.pk: one for one in [row.owner, *reporters(row, people)]}.values(),
                    kind=f"incident.{which}_{'late' if hours == 0 else 'soon'}",
                    params={"number": row.number, "hours": hours},
                    url=reverse("compliance:incident", args=[row.pk]),
                    level="danger",
                )
            row.save(update_fields=["told"])
    return told


def _new_marks(row: Incident, now: datetime) -> list[tuple[str, int]]:
    clocks = (("report", row.due_at, row.first_sent_at), ("leak", row.leak_due_at, row.leak_told_at))
    found = []
    for which, due_at, done_at in clocks:
        if due_at is None or done_at is not None:
            continue
        mark = mark_at(due_at, now)
        if mark is not None and f"{which}:{mark}" not in row.told:
            found.append((which, mark))
    return found
