"""Cases, custody, positions and absences of a run.

Only cases of the run's source are touched. Disappeared is not paid: what the file does not list becomes an absence to be
explained, and keeps its last position.
"""

from collections import Counter
from typing import Any

from django.db.backends.utils import CursorWrapper

from cases.imports.matching.match import ABSENT

Values = dict[str, Any]

CUSTODY_OPENED = "opened"
"""Reason code of a custody that an import opened; pages translate it."""


def write(cursor: CursorWrapper, values: Values, *, rows: Counter[str]) -> dict[str, int]:
    """Needs `import_staged` with its ids drawn, and its `rows` by difference: what no row asks for is not looked for.
    Returns rows written by table."""
    closed = _close_cured(cursor, values) if rows["reentered"] else 0
    opened = open_cases(cursor, values)
    returned = _explain_returned(cursor, values) if rows["returned"] else 0
    # The cases before their positions: those that this transaction has written need not be held for the key once more.
    updated = _update_cases(cursor, values) if rows["known"] or rows["returned"] else 0
    positions = insert_positions(cursor, values)
    absent = _insert_absences(cursor, values)
    return {
        "cases_closed": closed,
        "cases_opened": opened,
        "cases_returned": returned,
        "positions": positions,
        "cases_updated": updated,
        "absences": absent,
    }


def _close_cured(cursor: CursorWrapper, values: Values) -> int:
    """The debt of the row began after the old case was last seen: the old one was cleared in between."""
    cursor.execute(
        """
        UPDATE cases_absence a
        SET reason = 'cured', explained_by_run_id = %(run)s, explained_at = %(now)s
        FROM import_staged s
        WHERE s.difference = 'reentered' AND a.case_id = s.book_case_id AND a.reason = ''
        """,
        values,
    )
    cursor.execute(
        """
        UPDATE cases_custody u SET ended_at = greatest(u.started_at, %(now)s)
        FROM import_staged s
        WHERE s.difference = 'reentered' AND u.case_id = s.book_case_id AND u.ended_at IS NULL
        """,
        values,
    )
    cursor.execute(
        """
        UPDATE cases_case c
        SET closed_on = c.absent_since, closed_at = %(now)s, closed_by_run_id = %(run)s, close_reason = 'cured',
            absent_since = NULL, desk_id = NULL
        FROM import_staged s
        WHERE s.difference = 'reentered' AND c.id = s.book_case_id
        """,
        values,
    )
    return cursor.rowcount


def open_cases(cursor: CursorWrapper, values: Values) -> int:
    """A case in the pool, and its custody, for every staged row that needs one; their ids are drawn."""
    cursor.execute(
        """
        INSERT INTO cases_case (id, loan_id, episode, opened_on, opened_by_run_id, close_reason, close_note, as_of,
                                days_past_due, due_date, principal, interest, penalty, fees, total, last_run_id,
                                last_row, desk_id, created_at)
        SELECT s.case_id, s.loan_id, coalesce(e.episode, 0) + 1, %(as_of)s, %(run)s, '', '', %(as_of)s,
               s.days_past_due, s.due_date, s.principal, s.interest, s.penalty, s.fees, s.total, %(run)s,
               s.row_id, %(pool)s, %(now)s
        FROM import_staged s
        LEFT JOIN (
            SELECT c.loan_id, max(c.episode) AS episode
            FROM cases_case c JOIN import_staged r ON r.loan_id = c.loan_id AND r.difference = 'reentered'
            GROUP BY c.loan_id
        ) e ON e.loan_id = s.loan_id
        WHERE s.difference IN ('new', 'reentered')
        """,
        values,
    )
    opened = cursor.rowcount
    cursor.execute(
        """
        INSERT INTO cases_custody (case_id, desk_id, started_at, reason, moved_by_id)
        SELECT case_id, %(pool)s, %(now)s, %(reason)s, %(actor)s
        FROM import_staged WHERE difference IN ('new', 'reentered')
        """,
        {**values, "reason": CUSTODY_OPENED},
    )
    return opened


def _explain_returned(cursor: CursorWrapper, values: Values) -> int:
    cursor.execute(
        """
        UPDATE cases_absence a
        SET reason = 'returned', explained_by_run_id = %(run)s, explained_at = %(now)s
        FROM import_staged s
        WHERE s.difference = 'returned' AND a.case_id = s.case_id AND a.reason = ''
        """,
        values,
    )
    return cursor.rowcount


def insert_positions(cursor: CursorWrapper, values: Values) -> int:
    cursor.execute(
        """
        INSERT INTO cases_position (case_id, as_of, run_id, "row", recorded_at, days_past_due, due_date, principal,
                                    interest, penalty, fees, total)
        SELECT case_id, %(as_of)s, %(run)s, row_id, %(now)s, days_past_due, due_date, principal,
               interest, penalty, fees, total
        FROM import_staged ORDER BY case_id
        """,
        values,
    )
    return cursor.rowcount


def _update_cases(cursor: CursorWrapper, values: Values) -> int:
    """The cache on the cases that were there before: what this file says of them."""
    cursor.execute(
        """
        UPDATE cases_case c
        SET as_of = %(as_of)s, days_past_due = s.days_past_due, due_date = s.due_date, principal = s.principal,
            interest = s.interest, penalty = s.penalty, fees = s.fees, total = s.total, last_run_id = %(run)s,
            last_row = s.row_id, absent_since = NULL
        FROM import_staged s
        WHERE s.difference IN ('known', 'returned') AND c.id = s.case_id
          AND (c.as_of, c.days_past_due, c.due_date, c.principal, c.interest, c.penalty, c.fees, c.total, c.last_row,
               c.absent_since)
              IS DISTINCT FROM
              (%(as_of)s::date, s.days_past_due, s.due_date, s.principal, s.interest, s.penalty, s.fees, s.total,
               s.row_id, NULL::date)
        """,
        values,
    )
    return cursor.rowcount


def _insert_absences(cursor: CursorWrapper, values: Values) -> int:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_absent")
    cursor.execute(f"CREATE TEMP TABLE import_absent ON COMMIT DROP AS SELECT c.id AS case_id {ABSENT}", values)
    cursor.execute("ANALYZE import_absent")
    cursor.execute(
        """
        INSERT INTO cases_absence (case_id, as_of, run_id, reason, note, created_at)
        SELECT case_id, %(as_of)s, %(run)s, '', '', %(now)s FROM import_absent ORDER BY case_id
        """,
        values,
    )
    cursor.execute(
        "UPDATE cases_case c SET absent_since = %(as_of)s FROM import_absent a WHERE c.id = a.case_id", values
    )
    return cursor.rowcount
