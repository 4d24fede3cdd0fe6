"""Gather: the fee that a month is expected to come to, by the best of what there is.

The statement that was made and is not approved; else a dry run of the settlement; else, where its facts are refused, the
money of the month by what earlier statements came to for a yuan of money, and the reason is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from cases.credit import money_by_desk
from collection_ops.core.clock import month_end
from collection_ops.core.money import ZERO, round_money
from vendors.contracts.fees import tax_in
from vendors.contracts.terms import in_force
from vendors.models import AccrualBasis, Agency, Settlement, SettlementLine
from vendors.settlement.decide import Kind, NoTerms, decide
from vendors.settlement.gather import GatherRefused, facts_of

LOOKED_BACK = 3
"""So many statements give the rate by which a month is estimated."""


@dataclass(frozen=True)
class Expected:
    """Yuan, tax included; `kinds` adds up to `amount`. `told`: what the amount was made of, as text."""

    amount: Decimal
    tax_rate: Decimal
    basis: AccrualBasis
    kinds: dict[str, Decimal]
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def tax(self) -> Decimal:
        return tax_in(self.amount, self.tax_rate)


def expected_fee(
    agency: Agency, period: date, known_by: datetime, *, statement: Settlement | None, credited: str = ""
) -> Expected | None:
    """None: nothing in hand, no money, nothing to take back. `statement`: the month's, not approved. `credited` as for
    `facts_of`."""
    if statement is not None:
        kinds = kinds_of([statement])[statement.pk]
        return Expected(statement.total, statement.tax_rate, AccrualBasis.STATEMENT, kinds)
    try:
        facts = facts_of(agency, period, known_by, credited=credited)
        month = decide(facts)
    except GatherRefused as refused:
        return _by_rate(agency, period, known_by, reason=str(refused))
    except NoTerms as missing:
        reason = _("%(day)s 没有已批准的合同版本或适用的费率行") % {"day": missing.day.isoformat()}
        return _by_rate(agency, period, known_by, reason=reason)
    if not month.lines and not facts.placed:
        return None
    closing = in_force(facts.versions, facts.last)
    assert closing is not None, "decide refuses a month without terms"
    sums: dict[str, Decimal] = {}
    for line in month.lines:
        sums[line.kind.value] = sums.get(line.kind.value, ZERO) + line.fee
    return Expected(month.total, closing.tax_rate, AccrualBasis.ENGINE, sums, {"lines": len(month.lines)})


def kinds_of(statements: Sequence[Settlement]) -> dict[int, dict[str, Decimal]]:
    """Statement → what its lines of each kind come to, yuan. One query."""
    found: dict[int, dict[str, Decimal]] = {one.pk: {} for one in statements}
    rows = SettlementLine.objects.filter(settlement__in=list(found)).order_by()
    for pk, kind, fee in rows.values_list("settlement_id", "kind").annotate(fee=Sum("fee")):
        found[pk][kind] = fee
    return found


def _by_rate(agency: Agency, period: date, known_by: datetime, *, reason: str) -> Expected | None:
    """An estimate that says so; nought where no statement tells a rate."""
    money = money_by_desk(first=period, last=month_end(period), known_by=known_by).get(agency.desk_id, ZERO)
    earlier = list(agency.settlements.filter(period__lt=period).order_by("-period")[:LOOKED_BACK])
    base = SettlementLine.objects.filter(settlement__in=earlier, kind=Kind.COMMISSION)
    counted = base.aggregate(found=Sum("amount"))["found"] or ZERO
    told: dict[str, Any] = {"reason": reason, "money": str(money)}
    if not earlier or counted <= 0:
        return Expected(ZERO, Decimal(0), AccrualBasis.NONE, {}, told)
    paid = sum((one.total for one in earlier), ZERO)
    amount = round_money(money * paid / counted)
    told |= {
        "rate": str((paid / counted).quantize(Decimal("0.0001"))),
        "months": [f"{one.period:%Y-%m}" for one in reversed(earlier)],
    }
    return Expected(amount, earlier[0].tax_rate, AccrualBasis.RATE, {Kind.COMMISSION.value: amount}, told)
