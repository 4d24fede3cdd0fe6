"""Decide: the lines of one agency's month. Pure.

Order of the month: commissions by row of the contract → compliance coefficient → cap → penalties and bonuses → claw-backs of
earlier months → corrections by disputes that were settled since. What version counts for a payment is that of the day which
decides whose it is (`held_on`); each version's rows count their own money. A placement has one age in a month: whole months
from the placement to the first day of the month on which it was in hand.

A claw-back takes back what the money brought when it was charged, tied to that line. What its month would have come to
without it is a function of the month's money (fees.exact), so the difference that bands, coefficient and cap make is shown
in lines of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import Any, NamedTuple

from collection_ops.core.money import ZERO, round_money
from vendors.contracts.fees import Paid, cents, charge, exact, half_up, yuan
from vendors.contracts.terms import PENALISED, Event, FeeRow, Terms, in_force

MILLION = 1_000_000
_PAID = attrgetter("paid_on", "repayment_id")
"""The order in which money counts."""


class Kind(StrEnum):
    COMMISSION = "commission"
    COEFFICIENT = "coefficient"
    CAP = "cap"
    PENALTY = "penalty"
    BONUS = "bonus"
    CLAWBACK = "clawback"
    TIER_EFFECT = "tier_effect"
    CLAWBACK_COEFFICIENT = "clawback_coefficient"
    CLAWBACK_CAP = "clawback_cap"
    NOT_TAKEN_BACK = "not_taken_back"
    """Money that was taken back too late, or for which nothing was paid: a line of nought, so that all money is told."""
    CORRECTION = "correction"
    """What a dispute that was settled afterwards makes of an earlier line."""


class Placed(NamedTuple):
    """A case in an agency's hands: `stage` and `amount` (yuan) as it was placed. `recalled_on`: None while it is there."""

    placement_id: int
    stage: int
    product: str
    amount: Decimal
    placed_on: date
    recalled_on: date | None = None


class Money(NamedTuple):
    """A payment credited to the agency, or with `reversal_of` one that was taken back (a negative amount). Yuan."""

    repayment_id: int
    placement_id: int
    paid_on: date
    held_on: date
    amount: Decimal
    reversal_of: int | None = None
    in_grace: bool = False


LadderKey = tuple[date, int, int]
"""First day of the month, version of the contract, row."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """What a row came to in a month: its base and its money, less what was taken back since. Yuan."""

    key: LadderKey
    row: FeeRow
    base: Decimal
    money: Decimal


@dataclass(frozen=True, slots=True)
class MonthPaid:
    """A settled month: its commission less what was taken back since (yuan), its coefficient, its cap."""

    period: date
    commission: Decimal
    factor: Decimal
    cap: Decimal | None
    clawback_days: int

    def payable(self, commission: Decimal) -> Decimal:
        found = round_money(commission * self.factor)
        return found if self.cap is None else min(found, self.cap)


@dataclass(frozen=True, slots=True)
class Charged:
    """A commission line of an earlier month, with where it stands (`line_id`)."""

    line_id: int
    key: LadderKey
    held_on: date
    amount: Decimal
    rate: Decimal
    fee: Decimal


@dataclass(frozen=True, slots=True)
class Correction:
    """An earlier line of which too little (or too much) was paid, now that its dispute is settled. `fee`: the rest, yuan.
    `line_id` None: what the agency's bill of `period` had alone."""

    line_id: int | None
    period: date
    fee: Decimal
    repayment_id: int | None = None
    placement_id: int | None = None


@dataclass(frozen=True)
class Facts:
    """All that a month is decided by. `charged`: earlier lines by repayment; `events`: how many of each; `score`: the
    compliance score of the month, 0 to 100."""

    period: date
    last: date
    versions: Sequence[Terms]
    placed: Mapping[int, Placed]
    money: Sequence[Money]
    events: Mapping[Event, int] = field(default_factory=dict)
    score: Decimal = Decimal(100)
    charged: Mapping[int, Sequence[Charged]] = field(default_factory=dict)
    ladders: Mapping[LadderKey, Ladder] = field(default_factory=dict)
    months: Mapping[date, MonthPaid] = field(default_factory=dict)
    corrections: Sequence[Correction] = ()


class Line(NamedTuple):
    """One line. `amount` × `rate` = `fee` for a commission; else `rate` is a factor, or yuan a piece, and `pieces` how many.
    `of_line`: the earlier line that it takes back; `of_period`: the month that a claw-back belongs to; `held_on`: the day
    that decided whose the payment is."""

    kind: Kind
    fee: Decimal
    amount: Decimal = ZERO
    rate: Decimal = Decimal(0)
    repayment_id: int | None = None
    placement_id: int | None = None
    version: int | None = None
    row: int | None = None
    band: int | None = None
    base: Decimal = ZERO
    pieces: int = 0
    event: str = ""
    of_line: int | None = None
    of_period: date | None = None
    in_grace: bool = False
    held_on: date | None = None


@dataclass(frozen=True)
class Month:
    """The lines, and what a later claw-back has to know: the month's ladders, the commission, coefficient and cap of the
    version that was in force on its last day, and the months that this one took something back of."""

    lines: list[Line]
    ladders: list[Ladder]
    paid: MonthPaid
    touched: dict[LadderKey, Ladder]
    touched_months: dict[date, MonthPaid]

    @property
    def total(self) -> Decimal:
        return sum((line.fee for line in self.lines), ZERO)


class NoTerms(Exception):
    """No version of the contract is in force on a day that matters."""

    def __init__(self, day: date) -> None:
        super().__init__(day.isoformat())
        self.day = day


def months_between(first: date, later: date) -> int:
    """Whole months from one day to a later one; 0 before it."""
    found = (later.year - first.year) * 12 + later.month - first.month - (later.day < first.day)
    return max(found, 0)


def age_in(placed_on: date, period: date) -> int:
    """The age that a placement has in a month."""
    return months_between(placed_on, max(period, placed_on))


def decide(facts: Facts) -> Month:
    """The month. Raises NoTerms where no version is in force."""
    closing = in_force(facts.versions, facts.last)
    if closing is None:
        raise NoTerms(facts.last)
    own = {one.repayment_id for one in facts.money}
    fresh = [one for one in facts.money if one.reversal_of is None or one.reversal_of in own]
    late = [one for one in facts.money if one.reversal_of is not None and one.reversal_of not in own]

    lines, ladders = _commissions(facts, fresh)
    commission = sum((line.fee for line in lines), ZERO)
    factor = closing.factor(facts.score)
    paid = MonthPaid(facts.period, commission, factor, closing.cap, closing.clawback_days)
    lines += _conduct(paid, facts, closing)
    taken, touched, months = _clawbacks(facts, late)
    corrected = [
        Line(
            Kind.CORRECTION, one.fee, repayment_id=one.repayment_id, placement_id=one.placement_id, of_line=one.line_id,
            of_period=one.period,
        )
        for one in sorted(facts.corrections, key=_order_of_correction)
    ]  # fmt: skip
    return Month(lines + taken + corrected, ladders, paid, touched, months)


def _order_of_correction(one: Correction) -> tuple[bool, int, date, int]:
    return one.line_id is None, one.line_id or 0, one.period, one.placement_id or 0


# Commissions -------------------------------------------------------------------------------------------------------


def _commissions(facts: Facts, money: Sequence[Money]) -> tuple[list[Line], list[Ladder]]:
    by_row: dict[tuple[int, int], list[Money]] = defaultdict(list)
    days = {day: in_force(facts.versions, day) for day in {one.held_on for one in money}}
    counting = {terms.version: terms for terms in days.values() if terms is not None}
    rows_of = _rows_of(facts, counting.values())
    for one in money:
        on_day = days[one.held_on]
        row = None if on_day is None else rows_of[on_day.version][one.placement_id]
        if on_day is None or row is None:
            raise NoTerms(one.held_on)
        by_row[on_day.version, row.number].append(one)
    bases = _bases(facts, rows_of)
    rows = {(terms.version, row.number): row for terms in counting.values() for row in terms.rows}
    lines: list[Line] = []
    ladders: list[Ladder] = []
    for key in sorted(by_row):
        version, number = key
        row, base = rows[key], bases.get(key, ZERO)
        in_order = sorted(by_row[key], key=_PAID)
        paid = [Paid(one, one.amount) for one in in_order]
        for of, band, amount, rate, fee in charge(row, paid, base=base, rounding=counting[version].rounding):
            lines.append(
                Line(  # by position: a month has a million of them
                    Kind.COMMISSION, fee, amount, rate, of.repayment_id, of.placement_id, version, number, band, base, 0,
                    "", None, None, of.in_grace, of.held_on,
                )
            )  # fmt: skip
        total = sum((one.amount for one in in_order), ZERO)
        ladders.append(Ladder((facts.period, version, number), row, base, total))
    return lines, ladders


def _rows_of(facts: Facts, versions: Iterable[Terms]) -> dict[int, dict[int, FeeRow | None]]:
    """Version → placement → the row that counts for it in the month; asked once for cases that are alike to the contract."""
    found: dict[int, dict[int, FeeRow | None]] = {}
    ages = {day: age_in(day, facts.period) for day in {placed.placed_on for placed in facts.placed.values()}}
    alike = {pk: (one.stage, one.product, ages[one.placed_on]) for pk, one in facts.placed.items()}
    for terms in versions:
        row_for = {
            (stage, product, age): terms.row_for(stage=stage, product=product, age=age)
            for stage, product, age in set(alike.values())
        }
        found[terms.version] = {pk: row_for[like] for pk, like in alike.items()}
    return found


def _bases(facts: Facts, rows_of: Mapping[int, Mapping[int, FeeRow | None]]) -> dict[tuple[int, int], Decimal]:
    """(version, row) → what was placed under it and in hand on any day of the month. Yuan, nothing below nought."""
    found: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    for version, row_of in rows_of.items():
        for placed in facts.placed.values():
            if placed.placed_on > facts.last or (placed.recalled_on is not None and placed.recalled_on < facts.period):
                continue  # only its money still comes, in grace
            row = row_of[placed.placement_id]
            if row is not None:
                found[version, row.number] += max(placed.amount, ZERO)
    return found


# Conduct -----------------------------------------------------------------------------------------------------------


def _conduct(paid: MonthPaid, facts: Facts, terms: Terms) -> list[Line]:
    lines = []
    with_factor = round_money(paid.commission * paid.factor)
    if with_factor != paid.commission:
        lines.append(Line(Kind.COEFFICIENT, with_factor - paid.commission, paid.commission, paid.factor))
    if paid.cap is not None and with_factor > paid.cap:
        lines.append(Line(Kind.CAP, paid.cap - with_factor, with_factor, base=paid.cap))
    for event in Event:
        pieces, each = facts.events.get(event, 0), terms.events.get(event, ZERO)
        if pieces and each:
            is_bonus = event not in PENALISED
            fee = round_money(each * pieces) * (1 if is_bonus else -1)
            kind = Kind.BONUS if is_bonus else Kind.PENALTY
            lines.append(Line(kind, fee, rate=each, pieces=pieces, event=event))
    return lines


# Claw-backs --------------------------------------------------------------------------------------------------------


def _clawbacks(
    facts: Facts, reversals: Sequence[Money]
) -> tuple[list[Line], dict[LadderKey, Ladder], dict[date, MonthPaid]]:
    lines: list[Line] = []
    ladders: dict[LadderKey, Ladder] = {}
    months: dict[date, MonthPaid] = {}
    for one in sorted(reversals, key=_PAID):
        charged = facts.charged.get(one.reversal_of or 0, ())
        period = charged[0].key[0] if charged else None
        month = months.get(period) or facts.months.get(period) if period else None
        if month is None or (one.paid_on - charged[0].held_on).days > month.clawback_days:
            lines.append(
                Line(
                    Kind.NOT_TAKEN_BACK, ZERO, one.amount, repayment_id=one.repayment_id,
                    placement_id=one.placement_id, of_period=period, held_on=one.held_on,
                )
            )  # fmt: skip
            continue
        direct = ZERO
        by_ladder: dict[LadderKey, list[Charged]] = defaultdict(list)
        for line in charged:
            by_ladder[line.key].append(line)
            direct -= line.fee
            lines.append(
                Line(
                    Kind.CLAWBACK, -line.fee, -line.amount, line.rate, one.repayment_id, one.placement_id,
                    line.key[1], line.key[2], of_line=line.line_id, of_period=month.period, held_on=one.held_on,
                )
            )  # fmt: skip
        effect = ZERO
        for key, portions in by_ladder.items():
            ladder = ladders.get(key) or facts.ladders[key]
            less = sum((portion.amount for portion in portions), ZERO)
            after = replace(ladder, money=ladder.money - less)
            taken = sum(cents(portion.amount) * int(portion.rate * MILLION) for portion in portions)
            moved = exact(after.row, money=after.money, base=after.base) - exact(
                ladder.row, money=ladder.money, base=ladder.base
            )
            tier = yuan(half_up(moved + taken))
            if tier:
                lines.append(
                    Line(
                        Kind.TIER_EFFECT, tier, after.money, repayment_id=one.repayment_id,
                        placement_id=one.placement_id, version=key[1], row=key[2], base=after.base,
                        of_period=month.period,
                    )
                )  # fmt: skip
            effect += tier
            ladders[key] = after
        months[month.period] = _month_after(month, direct + effect, one, lines)
    return lines, ladders, months


def _month_after(month: MonthPaid, change: Decimal, reversal: Money, lines: list[Line]) -> MonthPaid:
    """The month with `change` in its commission; adds what coefficient and cap make of it to `lines`."""
    after = replace(month, commission=month.commission + change)
    with_factor = round_money(after.commission * month.factor) - round_money(month.commission * month.factor)
    said: dict[str, Any] = {
        "repayment_id": reversal.repayment_id,
        "placement_id": reversal.placement_id,
        "of_period": month.period,
    }
    if with_factor != change:
        lines.append(Line(Kind.CLAWBACK_COEFFICIENT, with_factor - change, change, month.factor, **said))
    capped = month.payable(after.commission) - month.payable(month.commission)
    if capped != with_factor:
        lines.append(Line(Kind.CLAWBACK_CAP, capped - with_factor, with_factor, base=month.cap or ZERO, **said))
    return after
