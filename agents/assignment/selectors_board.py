"""What the pages of assignment read: the pool by what it asks for, the desks with their load, runs in scope, the ledger.

A fixed number of queries each, whatever the number of cases and desks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case as SqlCase
from django.db.models import Count, F, IntegerField, Q, QuerySet, Sum, Value, When

from agents.assignment.eligibility import REST
from agents.assignment.rules import Line, RulesInForce
from agents.expected import BANDS, WHOLE, Rates
from agents.models import AssignmentRun, Collector, FairnessEntry, RunState, Team
from agents.people.attendance import attendance
from agents.people.levels import levels_on
from cases.models import Case, Desk, DeskKind
from cases.querysets import CaseQuerySet
from cases.stage import Stage
from collection_ops.core.access import Scope, scope
from collection_ops.core.models import User
from collection_ops.core.money import ZERO, round_money
from collection_ops.core.services.calendar import business_days
from compliance.selectors_staff import who_may_contact

BAND_OF_TOTAL = SqlCase(
    *(When(total__lt=limit, then=Value(number)) for number, limit in enumerate(BANDS)),
    default=Value(len(BANDS)),
    output_field=IntegerField(),
)


def runs_for(user: User, capability: str = "assignment.view") -> QuerySet[AssignmentRun]:
    """Runs in scope: all, or those that deal to one's own team. Another team's run does not exist (404)."""
    granted = scope(user, capability)
    runs = AssignmentRun.objects.all()
    if granted == Scope.ALL:
        return runs
    if granted == Scope.TEAM and user.unit:
        return runs.filter(unit=user.unit)
    return runs.none()


def own_unit(user: User, capability: str = "assignment.view") -> str | None:
    """The unit to which somebody is bound, None for those who see all."""
    return None if scope(user, capability) == Scope.ALL else user.unit


def working_day(today: date) -> date:
    """The day for which cases are dealt: today, or the next business day. One query."""
    return next(iter(business_days(today, today + timedelta(days=14))), today)


def teams_for(user: User) -> list[Team]:
    unit = own_unit(user)
    teams = Team.objects.filter(is_active=True).order_by("name", "pk")
    return list(teams if unit is None else teams.filter(code=unit))


@dataclass(frozen=True)
class Sums:
    """So many cases, with so many yuan overdue, of which so many will probably come within 30 days."""

    count: int = 0
    amount: Decimal = ZERO
    expected: Decimal = ZERO

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.count + other.count, self.amount + other.amount, self.expected + other.expected)


def _sums(count: int, amount: Decimal | None, stage: int, band: int, rates: Rates) -> Sums:
    amount = amount or ZERO
    rate = rates.table.get((max(stage, 1), band), 0)
    return Sums(count, amount, round_money(max(amount, ZERO) * rate / WHOLE))


@dataclass(frozen=True)
class PoolLine:
    """Cases of one stage that ask for one level; `bands` by amount, smallest first."""

    stage: Stage
    level: int
    rule: str
    bands: list[Sums]
    total: Sums


def fits(line: Line) -> Q:
    """Cases that a line of the rules fits: as the plan reads it, stage 0 as M1."""
    found = Q()
    if line.stages:
        found &= Q(stage__in=[*line.stages, *([0] if 1 in line.stages else [])])
    if line.amount_from is not None:
        found &= Q(total__gte=line.amount_from)
    if line.amount_to is not None:
        found &= Q(total__lt=line.amount_to)
    if line.products:
        found &= Q(loan__product__in=line.products)
    if line.regions:
        beginnings = [Q(loan__region__startswith=region) for region in line.regions]
        found &= reduce(or_, beginnings)
    return found or Q(pk__gt=0)


def pool_lines(cases: QuerySet[Case], rules: RulesInForce, rates: Rates) -> list[PoolLine]:
    """By stage × level needed × band of amounts. One query."""
    needed = SqlCase(
        *(When(fits(line), then=Value(number)) for number, line in enumerate(rules.lines)),
        default=Value(len(rules.lines)),
        output_field=IntegerField(),
    )
    rows = (
        cases.order_by()
        .annotate(rule_line=needed, band=BAND_OF_TOTAL)
        .values_list("stage", "rule_line", "band")
        .annotate(number=Count("pk"), amount=Sum("total"))
    )
    lines = [*rules.lines, REST]
    found: dict[tuple[int, int, str], list[Sums]] = {}
    for stage, place, band, number, amount in rows:
        key = (stage, lines[place].min_level, lines[place].name)
        bands = found.setdefault(key, [Sums() for _band in range(len(BANDS) + 1)])
        bands[band] += _sums(number, amount, stage, band, rates)
    return [
        PoolLine(Stage(stage), level, rule, bands, sum(bands, Sums()))
        for (stage, level, rule), bands in sorted(found.items())
    ]


@dataclass(frozen=True)
class DeskLine:
    """One desk with its load and what it may bear. `present`: 1, 0.5 or 0 of today."""

    desk: Desk
    load: Sums
    file: Collector | None
    level: int
    may_contact: bool
    present: Decimal

    @property
    def room(self) -> int:
        """How many more before the recommended limit; never below 0."""
        return max(0, self.file.soft_count - self.load.count) if self.file else 0

    @property
    def tone(self) -> str:
        """Beyond the limit, beyond the recommended one, or neither."""
        if self.file is None:
            return "neutral"
        amounts = (self.file.hard_amount, self.file.soft_amount)
        hard, soft = (limit is not None and self.load.amount > limit for limit in amounts)
        if self.load.count > self.file.hard_count or hard:
            return "danger"
        return "warning" if self.load.count > self.file.soft_count or soft else "success"

    @property
    def bar_end(self) -> int:
        """Where the bar is full: the limit, or the load where that is more."""
        return max(1, self.load.count, self.file.hard_count if self.file else 0)


def desk_lines(user: User, *, unit: str, day: date, rates: Rates) -> list[DeskLine]:
    """Every collector's desk in scope, by team and name; of one team where `unit` names one."""
    bound = own_unit(user)
    desks = Desk.objects.filter(kind=DeskKind.COLLECTOR, is_active=True, owner__is_active=True)
    for limit in (bound, unit or None):
        if limit is not None:
            desks = desks.filter(unit=limit) if limit else desks.none()
    listed = list(desks.select_related("owner__collector").order_by("unit", "name", "pk"))
    loads = loads_of(listed, rates)
    users = [desk.owner_id for desk in listed if desk.owner_id]
    levels, may, there = levels_on(users, day), who_may_contact(users, day), attendance(users, day, day)
    return [
        DeskLine(
            desk=desk,
            load=loads.get(desk.pk, Sums()),
            file=getattr(desk.owner, "collector", None),
            level=levels.get(desk.owner_id or 0, 0),
            may_contact=may.get(desk.owner_id or 0, False),
            present=there.get((desk.owner_id or 0, day), Decimal(0)),
        )
        for desk in listed
    ]


def loads_of(desks: Iterable[Desk], rates: Rates) -> dict[int, Sums]:
    """What lies on each desk now. One query."""
    rows = (
        Case.objects.present()
        .filter(desk__in=[desk.pk for desk in desks])
        .order_by()
        .annotate(band=BAND_OF_TOTAL)
        .values_list("desk_id", "stage", "band")
        .annotate(number=Count("pk"), amount=Sum("total"))
    )
    found: dict[int, Sums] = {}
    for desk, stage, band, number, amount in rows:
        found[desk] = found.get(desk, Sums()) + _sums(number, amount, stage, band, rates)
    return found


def chosen_cases(chosen: dict[str, Any], unit: str) -> CaseQuerySet | None:
    """The cases that a form asked for, None for the whole pool. `chosen`: as PlanForm.chosen gives it."""
    if not chosen:
        return None
    cases = Case.objects.present()
    if chosen.get("where") == "desks":
        cases = cases.filter(desk__kind=DeskKind.COLLECTOR)
        if unit:
            cases = cases.filter(desk__unit=unit)
    else:
        cases = cases.filter(desk__kind=DeskKind.POOL)
    asked = {
        "loan__source__code": chosen.get("source"),
        "stage__in": chosen.get("stage"),
        "loan__product": chosen.get("product"),
        "total__gte": chosen.get("amount_from"),
        "total__lte": chosen.get("amount_to"),
    }
    return cases.filter(Q(**{name: value for name, value in asked.items() if value}))


@dataclass(frozen=True)
class Ledger:
    """What one person was dealt in a period against an equal share, in yuan of expected money."""

    user: User
    dealt: Decimal
    share: Decimal
    by_stage: list[tuple[Stage, Decimal, Decimal]]

    @property
    def difference(self) -> Decimal:
        return self.dealt - self.share

    @property
    def percent(self) -> int | None:
        """Dealt ÷ share, in per cent; None without a share."""
        return round(self.dealt * 100 / self.share) if self.share else None


def ledger(user: User, *, first: date, last: date) -> list[Ledger]:
    """By person, most behind first; of one's own team only for a leader. Two queries."""
    entries = FairnessEntry.objects.filter(day__range=(first, last), run__state=RunState.APPLIED)
    bound = own_unit(user)
    if bound is not None:
        entries = entries.filter(user__unit=bound) if bound else entries.none()
    rows = entries.order_by().values_list("user_id", "stage").annotate(d=Sum("dealt"), s=Sum("share")).order_by("stage")
    found: dict[int, list[tuple[Stage, Decimal, Decimal]]] = {}
    for person, stage, dealt, share in rows:
        found.setdefault(person, []).append((Stage(stage), dealt, share))
    people = User.objects.in_bulk(list(found))
    lines = [
        Ledger(people[person], sum((d for _s, d, _h in parts), ZERO), sum((h for _s, _d, h in parts), ZERO), parts)
        for person, parts in found.items()
    ]
    return sorted(lines, key=lambda line: (line.difference, line.user.pk))


def waiting_runs(user: User) -> QuerySet[AssignmentRun]:
    """Planned runs that this person may approve: those of others in scope."""
    return (
        runs_for(user, "assignment.approve")
        .filter(state=RunState.PLANNED)
        .exclude(planned_by=user)
        .order_by(F("planned_at").desc())
    )
