"""Assignment: runs in all their states, with what somebody does to them."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from agents.assignment.rules import BOUNDS, Values, rules_in_force
from agents.assignment.runs import apply_run, approve_run, plan_run
from agents.assignment.selectors_board import working_day
from agents.models import AssignmentRun
from collection_ops.core import clock
from compliance.models import TrainingCertificate
from tests.access.form import Cast, Filled, Form
from tests.cases.builders import make_case
from tests.staff import place, qualify


def _planned(cast: Cast, *, unit: str = "") -> AssignmentRun:
    """The pool to the collector, planned by the system: whoever of the cast may approve it."""
    _somebody(cast)
    now = clock.database_now()
    return plan_run(
        cases=None, chosen={}, unit=unit, day=_day(), seed=1, actor=None, now=now
    )  # fmt: skip


def _somebody(cast: Cast) -> None:
    """A collector who may be given the case that now lies in the pool."""
    if not TrainingCertificate.objects.filter(user=cast["collector"]).exists():
        qualify(cast["collector"])
    place(cast["collector"], level_set=5)
    make_case(days=20)


def _day() -> dt.date:
    return working_day(timezone.localdate())


def _approved(cast: Cast) -> AssignmentRun:
    return approve_run(run=_planned(cast), actor=cast["manager"], now=clock.database_now())


def _applied(cast: Cast) -> AssignmentRun:
    return apply_run(run=_approved(cast), actor=cast["manager"], now=clock.database_now())


def _of(build: Callable[[Cast], AssignmentRun], **values: Any) -> Callable[[Cast], Filled]:
    return lambda cast: ({"run_id": build(cast).pk}, values)


def _edit(cast: Cast) -> Filled:
    run = _planned(cast)
    return {"run_id": run.pk, "case_id": run.moves.earliest("pk").case_id}, {"desk": ""}


def _plan(cast: Cast) -> Filled:
    _somebody(cast)
    return {}, {"day": _day().isoformat(), "where": "pool", "unit": ""}


def _rules(cast: Cast) -> Filled:
    lines = [line.to_json() for line in rules_in_force().lines]
    values: dict[str, Any] = {f"value-{name}": getattr(Values, name) for name in BOUNDS}
    for number, line in enumerate(lines):
        values |= {f"line-{number}-{name}": line[name] or "" for name in ("name", "amount_from", "amount_to")}
        values |= {f"line-{number}-min_level": "5", f"line-{number}-stages": [str(stage) for stage in line["stages"]]}
    return {}, {**values, "line_count": len(lines), "reason": "都要最有经验的人", "based_on": "0", "do": "save"}


def _run_id(cast: Cast) -> dict[str, int]:
    return {"run_id": _planned(cast, unit="team-a").pk}


def _move(cast: Cast) -> dict[str, int]:
    run = _planned(cast, unit="team-a")
    return {"run_id": run.pk, "case_id": run.moves.earliest("pk").case_id}


ROUTES = {
    **{f"assignment:{name}": _run_id for name in ("run", "approve", "apply", "undo", "drop", "reject", "replay")},
    "assignment:edit": _move,
}
FORMS = {
    "assignment:plan": Form("supervisor", _plan, doubles=True),
    "assignment:edit": Form("supervisor", _edit),
    "assignment:approve": Form("manager", _of(_planned)),
    "assignment:apply": Form("manager", _of(_approved)),
    "assignment:undo": Form("manager", _of(_applied, reason="分错了")),
    "assignment:drop": Form("supervisor", _of(_planned, reason="重新来")),
    "assignment:reject": Form("manager", _of(_planned, reason="重新来")),
    "assignment:rules_save": Form("supervisor", _rules),
}
WITHOUT_EFFECT = {"assignment:replay": "plans once more from what a run saw and compares; writes nothing"}


def of_others(cast: Cast, case: Any, person: Any) -> dict[str, Any]:
    """A run that deals to every team is no one team's."""
    run = AssignmentRun.objects.filter(unit="team-z").first()
    if run is None:
        run = _planned(cast)
        AssignmentRun.objects.filter(pk=run.pk).update(unit="team-z")
    names = ("run", "approve", "apply", "undo", "drop", "reject", "replay")
    theirs = {"run_id": run.pk}
    return {
        **{f"assignment:{name}": (theirs, "run_id") for name in names},
        "assignment:edit": ({**theirs, "case_id": run.moves.earliest("pk").case_id}, "run_id"),
    }
