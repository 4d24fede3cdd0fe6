"""A run as the engine leaves it, its rows made by hand: for pages, which must not depend on what the engine chooses."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from agents.models import AssignmentMove, AssignmentRun
from cases.models import Case, Desk
from collection_ops.core.models import User

WHY: dict[str, Any] = {"rule": "M2", "parts": [["lightest", 0]], "over": []}


def run_by_hand(
    cases: list[Case],
    desks: list[Desk],
    *,
    planned_by: User | None = None,
    unit: str = "",
    kept: list[Case] | None = None,
    **columns: Any,
) -> AssignmentRun:
    """Deals `cases` to `desks` in turn; `kept` stay where they are because nobody has the level."""
    kept = kept or []
    now = timezone.now()
    desk_lines = [
        {
            "desk": desk.pk, "name": desk.name, "user": desk.owner_id, "count_before": 0,
            "count_after": len(cases[number :: len(desks)]), "amount_before": "0.00",
            "amount_after": str(sum(case.total for case in cases[number :: len(desks)])), "expected_before": "0.00",
            "expected_after": "10.00", "soft_count": 200, "hard_count": 220, "level": 3, "capable": True, "why_not": "",
        }
        for number, desk in enumerate(desks)
    ]  # fmt: skip
    run = AssignmentRun.objects.create(
        day=dt.date(2026, 3, 31), seed=7, unit=unit, inputs_hash="a" * 64, plan_hash="b" * 64, planned_by=planned_by,
        planned_at=now, case_count=len(cases) + len(kept), move_count=len(cases),
        totals={
            "desks": desk_lines, "unassigned": {"no_level": len(kept)} if kept else {}, "loses_touch": [],
            "loses_touch_count": 0, "kept": 0,
        },
        **columns,
    )  # fmt: skip
    placed = [(case, desks[number % len(desks)]) for number, case in enumerate(cases)]
    AssignmentMove.objects.bulk_create(
        AssignmentMove(
            run=run, case=case, debtor_id=case.loan.debtor_id, from_desk=case.desk, to_desk=desk, total=case.total,
            expected=Decimal("10.00"), level=2,
            why={**WHY, "over": [[other.pk, "heavier", 500] for other in desks if other != desk][:2]} if desk
            else {**WHY, "parts": [["no_level", 0]]},
        )
        for case, desk in [*placed, *((case, None) for case in kept)]
    )  # fmt: skip
    return run
