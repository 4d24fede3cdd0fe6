"""The book of a day: what the newest file of each source up to it said, and what that book brought since.

A source that sent nothing on the day is spoken of by its last file, up to a month old; the days are given back, so that the
paper can say which. Corrections count as in cases/positions.py: whole files, the one we had learned last at the moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from cases.positions import SUPERSEDED
from cases.stage import OVERDUE_STAGES, Stage

OLDEST_FILE = timedelta(days=31)
ZERO = Decimal("0.00")

_NEWEST = """
SELECT r.source_id, s.name, max(r.as_of)
FROM cases_importrun r JOIN cases_source s ON s.id = r.source_id
WHERE r.kind = 'overdue' AND r.state = 'applied' AND r.applied_at <= %(known_by)s
  AND r.as_of BETWEEN %(oldest)s AND %(day)s
GROUP BY 1, 2 ORDER BY 2, 1
"""
# The positions of several sources that have the same newest day, by loan: a debt that was cleared and came back is one.
POSITIONS = f"""
    SELECT DISTINCT ON (c.loan_id) c.loan_id, c.id AS case_id, c.episode, p.stage, p.days_past_due, p.total, p.principal
    FROM cases_position p
    JOIN cases_case c ON c.id = p.case_id
    JOIN cases_loan l ON l.id = c.loan_id
    WHERE p.as_of = %(day)s AND l.source_id = ANY(%(sources)s) AND p.recorded_at <= %(known_by)s
      AND p.run_id NOT IN ({SUPERSEDED})
    ORDER BY c.loan_id, p.recorded_at DESC, p.run_id DESC
"""  # noqa: S608 (fixed parts only, here and below)
SIGNED = "CASE WHEN r.reversal_of_id IS NULL THEN r.amount ELSE -r.amount END"
KNOWN_LOAN = "r.loan_id IS NOT NULL AND (r.matched_at IS NULL OR r.matched_at <= %(known_by)s)"
"""Whether the contract of a repayment was known at the moment: money without one is matched later."""
_STAGES = f"""
WITH book AS ({POSITIONS}), money AS (
    SELECT r.loan_id, sum({SIGNED}) AS paid FROM cases_repayment r
    WHERE r.status = 'confirmed' AND r.recorded_at <= %(known_by)s AND {KNOWN_LOAN}
      AND r.paid_on BETWEEN %(paid_from)s AND %(paid_until)s
    GROUP BY 1
)
SELECT b.stage, count(*), sum(b.total), sum(b.principal), coalesce(sum(m.paid), 0),
       count(*) FILTER (WHERE m.paid > 0)
FROM book b LEFT JOIN money m USING (loan_id) GROUP BY 1
"""  # noqa: S608


@dataclass(frozen=True)
class SourceDay:
    """Of one source the newest business date that had a file."""

    source_id: int
    name: str
    day: date


@dataclass(frozen=True)
class StageSum:
    """Debts of a stage, yuan. `paid`: confirmed money of these debts in the period that was asked for, from `payers`."""

    count: int = 0
    total: Decimal = ZERO
    principal: Decimal = ZERO
    paid: Decimal = ZERO
    payers: int = 0

    def __add__(self, other: "StageSum") -> "StageSum":
        return StageSum(
            self.count + other.count,
            self.total + other.total,
            self.principal + other.principal,
            self.paid + other.paid,
            self.payers + other.payers,
        )


@dataclass(frozen=True)
class Book:
    days: list[SourceDay] = field(default_factory=list)
    stages: Mapping[Stage, StageSum] = field(default_factory=dict)

    @property
    def as_of(self) -> date | None:
        """The newest business date in it."""
        return max((one.day for one in self.days), default=None)

    @property
    def whole(self) -> StageSum:
        return sum(self.stages.values(), StageSum())

    @property
    def listed(self) -> list[Stage]:
        """M1 to M7+ always, «not overdue» where a file lists such debts."""
        return [stage for stage in Stage if stage in OVERDUE_STAGES or self.stages.get(stage, StageSum()).count]

    def of(self, stage: Stage) -> StageSum:
        return self.stages.get(stage, StageSum())


def newest_days(*, day: date, known_by: datetime) -> list[SourceDay]:
    """Of each source the newest business date up to `day`. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, {"day": day, "oldest": day - OLDEST_FILE, "known_by": known_by})
        return [SourceDay(*row) for row in cursor.fetchall()]


def grouped(days: list[SourceDay]) -> dict[date, list[int]]:
    """The sources by their newest day: mostly all have the same."""
    found: dict[date, list[int]] = {}
    for one in days:
        found.setdefault(one.day, []).append(one.source_id)
    return found


def book_on(*, day: date, known_by: datetime, paid_from: date | None = None, paid_until: date | None = None) -> Book:
    """The book at `day`, with what its debts paid from `paid_from` through `paid_until`. A query for each different newest
    day of the sources, and one."""
    days = newest_days(day=day, known_by=known_by)
    stages: dict[Stage, StageSum] = {}
    for newest, sources in grouped(days).items():
        asked: dict[str, Any] = {
            "day": newest,
            "sources": sources,
            "known_by": known_by,
            "paid_from": paid_from or date.max,
            "paid_until": paid_until or date.min,
        }
        with connection.cursor() as cursor:
            cursor.execute(_STAGES, asked)
            for stage, *sums in cursor.fetchall():
                stages[Stage(stage)] = stages.get(Stage(stage), StageSum()) + StageSum(*sums)
    return Book(days, stages)


def book_at_start(*, first: date, last: date, known_by: datetime) -> Book:
    """The book with which a period began, the base of its recovery rate: the last files before `first`, with the money of
    `first` through `last`. Where the lender has none so old, the first files of the period, with the money after them."""
    before = book_on(day=first - timedelta(days=1), known_by=known_by, paid_from=first, paid_until=last)
    if before.days:
        return before
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(as_of) FROM cases_importrun WHERE kind = 'overdue' AND state = 'applied' AND applied_at <= %s "
            "AND as_of BETWEEN %s AND %s",
            [known_by, first, last],
        )
        (earliest,) = cursor.fetchone()
    if earliest is None:
        return before
    return book_on(day=earliest, known_by=known_by, paid_from=earliest + timedelta(days=1), paid_until=last)
