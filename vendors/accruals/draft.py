"""Decide: what a month's voucher holds. Pure.

A voucher takes what is booked in its month, and what became known late: bookings of months that were posted before (补记). A
month with bookings of its own is posted before the next one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from collection_ops.core.digests import digest_of
from collection_ops.core.money import ZERO
from vendors.accruals.entries import Account, Entry, Section

OF_ACCRUALS = (Section.ACCRUAL, Section.REVERSAL)
"""Sections whose documents are accruals; those of the others are statements."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is booked once: an accrual, its reversal, an approved statement, or a payment of one. `source`: its key among
    accruals or statements. `amount`: what it is about, yuan; one of nought may still have entries that cancel out."""

    section: Section
    source: int
    booked_on: date
    amount: Decimal

    @property
    def month(self) -> date:
        return self.booked_on.replace(day=1)


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in its place in a voucher, with its account's code and the document that it books."""

    number: int
    code: str
    booked_on: date
    source: int
    entry: Entry


@dataclass(frozen=True)
class Draft:
    """A month's voucher before it is posted. `earlier`: the month that has to be posted first; what became known late waits
    for that one then. `last_posted`: the last month that was. `is_over`: the month does not run any more."""

    month: date
    rows: list[Row] = field(default_factory=list)
    earlier: date | None = None
    last_posted: date | None = None
    is_over: bool = False

    @property
    def is_closed(self) -> bool:
        """The month or a later one was posted: what is told of it now is for the next voucher."""
        return self.last_posted is not None and self.month <= self.last_posted

    @property
    def entries(self) -> list[Entry]:
        return [row.entry for row in self.rows]

    @property
    def debit(self) -> Decimal:
        return both_sides(self.rows)[0]

    @property
    def credit(self) -> Decimal:
        return both_sides(self.rows)[1]

    @property
    def digest(self) -> str:
        return rows_digest(self.month, self.rows)


@dataclass(frozen=True)
class Choice:
    """Which documents a month's voucher takes."""

    documents: list[Document]
    earlier: date | None


def choose(month: date, waiting: Iterable[Document], *, last_posted: date | None) -> Choice:
    """`waiting`: what is booked until the end of `month` and not posted yet; `last_posted`: the last month that was."""
    documents = [one for one in waiting if one.month <= month]
    left_out = {
        one.month
        for one in documents
        if one.amount and one.month < month and (last_posted is None or one.month > last_posted)
    }
    if left_out:
        return Choice([one for one in documents if one.month == month], min(left_out))
    return Choice(documents, None)


def in_order(booked: Iterable[tuple[Document, Sequence[Entry]]], codes: dict[Account, str]) -> list[Row]:
    """Section by section, what is of the month itself last, as it was gathered."""
    sections = list(Section)
    ordered = sorted(booked, key=lambda one: (sections.index(one[0].section), one[0].month))
    lines = [(document, entry) for document, entries in ordered for entry in entries]
    return [
        Row(number, codes[entry.account], document.booked_on, document.source, entry)
        for number, (document, entry) in enumerate(lines, start=1)
    ]


def both_sides(rows: Sequence[Row]) -> tuple[Decimal, Decimal]:
    """Debit and credit, yuan."""
    return sum((row.entry.debit for row in rows), ZERO), sum((row.entry.credit for row in rows), ZERO)


def rows_digest(month: date, rows: Iterable[Row]) -> str:
    """SHA-256 over the month and every column of every row."""
    told = [
        [
            row.number, row.entry.section.value, row.entry.account.value, row.code, row.entry.agency_id, row.entry.agency,
            row.entry.period, row.booked_on, row.entry.debit, row.entry.credit, row.entry.tax, row.source,
        ]
        for row in rows
    ]  # fmt: skip
    return digest_of([month, told])
