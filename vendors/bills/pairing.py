"""Decide: which lines of the agency's bill and of our statement belong together, and how they differ. Pure.

Three rounds, each over what the one before has left: the same contract, day and amount; the same contract and amount; all
that is left of a contract on both sides together. A payment that our statement counts in slices is one thing to compare.
What is no money of a payment (coefficient, penalties …) can stand on our side only.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from collection_ops.core.money import CENT, ZERO, round_money


class Kind(StrEnum):
    AGREES = "agrees"
    AMOUNT = "amount"
    RATE = "rate"
    ROUNDING = "rounding"
    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Theirs:
    """A row of the bill. Yuan; a rate is a share (0.18). None: the file does not say."""

    line_id: int
    number: int
    contract_no: str
    loan_id: int | None
    fee: Decimal
    paid_on: date | None = None
    amount: Decimal | None = None
    rate: Decimal | None = None


RateKey = tuple[int, int, int]
"""Version, row and band of a contract."""


@dataclass(frozen=True, slots=True)
class Ours:
    """One payment of our statement with all its slices, or a line that is no payment's. `rates`: what it was reckoned by."""

    line_ids: tuple[int, ...]
    kind: str
    fee: Decimal
    loan_id: int | None = None
    paid_on: date | None = None
    amount: Decimal = ZERO
    rates: tuple[RateKey, ...] = ()
    of_payment: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Lines that belong together. `difference`: what the agency claims beyond ours, yuan."""

    kind: Kind
    theirs: tuple[Theirs, ...] = ()
    ours: tuple[Ours, ...] = ()
    reason: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def claimed(self) -> Decimal:
        return sum((one.fee for one in self.theirs), ZERO)

    @property
    def our_fee(self) -> Decimal:
        return sum((one.fee for one in self.ours), ZERO)

    @property
    def difference(self) -> Decimal:
        return self.claimed - self.our_fee


def pair(theirs: Sequence[Theirs], ours: Sequence[Ours], rates: Mapping[RateKey, Decimal]) -> list[Match]:
    """All lines of both sides, each in one match; `rates` are those of the versions that the statement was made by. What
    only the agency has is without a reason yet (`reasons.py`)."""
    payments = [one for one in ours if one.of_payment]
    found: list[Match] = []
    left, right = list(theirs), payments
    for key_of_theirs, key_of_ours in _ROUNDS:
        groups, left, right = _one_to_one(left, right, key_of_theirs, key_of_ours)
        found += [_judged(group, rates) for group in groups]
    groups, left, right = _sums(left, right)
    found += [_judged(group, rates) for group in groups]
    found += [Match(Kind.THEIRS, (one,)) for one in left]
    found += [Match(Kind.OURS, (), (one,), "not_billed") for one in right]
    found += [Match(Kind.OURS, (), (one,), f"kind_{one.kind}") for one in ours if not one.of_payment]
    return sorted(found, key=_place)


Group = tuple[tuple[Theirs, ...], tuple[Ours, ...]]
Parts = tuple[list[Group], list[Theirs], list[Ours]]


def _by_day(one: Theirs) -> Hashable:
    known = one.loan_id is not None and one.paid_on is not None and one.amount is not None
    return (one.loan_id, one.paid_on, one.amount) if known else None


def _by_amount(one: Theirs) -> Hashable:
    return (one.loan_id, one.amount) if one.loan_id is not None and one.amount is not None else None


_ROUNDS: tuple[tuple[Callable[[Theirs], Hashable], Callable[[Ours], Hashable]], ...] = (
    (_by_day, lambda one: (one.loan_id, one.paid_on, one.amount)),
    (_by_amount, lambda one: (one.loan_id, one.amount)),
)


def _one_to_one(
    theirs: Sequence[Theirs],
    ours: Sequence[Ours],
    key_of_theirs: Callable[[Theirs], Hashable],
    key_of_ours: Callable[[Ours], Hashable],
) -> Parts:
    """Equal keys, one with one, in the order of both. Of equals that with an equal fee is taken first."""
    waiting: dict[Hashable, list[Ours]] = defaultdict(list)
    for one in ours:
        waiting[key_of_ours(one)].append(one)
    groups: list[Group] = []
    left: list[Theirs] = []
    taken: set[tuple[int, ...]] = set()
    for their in theirs:
        key = key_of_theirs(their)
        candidates = waiting.get(key) if key is not None else None
        if not candidates:
            left.append(their)
            continue
        at = next((n for n, one in enumerate(candidates) if one.fee == their.fee), 0)
        our = candidates.pop(at)
        taken.add(our.line_ids)
        groups.append(((their,), (our,)))
    return groups, left, [one for one in ours if one.line_ids not in taken]


def _sums(theirs: Sequence[Theirs], ours: Sequence[Ours]) -> Parts:
    """Contracts of which something is left on both sides: all of it together."""
    by_loan: dict[int, tuple[list[Theirs], list[Ours]]] = defaultdict(lambda: ([], []))
    for their in theirs:
        if their.loan_id is not None:
            by_loan[their.loan_id][0].append(their)
    for our in ours:
        if our.loan_id is not None:
            by_loan[our.loan_id][1].append(our)
    both = {loan for loan, (left, right) in by_loan.items() if left and right}
    groups = [(tuple(by_loan[loan][0]), tuple(by_loan[loan][1])) for loan in sorted(both)]
    return (
        groups,
        [one for one in theirs if one.loan_id not in both],
        [one for one in ours if one.loan_id not in both],
    )


def _place(match: Match) -> tuple[int, int]:
    """The order of the bill, then that of what only our statement has."""
    return (0, match.theirs[0].number) if match.theirs else (1, match.ours[0].line_ids[0])


# How they differ ---------------------------------------------------------------------------------------------------


def _judged(group: Group, rates: Mapping[RateKey, Decimal]) -> Match:
    theirs, ours = group
    match = Match(Kind.AGREES, theirs, ours, "agrees")
    if match.difference == 0:
        return match
    amount, our_amount = _amount(theirs), sum((one.amount for one in ours), ZERO)
    if amount is not None and amount != our_amount:
        return Match(Kind.AMOUNT, theirs, ours, "amount", {"theirs": str(amount), "ours": str(our_amount)})
    lines = max(len(theirs), sum(len(one.line_ids) for one in ours))
    if abs(match.difference) <= CENT * lines:
        return Match(Kind.ROUNDING, theirs, ours, "rounding", {"lines": lines})
    reason, params = _rate_reason(theirs, ours, our_amount, rates)
    return Match(Kind.RATE, theirs, ours, reason, params)


def _amount(theirs: Iterable[Theirs]) -> Decimal | None:
    """What the bill reckons on; None where it does not say it for every row."""
    amounts = [one.amount for one in theirs]
    return sum((one for one in amounts if one is not None), ZERO) if None not in amounts else None


def _rate_reason(
    theirs: Sequence[Theirs], ours: Sequence[Ours], amount: Decimal, rates: Mapping[RateKey, Decimal]
) -> tuple[str, dict[str, Any]]:
    """The row and band of the contract by which the agency reckoned, where there is one: that of our row first."""
    used = [key for one in ours for key in one.rates]
    claimed = sum((one.fee for one in theirs), ZERO)
    said = {one.rate for one in theirs}
    stated = said.pop() if len(said) == 1 and None not in said else None
    params: dict[str, Any] = {
        "theirs": str(stated if stated is not None else _implied(claimed, amount)),
        "ours": str(rates[used[0]]) if len(set(used)) == 1 and used[0] in rates else "",
    }
    if not used:
        return "rate", params
    version, row, band = used[0]
    params |= {"version": version, "row": row, "band": band}
    for reason, is_candidate in (
        ("other_band", lambda key: key[:2] == (version, row)),
        ("other_row", lambda key: key[0] == version and key[1] != row),
        ("other_version", lambda key: key[0] != version),
    ):
        for key in sorted(rates):
            if key not in used and is_candidate(key) and _is_by(rates[key], stated, claimed, amount, len(theirs)):
                at = {"their_version": key[0], "their_row": key[1], "their_band": key[2]}
                return reason, {**params, **at, "theirs": str(rates[key])}
    return "rate", params


def _implied(fee: Decimal, amount: Decimal) -> Decimal:
    return (fee / amount).quantize(Decimal("0.0001")) if amount else ZERO


def _is_by(rate: Decimal, stated: Decimal | None, claimed: Decimal, amount: Decimal, lines: int) -> bool:
    """Is this the rate that the agency states, or, where it states none, that its fee comes from?"""
    if stated is not None:
        return rate == stated
    return abs(round_money(amount * rate) - claimed) <= CENT * (lines - 1)
