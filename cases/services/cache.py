"""The columns on Case that repeat the facts: computed again from Position, Custody and Absence, compared, repaired.

The rule, in one place: the figures are those of the latest position (newest business date, among equals the one we learned
last); the desk is that of the open custody, none for a closed case; absent_since is the date of the open absence.
"""

# ruff: noqa: S608  statements are put together from constants of this file only

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

COLUMNS = (
    "as_of",
    "days_past_due",
    "due_date",
    "principal",
    "interest",
    "penalty",
    "fees",
    "total",
    "last_run_id",
    "last_row",
    "desk_id",
    "absent_since",
)


@dataclass(frozen=True)
class Difference:
    """One case whose cache disagrees with its facts: {column: (cached, from the facts)}."""

    case_id: int
    columns: dict[str, tuple[Any, Any]]


_FACTS = """
    SELECT c.id AS case_id, p.as_of, p.days_past_due, p.due_date, p.principal, p.interest, p.penalty, p.fees, p.total,
           p.run_id AS last_run_id, p.row AS last_row,
           CASE WHEN c.closed_on IS NULL THEN u.desk_id END AS desk_id, a.as_of AS absent_since
    FROM {cases} c
    {positions}
    LEFT JOIN cases_custody u ON u.case_id = c.id AND u.ended_at IS NULL
    LEFT JOIN cases_absence a ON a.case_id = c.id AND a.reason = ''
"""
# All cases: one sort over all positions. Some cases: newest partition first, one probe a case.
_ALL = _FACTS.format(
    cases="cases_case",
    positions="""
    JOIN (
        SELECT DISTINCT ON (case_id) * FROM cases_position ORDER BY case_id, as_of DESC, recorded_at DESC, run_id DESC
    ) p ON p.case_id = c.id""",
)
_SOME = _FACTS.format(
    cases="(SELECT o.id, o.closed_on FROM cases_case o JOIN cache_asked t ON t.case_id = o.id)",
    positions="""
    JOIN LATERAL (
        SELECT * FROM cases_position q WHERE q.case_id = c.id ORDER BY as_of DESC, recorded_at DESC, run_id DESC LIMIT 1
    ) p ON true""",
)
_CACHED = ", ".join(f"c.{name}" for name in COLUMNS)
_FOUND = ", ".join(f"f.{name}" for name in COLUMNS)


def differences(*, case_ids: Sequence[int] | None = None, limit: int = 1000) -> list[Difference]:
    """Cases whose cache is not what their facts say; all cases when no ids are given. Changes nothing."""
    with connection.cursor() as cursor:
        facts = _facts(cursor, case_ids)
        cursor.execute(
            f"""
            SELECT c.id, {_CACHED}, {_FOUND} FROM cases_case c JOIN ({facts}) f ON f.case_id = c.id
            WHERE ({_CACHED}) IS DISTINCT FROM ({_FOUND}) ORDER BY c.id LIMIT %s
            """,
            [limit],
        )
        rows = cursor.fetchall()
    width = len(COLUMNS)
    return [
        Difference(
            case_id=row[0],
            columns={
                name: (cached, found)
                for name, cached, found in zip(COLUMNS, row[1 : 1 + width], row[1 + width :], strict=True)
                if cached != found
            },
        )
        for row in rows
    ]


def repair(*, case_ids: Sequence[int] | None = None) -> int:
    """Write the facts into the cache where it differs; returns how many cases were changed."""
    assignments = ", ".join(f"{name} = f.{name}" for name in COLUMNS)
    with transaction.atomic(), connection.cursor() as cursor:
        facts = _facts(cursor, case_ids)
        cursor.execute(
            f"""
            UPDATE cases_case c SET {assignments} FROM ({facts}) f
            WHERE f.case_id = c.id AND ({_CACHED}) IS DISTINCT FROM ({_FOUND})
            """
        )
        return int(cursor.rowcount)


def rebuild(*, dry_run: bool = False) -> list[Difference]:
    """Compare every case with its facts, and repair unless `dry_run`. Returns what differed (the first thousand)."""
    with transaction.atomic():
        found = differences()
        if found and not dry_run:
            repair()
    return found


def _facts(cursor: CursorWrapper, case_ids: Sequence[int] | None) -> str:
    if case_ids is None:
        return _ALL
    cursor.execute("DROP TABLE IF EXISTS pg_temp.cache_asked")
    cursor.execute("CREATE TEMP TABLE cache_asked AS SELECT unnest(%s::bigint[]) AS case_id", [list(case_ids)])
    cursor.execute("ANALYZE cache_asked")
    return _SOME
