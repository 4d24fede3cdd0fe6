"""Gather: both sides of a bill, and what is known of the contracts that only the agency lists. A fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cases.credit import MONEY_OF_DESKS, asked
from collection_ops.core.clock import month_end
from collection_ops.core.sql import all_rows
from vendors.bills.pairing import Ours, RateKey, Theirs
from vendors.bills.reasons import InHands, Known, Payment
from vendors.contracts.reading import ROWS, terms_of
from vendors.models import Agency, AgencyBill, ContractVersion, Placement, Settlement
from vendors.settlement.decide import Kind

OF_PAYMENTS = (Kind.COMMISSION, Kind.CLAWBACK)
"""Kinds of our lines that an agency's bill can have a row for."""
BEFORE, FARTHEST = timedelta(days=92), timedelta(days=366)
"""How long before the month payments are looked for, and the most where the bill names an older day."""


def theirs_of(bill: AgencyBill) -> list[Theirs]:
    """The rows of the bill in its order. One query."""
    found = bill.lines.order_by("number").values_list(
        "pk", "number", "contract_no", "loan_id", "fee", "paid_on", "amount", "rate"
    )
    return [Theirs(*row) for row in found]


def ours_of(settlement: Settlement) -> list[Ours]:
    """The lines of the statement in its order, those of one payment together. One query."""
    rows = settlement.lines.order_by("number").values_list(
        "pk",
        "kind",
        "repayment_id",
        "placement__loan_id",
        "repayment__paid_on",
        "amount",
        "fee",
        "version",
        "row",
        "band",
    )
    together: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for row in rows:
        kind, repayment = row[1], row[2]
        is_payment = kind in OF_PAYMENTS and repayment is not None
        together[(kind, repayment) if is_payment else (kind, -row[0])].append(row)
    return [_ours(kind, key > 0, lines) for (kind, key), lines in together.items()]


def _ours(kind: str, of_payment: bool, lines: Sequence[Any]) -> Ours:
    first = lines[0]
    return Ours(
        line_ids=tuple(row[0] for row in lines),
        kind=kind,
        fee=sum((row[6] for row in lines), Decimal("0.00")),
        loan_id=first[3],
        paid_on=first[4],
        amount=sum((row[5] for row in lines), Decimal("0.00")),
        rates=tuple((row[7], row[8], row[9]) for row in lines if None not in row[7:10]),
        of_payment=of_payment,
    )


def rates_of(versions: Iterable[int]) -> dict[RateKey, Decimal]:
    """The rate of every band of these versions (ids). Five queries."""
    found = ContractVersion.objects.filter(pk__in=list(versions)).prefetch_related(*ROWS)
    return {
        (terms.version, row.number, at): band.rate
        for terms in map(terms_of, found)
        for row in terms.rows
        for at, band in enumerate(row.bands, start=1)
    }


def known_of(agency: Agency, settlement: Settlement, claims: Sequence[Theirs]) -> Known:
    """What is known of these claims' contracts. Three queries, none without a contract."""
    loans = sorted({one.loan_id for one in claims if one.loan_id is not None})
    if not loans:
        return Known(agency.pk, settlement.known_by, {}, {})
    placements: dict[int, list[InHands]] = defaultdict(list)
    rows = Placement.objects.filter(agency=agency, loan__in=loans).order_by("placed_on", "pk")
    for loan, pk, placed_on, recalled_on in rows.values_list("loan_id", "pk", "placed_on", "recalled_on"):
        placements[loan].append(InHands(pk, placed_on, recalled_on))
    return Known(agency.pk, settlement.known_by, _payments(agency, settlement.period, loans, claims), placements)


_PAYMENTS = """
    SELECT r.loan_id, r.id, r.paid_on, r.amount, r.status = 'confirmed', greatest(r.recorded_at, r.matched_at), v.paid_on,
           t.agency_id, coalesce(a.name, ''), t.period
    FROM cases_repayment r
    LEFT JOIN cases_repayment v ON v.reversal_of_id = r.id
    LEFT JOIN vendors_settledrepayment d ON d.repayment_id = r.id
    LEFT JOIN vendors_settlement t ON t.id = d.settlement_id
    LEFT JOIN vendors_agency a ON a.id = t.agency_id
    WHERE r.loan_id = ANY(%(loans)s) AND r.reversal_of_id IS NULL AND r.paid_on BETWEEN %(first)s AND %(last)s
    ORDER BY r.paid_on, r.id
"""
_HOLDERS = f"""
    SELECT c.repayment_id, coalesce(k.kind, ''), coalesce(k.name, ''), coalesce(c.desk_id = %(desk)s, false)
    FROM ({MONEY_OF_DESKS}) c LEFT JOIN cases_desk k ON k.id = c.desk_id
    WHERE c.repayment_id = ANY(%(repayments)s)
"""  # noqa: S608  names of ours


def _payments(
    agency: Agency, period: date, loans: Sequence[int], claims: Sequence[Theirs]
) -> Mapping[int, Sequence[Payment]]:
    """Payments of the contracts around the month, with whose money they are as it is known now. That is asked only of those
    that nothing else explains, and of their days: it reads all money of the days."""
    days = [one.paid_on for one in claims if one.paid_on is not None]
    first = max(min([*days, period - BEFORE]), period - FARTHEST)
    last = min(max([*days, month_end(period)]), period + FARTHEST)
    found: dict[int, list[Payment]] = defaultdict(list)
    for loan, *row in all_rows(_PAYMENTS, {"first": first, "last": last, "loans": list(loans)}):
        found[loan].append(Payment(*row))
    open_ones = [one for of_loan in found.values() for one in of_loan if one.is_unexplained]
    holders = _holders(agency, open_ones)
    return {
        loan: [
            replace(one, holder_kind=kind, holder=name, is_ours=is_ours)
            for one in of_loan
            for kind, name, is_ours in [holders.get(one.repayment_id, ("", "", False))]
        ]
        for loan, of_loan in found.items()
    }


def _holders(agency: Agency, payments: Sequence[Payment]) -> dict[int, tuple[str, str, bool]]:
    """Repayment → kind and name of the desk whose money it is, and whether that is the agency's."""
    if not payments:
        return {}
    given: dict[str, Any] = asked(
        first=min(one.paid_on for one in payments), last=max(one.paid_on for one in payments)
    ) | {"desk": agency.desk_id, "repayments": [one.repayment_id for one in payments]}
    return {repayment: (kind, name, is_ours) for repayment, kind, name, is_ours in all_rows(_HOLDERS, given)}
