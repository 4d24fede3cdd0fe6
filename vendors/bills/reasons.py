"""Decide: why our statement has not what the agency claims. Pure; the most telling fact is said first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from vendors.bills.pairing import Kind, Match, Theirs

WAITS = frozenset({"not_confirmed", "later"})
"""Money that a statement counts by itself in time: paid here as well, it would be paid twice."""
COUNTED = frozenset({"settled", "duplicate"})
"""Money that was counted already."""


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment of a contract and what became of it. `holder`: the desk whose money it is, its kind as in cases.DeskKind."""

    repayment_id: int
    paid_on: date
    amount: Decimal
    confirmed: bool
    known_at: datetime
    reversed_on: date | None = None
    settled_with: int | None = None
    settled_name: str = ""
    settled_in: date | None = None
    holder_kind: str = ""
    holder: str = ""
    is_ours: bool = False

    @property
    def is_unexplained(self) -> bool:
        """Whose money it is has to be asked: it counts, and nobody was paid for it."""
        return self.confirmed and self.settled_with is None and self.reversed_on is None


@dataclass(frozen=True, slots=True)
class InHands:
    """A placement of a contract with this agency."""

    placement_id: int
    placed_on: date
    recalled_on: date | None


@dataclass(frozen=True)
class Known:
    """What is known of the contracts that only the agency has something of. `cut_off`: what was learned afterwards was not
    in the statement."""

    agency_id: int
    cut_off: datetime
    payments: Mapping[int, Sequence[Payment]]
    placements: Mapping[int, Sequence[InHands]]


def explained(matches: Sequence[Match], known: Known) -> list[Match]:
    """The matches, with a reason for each that only the agency has."""
    first = _first_rows(matches)
    return [_explained(one, known, first) if one.kind == Kind.THEIRS else one for one in matches]


RowKey = tuple[int, date | None, Decimal | None, Decimal]


def _key(one: Theirs) -> RowKey | None:
    return None if one.loan_id is None else (one.loan_id, one.paid_on, one.amount, one.fee)


def _first_rows(matches: Sequence[Match]) -> dict[RowKey, int]:
    """The first row of the bill with the same content; a match with our side comes before the rows that have none."""
    found: dict[RowKey, int] = {}
    for match in sorted(matches, key=lambda one: one.kind == Kind.THEIRS):
        for one in match.theirs:
            key = _key(one)
            if key is not None:
                found.setdefault(key, one.number)
    return found


def _explained(match: Match, known: Known, first: Mapping[RowKey, int]) -> Match:
    (claim,) = match.theirs
    key = _key(claim)
    if claim.loan_id is None or key is None:
        return replace(match, reason="no_contract")
    if first[key] != claim.number:
        return replace(match, reason="duplicate", params={"row": first[key]})
    reason, params = _why(claim, known)
    return replace(match, reason=reason, params=params)


def _why(claim: Theirs, known: Known) -> tuple[str, dict[str, Any]]:
    assert claim.loan_id is not None, "a claim without a contract has its own reason"
    placements = known.placements.get(claim.loan_id, ())
    payment = _payment_meant(claim, known.payments.get(claim.loan_id, ()))
    if payment is None:
        return ("no_payment", {}) if placements else ("not_placed", {})
    told: dict[str, Any] = {"paid_on": payment.paid_on.isoformat(), "amount": str(payment.amount)}
    if not payment.confirmed:
        return "not_confirmed", told
    if payment.settled_with is not None and payment.settled_in is not None:
        month = f"{payment.settled_in:%Y-%m}"
        own = payment.settled_with == known.agency_id
        return ("settled", told | {"month": month}) if own else (
            "settled_other", told | {"month": month, "agency": payment.settled_name}
        )  # fmt: skip
    if payment.reversed_on is not None:
        return "reversed", told | {"reversed_on": payment.reversed_on.isoformat()}
    return _whose(payment, placements, known, told)


def _whose(
    payment: Payment, placements: Sequence[InHands], known: Known, told: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Why confirmed money that nobody was paid for is not this agency's in this month."""
    if payment.is_ours:
        return ("later" if payment.known_at > known.cut_off else "unexplained"), told
    begun = [one for one in placements if one.placed_on <= payment.paid_on]
    ended = [one.recalled_on for one in begun if one.recalled_on is not None and one.recalled_on <= payment.paid_on]
    if begun and len(ended) == len(begun):
        last = max(ended)
        return "after_recall", told | {"recalled_on": last.isoformat(), "days": (payment.paid_on - last).days}
    if payment.holder_kind == "agency":
        return "other_agency", told | {"holder": payment.holder}
    if payment.holder_kind == "collector":
        return "collector", told | {"holder": payment.holder}
    if not placements:
        return "not_placed", told
    if not begun:
        return "before_placed", told | {"placed_on": min(one.placed_on for one in placements).isoformat()}
    return "unexplained", told


def _payment_meant(claim: Theirs, payments: Sequence[Payment]) -> Payment | None:
    """The payment that a row of the bill is about: by day and amount, by amount, by day; confirmed ones first."""
    in_order = sorted(payments, key=lambda one: (not one.confirmed, one.paid_on, one.repayment_id))
    by_day = [one for one in in_order if one.paid_on == claim.paid_on]
    for found in (
        [one for one in by_day if one.amount == claim.amount],
        [one for one in in_order if one.amount == claim.amount],
        by_day if claim.amount is None else [],
        in_order if claim.amount is None and claim.paid_on is None else [],
    ):
        if found:
            return found[0]
    return None
