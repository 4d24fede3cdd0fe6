"""Tomorrow's rollers: debts that pass into the next stage soon unless money comes, and the smallest amount that stops each.

Gather: the cases in the newest files whose days past due, counted on to today, reach the end of a stage within the horizon,
with the confirmed money since their file, their holds and plans. Decide (pure): when each rolls, into what, and what stops
it. A file tells totals only, not what each instalment is; so nothing less than the whole overdue total, less what was paid
since, is sure to stop the count of days. Where a source tells the oldest part due, `smallest` is the place to use it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import (
    Count,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Round

from cases.models import Case, Hold, PlanState, Repayment, RepaymentPlan
from cases.querysets import CaseQuerySet
from cases.stage import DAYS_IN_STAGE, LAST_STAGE, Stage, stage_of
from collection_ops.core.money import ZERO

HORIZONS = (1, 3, 7)
"""Days ahead, tomorrow being 1."""
PAGE_SIZE = 50
MONEY = DecimalField(max_digits=14, decimal_places=2)


@dataclass(frozen=True)
class Debt:
    """What the book says of one debt. `days`: past due on `as_of`; `paid`: confirmed since, less reversals (yuan)."""

    days: int
    as_of: date
    total: Decimal
    paid: Decimal = ZERO
    is_held: bool = False
    has_plan: bool = False


@dataclass(frozen=True)
class Roll:
    """`on`: the first day in the next stage; `into`: that stage; `smallest`: yuan that stop it; `at_risk`: yuan that would
    roll. `do_not_call`: held, or on an agreed plan."""

    on: date
    stage: Stage
    into: Stage
    smallest: Decimal
    at_risk: Decimal
    do_not_call: bool


def days_on(debt: Debt, today: date) -> int:
    """Days past due today, if nothing was paid since the file."""
    return debt.days + (today - debt.as_of).days


def days_left(days: int) -> int | None:
    """Full days after today in the present stage: 0 on its last day. None where no heavier stage follows."""
    if days > DAYS_IN_STAGE * (LAST_STAGE - 1):
        return None
    return -days if days <= 0 else -days % DAYS_IN_STAGE


def smallest(debt: Debt) -> Decimal:
    """Yuan that have to come for the debt not to grow a day older: the overdue total less what came since the file."""
    return max(debt.total - debt.paid, ZERO)


def roll_of(debt: Debt, *, today: date) -> Roll | None:
    """None for a debt that does not roll: in the last stage, or paid since its file."""
    days = days_on(debt, today)
    left, needed = days_left(days), smallest(debt)
    if left is None or not needed:
        return None
    return Roll(
        on=today + timedelta(days=left + 1),
        stage=stage_of(days),
        into=stage_of(days + left + 1),
        smallest=needed,
        at_risk=debt.total,
        do_not_call=debt.is_held or debt.has_plan,
    )


def last_days(horizon: int) -> list[int]:
    """Days past due, today, of debts that roll within `horizon` days."""
    ends = [0, *(stage * DAYS_IN_STAGE for stage in range(1, LAST_STAGE))]
    return sorted({end - left for end in ends for left in range(horizon)})


def _soon(cases: CaseQuerySet, *, horizon: int, today: date) -> "QuerySet[Any]":
    """Those of `cases` that roll within `horizon` days, each with `days_now`, `paid_since` and `to_stop`."""
    signed = models.Case(When(reversal_of__isnull=True, then=F("amount")), default=-F("amount"), output_field=MONEY)
    since = (
        Repayment.objects.filter(
            loan=OuterRef("loan_id"), status=Repayment.Status.CONFIRMED, paid_on__gt=OuterRef("as_of")
        )
        .order_by()
        .values("loan")
        .annotate(amount_since=Sum(signed))
        .values("amount_since")
    )
    days_now = RawSQL(
        '"cases_case"."days_past_due" + (%s::date - "cases_case"."as_of")', [today], output_field=IntegerField()
    )
    return (
        cases.present()
        .annotate(days_now=days_now)
        .filter(days_now__in=last_days(horizon))
        .annotate(paid_since=Coalesce(Subquery(since, output_field=MONEY), Value(ZERO), output_field=MONEY))
        .annotate(to_stop=ExpressionWrapper(F("total") - F("paid_since"), output_field=MONEY))
        .filter(to_stop__gt=0)
    )


def rolling(cases: CaseQuerySet, *, horizon: int, today: date, now: datetime) -> "QuerySet[Any]":
    """Those of `cases` that roll within `horizon` days, each with `days_now`, `paid_since`, `to_stop`, `worth` (what is at
    risk ÷ what stops it, four places), `is_held` and `has_plan`."""
    held = Hold.objects.in_force(now).filter(debtor=OuterRef("loan__debtor_id"))
    plan = RepaymentPlan.objects.filter(case=OuterRef("pk"), state=PlanState.ACTIVE)
    return _soon(cases, horizon=horizon, today=today).annotate(
        worth=Round(F("total") / F("to_stop"), 4, output_field=DecimalField(max_digits=20, decimal_places=4)),
        is_held=Exists(held),
        has_plan=Exists(plan),
    )


@dataclass(frozen=True)
class Ahead:
    """What rolls within a horizon, in all."""

    horizon: int
    number: int
    amount: Decimal
    to_stop: Decimal


def forecast(cases: CaseQuerySet, *, today: date) -> list[Ahead]:
    """One line a horizon; one query."""
    by_days = (
        _soon(cases, horizon=max(HORIZONS), today=today)
        .order_by()
        .values("days_now")
        .annotate(number=Count("pk"), amount=Sum("total"), needed=Sum("to_stop"))
    )
    found = {row["days_now"]: row for row in by_days}
    ahead = []
    for horizon in HORIZONS:
        within = [found[days] for days in last_days(horizon) if days in found]
        number, amount, needed = (sum((row[name] for row in within), nought) for name, nought in _NOUGHTS)
        ahead.append(Ahead(horizon, number, amount, needed))
    return ahead


_NOUGHTS: tuple[tuple[str, Any], ...] = (("number", 0), ("amount", ZERO), ("needed", ZERO))


@dataclass(frozen=True)
class Line:
    case: Case
    roll: Roll
    is_held: bool
    has_plan: bool
    paid: Decimal

    @property
    def cursor(self) -> str:
        return f"{self.case.worth}_{self.case.total}_{self.case.pk}"  # type: ignore[attr-defined]


def lines_of(rows: Sequence[Any], *, today: date) -> list[Line]:
    """Decides on what was gathered."""
    found = []
    for case in rows:
        debt = Debt(case.days_past_due, case.as_of, case.total, case.paid_since, case.is_held, case.has_plan)
        roll = roll_of(debt, today=today)
        if roll is not None:
            found.append(Line(case, roll, case.is_held, case.has_plan, case.paid_since))
    return found


def page(rows: "QuerySet[Any]", *, today: date, after: str = "", size: int = PAGE_SIZE) -> tuple[list[Line], str]:
    """The dearest first: most at risk for a yuan that comes, then the largest. Returns the lines and the cursor of the next
    page (empty at the end). A cursor that cannot be read is the first page."""
    edge = _edge(after)
    if edge is not None:
        worth, total, pk = edge
        rows = rows.filter(
            Q(worth__lt=worth) | Q(worth=worth, total__lt=total) | Q(worth=worth, total=total, pk__lt=pk)
        )
    listed = rows.select_related("loan__debtor", "loan__source", "desk").defer("loan__debtor__id_no")
    found = list(listed.order_by("-worth", "-total", "-pk")[: size + 1])
    lines = lines_of(found[:size], today=today)
    return lines, lines[-1].cursor if len(found) > size and lines else ""


def _edge(cursor: str) -> tuple[Decimal, Decimal, int] | None:
    found = re.fullmatch(r"(\d{1,16}(?:\.\d{1,4})?)_(\d{1,12}(?:\.\d{1,2})?)_(\d{1,18})", cursor, re.ASCII)
    return (Decimal(found[1]), Decimal(found[2]), int(found[3])) if found else None
