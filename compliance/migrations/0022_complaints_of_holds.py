"""Holds for complaints that were placed before there was a register become complaints, the way they were counted then."""

from datetime import datetime, timedelta
from typing import Any

from django.db import migrations
from django.utils import timezone

DAYS = 15  # CN-C-01, the default of the day on which the register came
BATCH = 500
HANDLERS = ("compliance", "supervisor")


def tell_as_complaints(apps: Any, schema_editor: Any) -> None:
    register(apps, now=timezone.now())


def register(apps: Any, *, now: datetime) -> int:
    """One complaint for each hold that no complaint has placed; how many. Repeatable.

    Whom the hold accused is whom the complaint is about. In force: received, with the hold as its own. Ended: closed on
    that day, upheld where there was proof. A hold that ended and that nobody could have handled is left as it is.
    """
    Hold, Complaint = apps.get_model("cases", "Hold"), apps.get_model("compliance", "Complaint")
    taken = set(Complaint.objects.filter(hold__isnull=False).values_list("hold", flat=True))
    # A complaint about two people has two holds and leads to one of them; both say so.
    holds = Hold.objects.filter(type="complaint").exclude(placed_by=None, reason__startswith="投诉 TS")
    waiting = [hold for hold in holds.order_by("pk") if hold.pk not in taken]
    handlers = _handlers(apps)
    made = 0
    for start in range(0, len(waiting), BATCH):
        made += _write(apps, waiting[start : start + BATCH], handlers, now)
    return made


def _handlers(apps: Any) -> list[int]:
    """Who may have handled one that is over, the likeliest first."""
    Grant = apps.get_model("core", "RoleGrant")
    found: list[int] = []
    for role in HANDLERS:
        found += Grant.objects.filter(role=role).order_by("pk").values_list("user", flat=True)
    return found


def _write(apps: Any, holds: list[Any], handlers: list[int], now: datetime) -> int:
    Complaint, Round, Step, Subject = (
        apps.get_model("compliance", name)
        for name in ("Complaint", "ComplaintRound", "ComplaintStep", "ComplaintSubject")
    )
    complaints, of_hold = [], []
    for hold in holds:
        complaint = _complaint(Complaint, hold, handlers, now)
        if complaint is not None:
            complaints.append(complaint)
            of_hold.append(hold)
    Complaint.objects.bulk_create(complaints)
    rounds, steps, subjects = [], [], []
    for complaint, hold in zip(complaints, of_hold, strict=True):
        is_over = complaint.state == "closed"
        rounds.append(
            Round(
                complaint=complaint, number=1, started_on=complaint.received_on, due_on=complaint.due_on,
                outcome=complaint.outcome, closed_at=complaint.closed_at,
                closed_on=timezone.localdate(complaint.closed_at) if is_over else None,
            )
        )
        responsible = complaint.outcome == "upheld" if is_over else None
        if hold.accused_id is not None:
            subjects.append(
                Subject(complaint=complaint, about="collector", user_id=hold.accused_id, responsible=responsible)
            )
        if hold.accused_org:
            subjects.append(
                Subject(complaint=complaint, about="agency", org=hold.accused_org, responsible=responsible)
            )
        steps.append(
            Step(
                complaint=complaint, kind="received", at=hold.placed_at, actor_id=hold.placed_by_id,
                data={"source": "collector", "hold": hold.pk},
            )
        )
        if is_over:
            steps.append(
                Step(
                    complaint=complaint, kind="decided", at=hold.ends_at, actor_id=hold.lifted_by_id,
                    data={"outcome": complaint.outcome, "hold": hold.pk},
                )
            )
            steps.append(
                Step(
                    complaint=complaint, kind="closed", at=hold.ends_at, actor_id=hold.lifted_by_id,
                    words=hold.lift_reason,
                    data={"in_time": rounds[-1].closed_on <= complaint.due_on, "hold": hold.pk},
                )
            )
    Round.objects.bulk_create(rounds)
    Subject.objects.bulk_create(subjects)
    Step.objects.bulk_create(steps)
    return len(complaints)


def _complaint(Complaint: Any, hold: Any, handlers: list[int], now: datetime) -> Any:
    received_at = min(hold.since, hold.placed_at) if hold.since > now else hold.since
    received_on = timezone.localdate(received_at)
    complaint = Complaint(
        debtor_id=hold.debtor_id, source="collector", type="other", category="other", severity=1,
        received_at=received_at, received_on=received_on, complainant="self", narrative=hold.reason, state="received",
        due_on=received_on + timedelta(days=DAYS), recorded_by_id=hold.placed_by_id, recorded_at=hold.placed_at,
        hold_id=hold.pk,
    )
    if hold.ends_at is None or hold.ends_at > now:
        return complaint
    possible = [hold.lifted_by_id, *handlers, hold.placed_by_id]
    handler = next((pk for pk in possible if pk is not None and pk != hold.accused_id), None)
    if handler is None:
        return None
    complaint.state, complaint.outcome = "closed", "upheld" if hold.proven else "not_upheld"
    complaint.handler_id, complaint.decided_by_id = handler, hold.lifted_by_id
    complaint.decided_at = complaint.closed_at = hold.ends_at
    complaint.finding = hold.lift_reason
    return complaint


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0019_complaint_holds"),
        ("compliance", "0021_complaints"),
    ]

    operations = [migrations.RunPython(tell_as_complaints, migrations.RunPython.noop)]
