"""What the contact log finds, withdraws and finds again, in the register: in the transaction that finds it."""

from collections.abc import Collection
from datetime import datetime

from collection_ops.core import clock
from collection_ops.core.services import audit
from compliance.breaching.kinds import severity_of
from compliance.breaching.register import due_days, tell_of_new
from compliance.models import (
    STANDING,
    Breach,
    BreachCase,
    BreachCaseState,
    BreachSource,
    BreachState,
    BreachStep,
    ContactAttempt,
)


def follow(breaches: Collection[Breach], attempts: Collection[ContactAttempt], *, now: datetime) -> None:
    """Bring the register after the `breaches` that changed, `attempts` among them theirs. Some statements, however many:
    new ones open a matter, withdrawn ones withdraw it, those that came back open it again. What a person has closed or
    dismissed stays as it is."""
    if not breaches:
        return
    known = {
        row.breach_id: row
        for row in BreachCase.objects.select_for_update(of=("self",)).filter(breach__in=breaches).order_by("pk")
    }
    fresh = _opened([one for one in breaches if one.pk not in known], {one.pk: one for one in attempts}, now)
    gone, back = [], []
    for one in breaches:
        row = known.get(one.pk)
        if row is None:
            continue
        if one.state == BreachState.WITHDRAWN and row.state in STANDING:
            row.state = BreachCaseState.WITHDRAWN
            gone.append(row)
        elif one.state == BreachState.OPEN and row.state == BreachCaseState.WITHDRAWN:
            row.state = BreachCaseState.OPEN if row.owner_id is None else BreachCaseState.IN_HAND
            back.append(row)
    if back:
        days, today = due_days(clock.business_date(now)), clock.business_date(now)
        for row in back:
            row.remedied_at, row.escalated, row.due_on = None, 0, today + days[row.severity]  # type: ignore[index]
    BreachCase.objects.bulk_update([*gone, *back], ["state", "remedied_at", "escalated", "due_on"])
    for kind, rows in (("opened", fresh), ("withdrawn", gone), ("back", back)):
        BreachStep.objects.bulk_create(BreachStep(breach_case=row, kind=kind, at=now) for row in rows)
        audit.record_each(
            action=f"breach.{kind}",
            actor=None,
            objects=[(row, {"kind": row.kind, "source": row.source}) for row in rows],
        )
    tell_of_new(fresh, actor=None)


def _opened(breaches: list[Breach], attempts: dict[int, ContactAttempt], now: datetime) -> list[BreachCase]:
    if not breaches:
        return []
    today = clock.business_date(now)
    days = due_days(today)
    rows = []
    for one in breaches:
        attempt, severity = attempts[one.attempt_id], severity_of(one.rule)
        rows.append(
            BreachCase(
                source=BreachSource.LOG,
                breach=one,
                attempt=attempt,
                kind=one.rule,
                severity=severity,
                user_id=attempt.actor_id,
                org=attempt.org,
                found_on=today,
                due_on=today + days[severity],
                recorded_at=now,
            )
        )
    return BreachCase.objects.bulk_create(rows)
