"""Where the book stands by stage, and how it rolls from one day to another."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from cases.models import Source
from cases.positions import SUPERSEDED
from cases.stage import OVERDUE_STAGES, Stage

ABSENT = "absent"
"""Column of the matrix for debts of the first day that the second day's file does not list. Absent is not paid."""

STAGE_NAMES: tuple[str, ...] = tuple(str(stage.label) for stage in OVERDUE_STAGES)
ZERO = Decimal("0.00")

# What was said about every loan on one day, as it was known at a moment: of two files for the same day the one we
# learned last, and nothing of what only the corrected one says. By loan and not by case, since a debt that was cleared
# and came back within the period rolled, too.
_POSITIONS = """
    SELECT DISTINCT ON (c.loan_id) c.loan_id, p.stage, p.total, p.principal, p.interest, p.penalty, p.fees
    FROM cases_position p
    JOIN cases_case c ON c.id = p.case_id
    JOIN cases_loan l ON l.id = c.loan_id
    WHERE p.as_of = {day}
      AND (%(source)s::bigint IS NULL OR l.source_id = %(source)s)
      AND (%(known_by)s::timestamptz IS NULL OR p.recorded_at <= %(known_by)s)
      AND p.run_id NOT IN ({superseded})
    ORDER BY c.loan_id, p.recorded_at DESC, p.run_id DESC
"""


def _positions(day: str) -> str:
    """The statement for the day that parameter `day` holds."""
    return _POSITIONS.format(day=f"%({day})s", superseded=SUPERSEDED.replace("%(day)s", f"%({day})s"))


@dataclass(frozen=True)
class RollMatrix:
    """Stages of the first day (rows) by where the debt stood on the second (columns: the stages and `absent`).

    `amount` is in yuan at the first day, so that a row's columns add up to the stage's total there. `entered` counts
    the debts of the second day that the first did not list, by their stage, with their total on the second day.
    """

    first_day: date
    second_day: date
    count: dict[str, dict[str, int]]
    amount: dict[str, dict[str, Decimal]]
    entered: dict[str, dict[str, Any]] = field(default_factory=dict)

    def count_rate(self, start: str, end: str) -> Decimal | None:
        """Share of the debts of stage `start` that stood in `end`, six places; None where the stage was empty."""
        base = sum(self.count[start].values())
        return (Decimal(self.count[start][end]) / base).quantize(Decimal("0.000001")) if base else None

    def to_json(self) -> dict[str, Any]:
        return {
            "from": self.first_day.isoformat(),
            "to": self.second_day.isoformat(),
            "count": self.count,
            "amount_at_from": self.amount,
            "entered": self.entered,
        }


def roll_matrix(
    *, first_day: date, second_day: date, source: Source | None = None, known_by: datetime | None = None
) -> RollMatrix:
    """迁徙矩阵. Of the debts in stage X on the first day, how many (and how much of their balance of that day) stood in
    stage Y on the second day, or were absent from its file.

    Only the same debts are followed: debts that entered later never leak in. Both days are business dates of files; a day
    without a file has no positions and gives an empty matrix.
    """
    columns = (*STAGE_NAMES, ABSENT)
    count = {row: dict.fromkeys(columns, 0) for row in STAGE_NAMES}
    amount = {row: dict.fromkeys(columns, ZERO) for row in STAGE_NAMES}
    entered: dict[str, dict[str, Any]] = {row: {"count": 0, "amount": ZERO} for row in STAGE_NAMES}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT a.stage, b.stage, count(*), coalesce(sum(a.total), 0), coalesce(sum(b.total), 0)
            FROM ({_positions("first_day")}) a
            FULL JOIN ({_positions("second_day")}) b ON b.loan_id = a.loan_id
            GROUP BY 1, 2
            """,  # noqa: S608  constants above
            {
                "first_day": first_day,
                "second_day": second_day,
                "source": source.pk if source else None,
                "known_by": known_by,
            },
        )
        found = cursor.fetchall()
    for start, end, number, total_then, total_now in found:
        if start is None:
            row = entered.setdefault(_name(end), {"count": 0, "amount": ZERO})
            row["count"] += number
            row["amount"] += total_now
            continue
        # Not overdue (M0) has a line of its own only where a file lists such debts.
        row_name, column = _name(start), ABSENT if end is None else _name(end)
        count.setdefault(row_name, dict.fromkeys(columns, 0))[column] = number
        amount.setdefault(row_name, dict.fromkeys(columns, ZERO))[column] = total_then
    return RollMatrix(first_day, second_day, count, amount, entered)


def stage_distribution(
    *, as_of: date, source: Source | None = None, known_by: datetime | None = None
) -> dict[str, dict[str, Any]]:
    """阶段分布. Number of debts and their total, principal, interest, penalty and fees (yuan) by stage, as the files of
    one business date said. All stages are listed, M0 (not overdue) only where there are any."""
    empty: dict[str, Any] = {"count": 0, **dict.fromkeys(("total", "principal", "interest", "penalty", "fees"), ZERO)}
    result = {name: dict(empty) for name in STAGE_NAMES}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT stage, count(*), sum(total), sum(principal), sum(interest), sum(penalty), sum(fees)
            FROM ({_positions("as_of")}) p GROUP BY stage ORDER BY stage
            """,  # noqa: S608  constants above
            {"as_of": as_of, "source": source.pk if source else None, "known_by": known_by},
        )
        for stage, *figures in cursor.fetchall():
            result[_name(stage)] = dict(zip(empty, figures, strict=True))
    return result


def _name(stage: int) -> str:
    return "M0" if stage == Stage.M0 else str(Stage(stage).label)
