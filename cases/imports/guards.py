"""Guard rails: is this file so unlike what its source usually sends that a second person should look at it?

Pure: `judge` decides over plain `Facts`; `guard_facts` gathers them. Inside the rails the clerk applies alone, outside
of any of them a supervisor approves. Each finding names the figure that tripped and the limit; its sentence is in
`run_messages`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

OLD_DAYS = 60
"""A business date further back than this is more likely a wrong date than a file that was late."""

CODES = frozenset({
    "guard_no_rows", "guard_expected_rows", "guard_expected_total", "guard_total_row", "guard_same_rows",
    "guard_day_ahead", "guard_day_old", "guard_rejected", "guard_absent", "guard_rows_few", "guard_rows_many",
    "guard_total_low", "guard_total_high", "guard_change",
})  # fmt: skip
"""Every finding there is."""

TYPED = frozenset({"guard_expected_rows", "guard_expected_total"})
"""Findings about control totals that a person typed in: the command line stops at these as well."""


@dataclass(frozen=True)
class Rails:
    """Limits of one source; None is no limit. Totals in yuan, percentages of the book (absent, change) or the file."""

    max_absent_percent: Decimal
    max_rejected_percent: Decimal
    min_rows: int | None = None
    max_rows: int | None = None
    min_total: Decimal | None = None
    max_total: Decimal | None = None
    max_change_percent: Decimal | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of a file and of the book it would change. Money in yuan.

    `rows` and `total` are of all rows of the file, `rejected` the rows that cannot go in. `book_rows` and `book_total` are
    the source's cases before, `new_total` what they would be after, `absent` how many of them the file lacks. `lists_book`
    is False for files that are not the overdue book of a day (repayments): ranges and changes say nothing about them.
    """

    rows: int
    total: Decimal
    rejected: int
    as_of: date
    received_on: date
    lists_book: bool = True
    book_rows: int = 0
    book_total: Decimal = Decimal(0)
    new_total: Decimal = Decimal(0)
    absent: int = 0
    newest: date | None = None
    same_rows: Mapping[str, Any] | None = None  # {"run", "as_of"} of an applied file that says the very same
    expected_rows: int | None = None
    expected_total: Decimal | None = None
    total_row: Mapping[str, Decimal] = field(default_factory=dict)  # field → claimed minus summed


@dataclass(frozen=True)
class Finding:
    """One rail that the file is outside of. `params` holds `figure` and `limit` where there are any."""

    code: str
    params: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "params": dict(self.params)}


def judge(facts: Facts, rails: Rails) -> list[Finding]:
    """All rails that the file is outside of, the gravest kind first; empty when it may go in without a second person."""
    found = [*_no_rows(facts), *_control_totals(facts), *_same_rows(facts), *_day(facts), *_rejected(facts, rails)]
    if facts.lists_book:
        found += [*_absent(facts, rails), *_range(facts, rails), *_change(facts, rails)]
    return found


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal:
    """`part` of `whole` in percent, two places, half up; 0 of nothing."""
    if not whole:
        return Decimal("0.00")
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _no_rows(facts: Facts) -> Iterator[Finding]:
    if facts.lists_book and not facts.rows:
        yield Finding("guard_no_rows", {"figure": 0, "absent": facts.absent})


def _control_totals(facts: Facts) -> Iterator[Finding]:
    if facts.expected_rows is not None and facts.expected_rows != facts.rows:
        difference = facts.rows - facts.expected_rows
        yield Finding(
            "guard_expected_rows",
            {"figure": facts.rows, "limit": facts.expected_rows, "difference": f"{difference:+d}"},
        )
    if facts.expected_total is not None and facts.expected_total != facts.total:
        yield Finding(
            "guard_expected_total",
            {
                "figure": _yuan(facts.total),
                "limit": _yuan(facts.expected_total),
                "difference": f"{facts.total - facts.expected_total:+,.2f}",
            },
        )
    for name, amount in facts.total_row.items():
        yield Finding("guard_total_row", {"field": name, "figure": f"{amount:+,.2f}"})


def _same_rows(facts: Facts) -> Iterator[Finding]:
    """The very rows of another day: yesterday's export sent again under today's name."""
    if facts.same_rows is not None:
        yield Finding("guard_same_rows", dict(facts.same_rows))


def _day(facts: Facts) -> Iterator[Finding]:
    if facts.as_of > facts.received_on:
        yield Finding("guard_day_ahead", {"figure": facts.as_of.isoformat(), "limit": facts.received_on.isoformat()})
    if facts.newest is not None and (facts.newest - facts.as_of).days > OLD_DAYS:
        yield Finding(
            "guard_day_old",
            {"figure": (facts.newest - facts.as_of).days, "limit": OLD_DAYS, "newest": facts.newest.isoformat()},
        )


def _rejected(facts: Facts, rails: Rails) -> Iterator[Finding]:
    share = percent(facts.rejected, facts.rows)
    if share > rails.max_rejected_percent:
        yield Finding(
            "guard_rejected",
            {"figure": str(share), "limit": str(rails.max_rejected_percent), "rows": facts.rejected},
        )


def _absent(facts: Facts, rails: Rails) -> Iterator[Finding]:
    share = percent(facts.absent, facts.book_rows)
    if share > rails.max_absent_percent:
        yield Finding(
            "guard_absent", {"figure": str(share), "limit": str(rails.max_absent_percent), "cases": facts.absent}
        )


def _range(facts: Facts, rails: Rails) -> Iterator[Finding]:
    if rails.min_rows is not None and facts.rows < rails.min_rows:
        yield Finding("guard_rows_few", {"figure": facts.rows, "limit": rails.min_rows})
    if rails.max_rows is not None and facts.rows > rails.max_rows:
        yield Finding("guard_rows_many", {"figure": facts.rows, "limit": rails.max_rows})
    if rails.min_total is not None and facts.total < rails.min_total:
        yield Finding("guard_total_low", {"figure": _yuan(facts.total), "limit": _yuan(rails.min_total)})
    if rails.max_total is not None and facts.total > rails.max_total:
        yield Finding("guard_total_high", {"figure": _yuan(facts.total), "limit": _yuan(rails.max_total)})


def _change(facts: Facts, rails: Rails) -> Iterator[Finding]:
    if rails.max_change_percent is None or not facts.book_total:
        return
    change = percent(facts.new_total - facts.book_total, abs(facts.book_total))
    if abs(change) > rails.max_change_percent:
        yield Finding("guard_change", {"figure": f"{change:+}", "limit": str(rails.max_change_percent)})


def _yuan(amount: Decimal) -> str:
    return f"{amount:,.2f}"
