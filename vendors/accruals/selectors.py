"""Reading accruals: page by page, each with what its month came to and why that is something else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Greatest

from collection_ops.core.money import ZERO
from vendors.accruals.expected import kinds_of
from vendors.accruals.explain import Part, explain
from vendors.models import Accrual, Settlement, SettlementLine
from vendors.settlement.decide import Kind
from vendors.settlement.selectors import statements


@dataclass(frozen=True)
class Outcome:
    """An accrual with the statement of its month, if there is one: what is payable by it, the parts of the difference."""

    accrual: Accrual
    statement: Settlement | None
    payable: Decimal | None
    parts: list[Part]

    @property
    def difference(self) -> Decimal | None:
        return None if self.payable is None else self.payable - self.accrual.amount


def accruals(*, agency: int | None = None, period: date | None = None) -> QuerySet[Accrual]:
    """Accruals without their reversals, which they bring along."""
    found = Accrual.objects.filter(reverses__isnull=True).select_related("agency", "reversal", "made_by")
    if agency:
        found = found.filter(agency=agency)
    if period:
        found = found.filter(period=period)
    return found


def outstanding(found: QuerySet[Accrual]) -> tuple[Decimal, Decimal]:
    """What is accrued and not taken back, and the tax in it. One query."""
    sums = found.filter(reversal__isnull=True).order_by().aggregate(amount=Sum("amount"), tax=Sum("tax"))
    return sums["amount"] or ZERO, sums["tax"] or ZERO


def outcomes(rows: Sequence[Accrual]) -> list[Outcome]:
    """Three queries for a page of accruals."""
    if not rows:
        return []
    months = Q()
    for one in rows:
        months |= Q(agency=one.agency_id, period=one.period)
    found = {(one.agency_id, one.period): one for one in statements().filter(months)}
    kinds = kinds_of(list(found.values()))
    later = _later(rows)
    return [_outcome(one, found.get((one.agency_id, one.period)), kinds, later) for one in rows]


def _outcome(
    accrual: Accrual, statement: Settlement | None, kinds: dict[int, dict[str, Decimal]], later: dict[int, Decimal]
) -> Outcome:
    if statement is None:
        return Outcome(accrual, None, None, [])
    held = statement.held_back  # type: ignore[attr-defined]
    parts = explain(
        accrued={kind: Decimal(fee) for kind, fee in accrual.kinds.items()},
        actual=kinds[statement.pk],
        later=later.get(accrual.pk, ZERO),
        withheld=held,
    )
    return Outcome(accrual, statement, statement.total - held, parts)


def _later(rows: Sequence[Accrual]) -> dict[int, Decimal]:
    """Accrual → commissions of money that was learned of after it was made. One query."""
    periods = Q()
    for one in rows:
        periods |= Q(settlement__agency=one.agency_id, settlement__period=one.period, known__gt=one.known_by)
    lines = SettlementLine.objects.filter(kind=Kind.COMMISSION).annotate(
        known=Greatest("repayment__recorded_at", "repayment__matched_at")
    )
    sums = lines.filter(periods).order_by().values_list("settlement__agency", "settlement__period")
    by_month = {(agency, period): fee for agency, period, fee in sums.annotate(found=Sum("fee"))}
    return {one.pk: by_month[one.agency_id, one.period] for one in rows if (one.agency_id, one.period) in by_month}
