"""What a payment pays of its debt: costs, interest, penalty and principal, and what is beyond the debt. Derived, never kept.

Rule:
1. The ground is what the last file before the day paid said was owed, as far as it was known; files count the money that
   was paid up to their own day. What the file does not split into parts counts as principal.
2. Money since that file takes the debt in the order of 民法典 561: costs → interest → principal, the penalty where the
   contracts of the source put it (Source.penalty_place). What earlier payments since the same file took is gone; payments of
   one day go by serial number, amount and channel, never by their arrival.
3. What is more than the debt is `beyond`; so is money for a contract of which no earlier file spoke.
4. A payment that was taken back takes nothing from others: they are split as if it had never come. Its own parts are what
   it would have paid, and the reversal takes back exactly those.

So the parts are a function of the facts: whatever the order in which files and payments arrived, the same facts give the
same parts, and the parts of a payment add up to its amount to the cent.

Said twice: MONEY_IN_PARTS for sets, `allocate` for a handful of plain facts; a test holds them together.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from cases.debt_parts import PART_LABELS
from cases.models import Source

BEYOND_LABEL = _("超出欠款")
ORDERS: Mapping[str, tuple[str, ...]] = {
    Source.PenaltyPlace.BEFORE_INTEREST: ("fees", "penalty", "interest", "principal"),
    Source.PenaltyPlace.AFTER_INTEREST: ("fees", "interest", "penalty", "principal"),
    Source.PenaltyPlace.AFTER_PRINCIPAL: ("fees", "interest", "principal", "penalty"),
}
"""The order in which money meets the parts of a debt, by where the contract puts the penalty."""

NOTHING = Decimal("0.00")


def order_in_words(source: Source) -> str:
    """«费用 → 利息 → 违约金 → 本金»"""
    return " → ".join(str(PART_LABELS[name]) for name in ORDERS[source.penalty_place])


@dataclass(frozen=True, slots=True)
class Owed:
    """What a file said was owed on its day, yuan."""

    as_of: date
    total: Decimal
    principal: Decimal = NOTHING
    interest: Decimal = NOTHING
    penalty: Decimal = NOTHING
    fees: Decimal = NOTHING

    def widths(self) -> dict[str, Decimal]:
        """What may be paid of each part. Overpaid parts take nothing; what is not split is principal."""
        found = {name: max(getattr(self, name), NOTHING) for name in PART_LABELS}
        found["principal"] += max(self.total - sum(found.values(), NOTHING), NOTHING)
        return found


@dataclass(frozen=True, slots=True)
class Parts:
    """A payment by what it paid, yuan; negative for money that was taken back."""

    fees: Decimal = NOTHING
    interest: Decimal = NOTHING
    penalty: Decimal = NOTHING
    principal: Decimal = NOTHING
    beyond: Decimal = NOTHING

    def labelled(self) -> list[tuple[Any, Decimal]]:
        """Label and amount of each part that has any, in the order in which people read debts; what is beyond comes last."""
        found = [(label, getattr(self, name)) for name, label in PART_LABELS.items()]
        return [(label, amount) for label, amount in [*found, (BEYOND_LABEL, self.beyond)] if amount]

    def taken_back(self) -> "Parts":
        return Parts(-self.fees, -self.interest, -self.penalty, -self.principal, -self.beyond)


# Plain facts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Money:
    """A confirmed payment of one contract, or with `reversal_of` (a payment's id) the row that takes it back."""

    id: int
    paid_on: date
    amount: Decimal
    reference: str = ""
    channel: str = ""
    reversal_of: int | None = None

    @property
    def turn(self) -> tuple[Any, ...]:
        return self.paid_on, self.reference.encode(), self.amount, self.channel.encode(), self.id


def split(*, owed: Owed | None, taken: Decimal, amount: Decimal, penalty_place: str) -> Parts:
    """`amount` by the parts of `owed`, of which money before it has taken `taken`."""
    if owed is None:
        return Parts(beyond=amount)
    widths, upper, last = owed.widths(), NOTHING, max(owed.total, NOTHING)
    found: dict[str, Decimal] = {}
    for name in ORDERS[penalty_place]:
        lower, upper = upper, min(upper + widths[name], last)
        found[name] = max(min(taken + amount, upper) - max(taken, lower), NOTHING)
    return Parts(**found, beyond=amount - sum(found.values(), NOTHING))


def allocate(*, money: Iterable[Money], files: Sequence[Owed], penalty_place: str) -> dict[int, Parts]:
    """Id → parts, for all money of one contract. `files` is what each business date said in the file that counts."""
    rows = list(money)
    payments = sorted((row for row in rows if row.reversal_of is None), key=lambda row: row.turn)
    reversed_ids = {row.reversal_of for row in rows}
    found: dict[int, Parts] = {}
    taken: dict[date, Decimal] = {}
    for payment in payments:
        before = [owed for owed in files if owed.as_of < payment.paid_on]
        owed = max(before, key=lambda one: one.as_of, default=None)
        day = owed.as_of if owed else date.min
        so_far = taken.get(day, NOTHING)
        found[payment.id] = split(owed=owed, taken=so_far, amount=payment.amount, penalty_place=penalty_place)
        if payment.id not in reversed_ids:
            taken[day] = so_far + payment.amount
    for row in rows:
        if row.reversal_of is not None:
            found[row.id] = found[row.reversal_of].taken_back()
    return found


# Sets ---------------------------------------------------------------------------------------------------------------

_KNOWN = "(%(known_by)s::timestamptz IS NULL OR greatest({0}.recorded_at, {0}.matched_at) <= %(known_by)s)"


def _part(name: str) -> str:
    """The length of the payment's range [taken, taken + amount) within the range of the part."""
    lower = " ".join(
        f"WHEN '{place}' THEN {' + '.join(f'w.{n}' for n in order[: order.index(name)]) or '0'}"
        for place, order in ORDERS.items()
    )
    place = "CASE g.penalty_place {} END"
    low = f"least({place.format(lower)}, g.most)"
    high = f"least({place.format(lower)} + w.{name}, g.most)"
    return f"greatest(least(b.taken + m.amount, {high}) - greatest(b.taken, {low}), 0)"


MONEY_IN_PARTS = f"""
    SELECT m.id AS repayment_id, m.loan_id, m.paid_on, m.sign * m.amount AS amount, g.as_of AS ground,
           {", ".join(f"m.sign * coalesce(a.{name}, 0.00) AS {name}" for name in PART_LABELS)},
           m.sign * (m.amount - {" - ".join(f"coalesce(a.{name}, 0)" for name in PART_LABELS)}) AS beyond
    FROM (
        SELECT r.id, coalesce(o.id, r.id) AS payment_id, r.paid_on, r.loan_id, r.source_id, r.amount,
               coalesce(o.paid_on, r.paid_on) AS met_on, coalesce(o.reference, r.reference) AS reference,
               coalesce(o.channel, r.channel) AS channel, CASE WHEN r.reversal_of_id IS NULL THEN 1 ELSE -1 END AS sign
        FROM cases_repayment r
        -- Looked up for the few reversals only: a join would read the whole table of money.
        LEFT JOIN LATERAL (SELECT * FROM cases_repayment o WHERE o.id = r.reversal_of_id LIMIT 1) o
                  ON r.reversal_of_id IS NOT NULL
        WHERE r.status = 'confirmed' AND r.loan_id IS NOT NULL AND r.paid_on BETWEEN %(first)s AND %(last)s
          AND {_KNOWN.format("r")} AND (%(loans)s::bigint[] IS NULL OR r.loan_id = ANY(%(loans)s))
    ) m
    LEFT JOIN LATERAL (
        SELECT q.as_of, q.principal, q.interest, q.penalty, q.fees, q.total, greatest(q.total, 0) AS most, s.penalty_place
        FROM cases_source s, LATERAL (
            SELECT p.* FROM cases_case c, LATERAL (
                SELECT p.* FROM cases_position p
                WHERE p.case_id = c.id AND p.as_of < m.met_on
                  AND (%(known_by)s::timestamptz IS NULL OR p.recorded_at <= %(known_by)s)
                  -- Not what a whole later file of that day has corrected (cases/positions.py).
                  AND p.run_id <> ALL (ARRAY(
                      SELECT old.id FROM cases_importrun old
                      JOIN cases_importrun later ON later.source_id = old.source_id AND later.kind = old.kind
                           AND later.as_of = old.as_of AND (later.applied_at, later.id) > (old.applied_at, old.id)
                      WHERE old.state = 'applied' AND later.state = 'applied' AND later.undone_rows = 0
                        AND (%(known_by)s::timestamptz IS NULL OR later.applied_at <= %(known_by)s)))
                ORDER BY p.as_of DESC, p.recorded_at DESC, p.run_id DESC LIMIT 1
            ) p
            WHERE c.loan_id = m.loan_id ORDER BY p.as_of DESC, c.episode DESC LIMIT 1
        ) q WHERE s.id = m.source_id
    ) g ON true
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(e.amount), 0) AS taken FROM cases_repayment e
        WHERE e.loan_id = m.loan_id AND e.status = 'confirmed' AND e.reversal_of_id IS NULL
          AND e.paid_on > g.as_of AND e.paid_on <= m.met_on
          AND (e.paid_on, e.reference COLLATE "C", e.amount, e.channel COLLATE "C", e.id)
              < (m.met_on, m.reference COLLATE "C", m.amount, m.channel COLLATE "C", m.payment_id)
          AND {_KNOWN.format("e")}
          AND NOT EXISTS (SELECT FROM cases_repayment v WHERE v.reversal_of_id = e.id AND {_KNOWN.format("v")})
    ) b ON g.as_of IS NOT NULL
    LEFT JOIN LATERAL (
        SELECT f.fees, f.interest, f.penalty,
               f.principal + greatest(g.total - f.fees - f.interest - f.penalty - f.principal, 0) AS principal
        FROM (SELECT greatest(g.fees, 0) AS fees, greatest(g.interest, 0) AS interest,
                     greatest(g.penalty, 0) AS penalty, greatest(g.principal, 0) AS principal) f
    ) w ON true
    LEFT JOIN LATERAL (
        SELECT {", ".join(f"{_part(name)} AS {name}" for name in PART_LABELS)}
    ) a ON g.as_of IS NOT NULL
"""  # noqa: S608  names of ours
"""One row for every confirmed payment and reversal of a known contract, paid from %(first)s through %(last)s; to be put
into a WITH or a FROM and joined by `repayment_id`.

Columns: repayment_id, loan_id, paid_on, amount (yuan, negative for a reversal), ground (the day of the file whose debt it
met; NULL: none spoke of it), principal, interest, penalty, fees, beyond (their sum is the amount). Parameters, by name:
`asked()` makes them."""


_MONEY_THEN = """(
    SELECT l.id, l.loan_id, l.source_id, l.paid_on, l.amount, l.status, l.reference, l.channel, l.reversal_of_id,
           l.recorded_at, l.matched_at
    FROM cases_repayment l
    WHERE l.recorded_at <= %(known_by)s AND (l.matched_at IS NULL OR l.matched_at <= %(known_by)s) AND NOT EXISTS (
        SELECT FROM cases_pastrepayment q
        WHERE q.repayment = l.id AND q.known_from <= %(known_by)s AND q.known_until > %(known_by)s)
    UNION ALL
    SELECT q.repayment, q.loan, q.source, q.paid_on, q.amount, q.status, q.reference, q.channel, q.reversal_of,
           q.known_from, NULL
    FROM cases_pastrepayment q WHERE q.known_from <= %(known_by)s AND q.known_until > %(known_by)s
)"""
MONEY_IN_PARTS_THEN = MONEY_IN_PARTS.replace("cases_repayment", _MONEY_THEN)
"""MONEY_IN_PARTS with the money that was believed at %(known_by)s and has been taken back, or matched otherwise, since."""


def asked(
    *, first: date, last: date, loans: Collection[int] | None = None, known_by: datetime | None = None
) -> dict[str, Any]:
    """The parameters of MONEY_IN_PARTS. Days are the lender's, both included; `loans` (ids): of these contracts only."""
    return {"first": first, "last": last, "loans": None if loans is None else list(loans), "known_by": known_by}


@dataclass(frozen=True, slots=True)
class Allocated:
    """One payment or reversal with its parts. `ground` is the business date of the file whose debt it met."""

    repayment_id: int
    loan_id: int
    paid_on: date
    amount: Decimal
    ground: date | None
    parts: Parts


def allocated(
    *, first: date, last: date, loans: Collection[int] | None = None, known_by: datetime | None = None
) -> Iterator[Allocated]:
    """What was paid from `first` through `last`, a line for each payment, by day. One query, read as it comes."""
    given = asked(first=first, last=last, loans=loans, known_by=known_by)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT repayment_id, loan_id, paid_on, amount, ground, fees, interest, penalty, principal, beyond
                FROM ({MONEY_IN_PARTS}) allocated ORDER BY paid_on, repayment_id""",  # noqa: S608
            given,
        )
        while rows := cursor.fetchmany(5_000):
            for repayment_id, loan_id, paid_on, amount, ground, *parts in rows:
                yield Allocated(repayment_id, loan_id, paid_on, amount, ground, Parts(*parts))


def parts_received(*, first: date, last: date, known_by: datetime | None = None) -> Parts:
    """The net money of a period by what it paid; the parts add up to the money received. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT coalesce(sum(fees), 0), coalesce(sum(interest), 0), coalesce(sum(penalty), 0),
                       coalesce(sum(principal), 0), coalesce(sum(beyond), 0)
                FROM ({MONEY_IN_PARTS}) allocated""",  # noqa: S608
            asked(first=first, last=last, known_by=known_by),
        )
        return Parts(*cursor.fetchone())


def parts_of_contract(loan_id: int) -> dict[int, Allocated]:
    """Repayment id → its parts, for all confirmed money of one contract; as it is known now. One query."""
    found = allocated(first=date.min, last=date.max, loans=[loan_id])
    return {one.repayment_id: one for one in found}
