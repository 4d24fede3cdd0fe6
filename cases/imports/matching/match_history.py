"""An older day against the book: to which case each row of its file belongs.

A row goes to the case of its contract that was open on that day (`opened_on` ≤ day < `closed_on`), else to the nearest one
in time, of two equally near the later. A contract without any case is *new*: it was overdue then and is in no newer file,
so a case is opened that is absent from the next day on. The present book is compared with nothing: an older day
changes no balance of today.
"""

# ruff: noqa: S608  statements are put together from constants of this file only

from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from cases.imports.matching.match import MONEY, Preview, by_stage, figure
from cases.models import ImportRun
from cases.positions import SUPERSEDED
from cases.stage import STAGE_SQL

PLACED = "placed"
"""Kind of difference: rows that become a position of a case that the book knows."""


def place(*, run: ImportRun) -> Preview:
    """Write to the rows of a matched run where an older day puts them, and count: `differences` has new (contracts the
    book does not know) and placed; `before` is what the book said of that day so far, `after` what the file says."""
    with connection.cursor() as cursor:
        values = {"run": run.pk, "source": run.source_id, "day": run.as_of, "known_by": None}
        _place_rows(cursor, values)
        return Preview(
            differences=_count(cursor, values),
            before=by_stage(cursor, _BEFORE, values),
            after=by_stage(cursor, _AFTER, values),
        )


def _place_rows(cursor: CursorWrapper, values: dict[str, Any]) -> None:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_placed")
    cursor.execute(
        """
        CREATE TEMP TABLE import_placed ON COMMIT DROP AS
        SELECT DISTINCT ON (r.id) r.id AS row_id, l.id AS loan_id, c.id AS case_id, l.debtor_id
        FROM cases_importrow r
        LEFT JOIN cases_loan l ON l.source_id = %(source)s AND l.contract_no = r.contract_no
        LEFT JOIN cases_case c ON c.loan_id = l.id
        WHERE r.run_id = %(run)s AND r.state = 'accepted'
        ORDER BY r.id,
                 greatest(c.opened_on - %(day)s::date, %(day)s::date - (c.closed_on - 1), 0) NULLS LAST,
                 c.episode DESC
        """,
        values,
    )
    cursor.execute(
        """
        UPDATE cases_importrow r
        SET loan_id = p.loan_id, case_id = p.case_id, debtor_id = coalesce(p.debtor_id, r.debtor_id),
            difference = CASE WHEN p.case_id IS NOT NULL THEN 'known' WHEN p.loan_id IS NOT NULL THEN 'reentered'
                              ELSE 'new' END,
            old_total = NULL, old_days = NULL, paid_down = false, balance_up = false, rolled = 0
        FROM import_placed p WHERE r.id = p.row_id AND r.run_id = %(run)s
        """,
        values,
    )


def _count(cursor: CursorWrapper, values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    cursor.execute(
        """
        SELECT count(*) FILTER (WHERE case_id IS NULL), coalesce(sum(total) FILTER (WHERE case_id IS NULL), 0),
               count(*) FILTER (WHERE case_id IS NOT NULL), coalesce(sum(total) FILTER (WHERE case_id IS NOT NULL), 0)
        FROM cases_importrow WHERE run_id = %(run)s AND state = 'accepted'
        """,
        values,
    )
    new, new_total, placed, placed_total = cursor.fetchone()
    return {
        "new": figure(new, new_total),
        PLACED: figure(placed, placed_total),
    }


_SUMS = "count(*), " + ", ".join(f"coalesce(sum({name}), 0)" for name in MONEY)
_BEFORE = f"""
    SELECT stage, {_SUMS} FROM (
        SELECT DISTINCT ON (p.case_id) p.*
        FROM cases_position p JOIN cases_case c ON c.id = p.case_id JOIN cases_loan l ON l.id = c.loan_id
        WHERE p.as_of = %(day)s AND l.source_id = %(source)s AND p.run_id NOT IN ({SUPERSEDED})
        ORDER BY p.case_id, p.recorded_at DESC, p.run_id DESC
    ) said GROUP BY stage
"""
_AFTER = f"""
    SELECT {STAGE_SQL}::smallint AS stage, {_SUMS} FROM cases_importrow r
    WHERE r.run_id = %(run)s AND r.state = 'accepted' GROUP BY 1
"""
