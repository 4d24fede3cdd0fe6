"""Reading statements: the list, one statement with its sums, its lines page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from cases.models import Case
from collection_ops.core.models import User
from collection_ops.core.money import ZERO
from vendors.models import LineDispute, LineState, Settlement, SettlementLine
from vendors.settlement.decide import Kind

PAGE = 50
ORDER = (
    *(Kind.COMMISSION, Kind.COEFFICIENT, Kind.CAP, Kind.PENALTY, Kind.BONUS, Kind.CLAWBACK, Kind.TIER_EFFECT),
    *(Kind.CLAWBACK_COEFFICIENT, Kind.CLAWBACK_CAP, Kind.NOT_TAKEN_BACK, Kind.CORRECTION),
)
"""The order in which a month is told."""


@dataclass(frozen=True)
class Group:
    """Lines of one kind, state and row of the contract: how many, what they come to. Yuan."""

    kind: str
    state: str
    version: int | None
    row: int | None
    count: int
    fee: Decimal
    amount: Decimal
    base: Decimal


def groups_of(settlement: Settlement) -> list[Group]:
    """All lines of a statement in sums. One query."""
    found = (
        settlement.lines.order_by()
        .values_list("kind", "state", "version", "row")
        .annotate(count=Count("pk"), fee=Sum("fee"), amount=Sum("amount"), base=Max("base"))
    )
    return [Group(*row) for row in found]


def rates_of(groups: Sequence[Group]) -> dict[tuple[int | None, int | None], Decimal]:
    """(version, row) → the recovery rate that its band was reached by; nothing of a row without a base."""
    money: dict[tuple[int | None, int | None], Decimal] = {}
    bases: dict[tuple[int | None, int | None], Decimal] = {}
    for one in groups:
        if one.kind == Kind.COMMISSION:
            key = one.version, one.row
            money[key] = money.get(key, ZERO) + one.amount
            bases[key] = one.base
    return {key: money[key] / base for key, base in bases.items() if base}


@dataclass(frozen=True)
class Fall:
    """A step of the waterfall: what a kind brings, and what it has come to by then. Yuan."""

    kind: Kind
    count: int
    fee: Decimal
    so_far: Decimal


def waterfall(groups: Sequence[Group]) -> list[Fall]:
    """Kind by kind, adding up to the total."""
    found, so_far = [], ZERO
    for kind in ORDER:
        of_kind = [one for one in groups if one.kind == kind]
        if of_kind:
            fee = sum((one.fee for one in of_kind), ZERO)
            so_far += fee
            found.append(Fall(kind, sum(one.count for one in of_kind), fee, so_far))
    return found


@dataclass(frozen=True)
class Asked:
    """What lines a reader wants: `row` as (version, row)."""

    kind: str = ""
    state: str = ""
    row: tuple[int, int] | None = None


@dataclass(frozen=True)
class LinePage:
    """Lines in their order, and the numbers to go on from (None at an end)."""

    lines: list[SettlementLine]
    before: int | None
    after: int | None


def lines_of(settlement: Settlement, asked: Asked) -> QuerySet[SettlementLine]:
    found = settlement.lines.order_by("number").select_related("of_line__settlement", "placement__loan", "dispute")
    if asked.kind:
        found = found.filter(kind=asked.kind)
    if asked.state:
        found = found.filter(state=asked.state)
    if asked.row:
        found = found.filter(version=asked.row[0], row=asked.row[1])
    return found


def line_page(
    settlement: Settlement, asked: Asked, *, after: int | None = None, before: int | None = None, size: int = PAGE
) -> LinePage:
    """The lines after a number, or those before one. One query."""
    lines = lines_of(settlement, asked)
    if before is not None:
        rows = list(lines.filter(number__lt=before).order_by("-number")[: size + 1])
        has_before, has_after = len(rows) > size, True
        rows = rows[:size][::-1]
    else:
        rows = list((lines.filter(number__gt=after) if after is not None else lines)[: size + 1])
        has_before, has_after = after is not None, len(rows) > size
        rows = rows[:size]
    return LinePage(
        rows,
        rows[0].number if rows and has_before else None,
        rows[-1].number if rows and has_after else None,
    )


def cases_seen(user: User, lines: Sequence[SettlementLine]) -> set[int]:
    """Cases (ids) of these lines whose record the reader may open."""
    wanted = {line.placement.case_id for line in lines if line.placement is not None}
    return set(Case.objects.for_user(user).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()


def statements(*, agency: int | None = None, period: date | None = None, state: str = "") -> QuerySet[Settlement]:
    """Statements with `held_back` (fees of disputed lines, yuan) and how many lines are in dispute now."""
    not_paid = LineDispute.objects.filter(line__settlement=OuterRef("pk")).filter(
        Q(resolved_at__isnull=True) | Q(resolved_at__gt=OuterRef("approved_at"))
    )
    sums = not_paid.order_by().values("line__settlement").annotate(found=Sum("line__fee")).values("found")
    counts = (
        SettlementLine.objects.filter(settlement=OuterRef("pk"), state=LineState.DISPUTED)
        .order_by()
        .values("settlement")
        .annotate(found=Count("pk"))
        .values("found")
    )
    found = Settlement.objects.select_related("agency__desk", "made_by", "confirmed_by", "approved_by").annotate(
        held_back=Coalesce(Subquery(sums), ZERO), disputed=Coalesce(Subquery(counts), 0)
    )
    if agency:
        found = found.filter(agency=agency)
    if period:
        found = found.filter(period=period)
    if state:
        found = found.filter(state=state)
    return found


def sums_by_state(found: QuerySet[Settlement]) -> Mapping[str, tuple[int, Decimal]]:
    """State → how many statements, and their totals (yuan)."""
    rows: Any = found.order_by().values_list("state").annotate(count=Count("pk"), total=Sum("total"))
    return {row[0]: (row[-2], row[-1]) for row in rows}
