"""What a run wrote, contract by contract, as temporary tables: what taking it back would touch.

The unit of undo is the contract: all that a run says of it (position, absence, new or ended case, changes) is taken back
together or stays together. Facts about the person stay as long as one contract of the run about that person stays.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from cases.imports.staging.staged import plan_for_sets
from cases.models import ImportRun, RunKind, RunState, Standing


@dataclass(frozen=True)
class Later:
    """One applied file of the same source that went in after the run."""

    run_id: int
    as_of: date
    stands: bool
    """It is of the run's day or a later one and was compared with what the run had said."""


def later_files(run: ImportRun) -> list[Later]:
    """Files of the source that were applied after `run`, first to last.

    A file of an older day (history) adds a day that nothing was compared with: it stands on the cases that the run
    opened, and on nothing else of it.
    """
    after = Q(applied_at__gt=run.applied_at) | Q(applied_at=run.applied_at, pk__gt=run.pk)
    found = ImportRun.objects.filter(after, source_id=run.source_id, kind=RunKind.OVERDUE, state=RunState.APPLIED)
    return [
        Later(pk, as_of, as_of >= run.as_of and standing != Standing.HISTORY)
        for pk, as_of, standing in found.order_by("applied_at", "pk").values_list("pk", "as_of", "standing")
    ]


def gather(cursor: CursorWrapper, *, run: ImportRun) -> dict[str, Any]:
    """Make `undo_row`, `undo_case`, `undo_later` and `undo_let_go` for this transaction; returns the values that the
    statements of undo use.

    undo_row: accepted rows with contract and person. undo_case: cases the run said something about; `opened` and
    `closed` by it, `listed` when it wrote their position, `historical` when the book knew a later day before it.
    undo_later: `later_files` with their place; undo_let_go: contracts that one of these has let go of (row undone).
    """
    values: dict[str, Any] = {
        "run": run.pk,
        "source": run.source_id,
        "as_of": run.as_of,
        "applied_at": run.applied_at,
    }
    plan_for_sets(cursor)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.undo_row, pg_temp.undo_case, pg_temp.undo_later, pg_temp.undo_let_go")
    cursor.execute(_ROWS, values)
    cursor.execute(_CASES, values)
    cursor.execute("ANALYZE undo_row, undo_case")
    later = later_files(run)
    values |= {
        "later_runs": [one.run_id for one in later],
        "later_days": sorted({one.as_of for one in later}),
    }
    cursor.execute(
        _LATER,
        {
            "runs": values["later_runs"],
            "days": [one.as_of for one in later],
            "stands": [one.stands for one in later],
        },
    )
    cursor.execute(_LET_GO, values)
    cursor.execute("ANALYZE undo_later, undo_let_go")
    if later:
        _mark_historical(cursor, run, values)
    return values


_ROWS = """
    CREATE TEMP TABLE undo_row ON COMMIT DROP AS
    SELECT r.id AS row_id, l.id AS loan_id, l.debtor_id
    FROM cases_importrow r
    LEFT JOIN cases_loan l ON l.source_id = %(source)s AND l.contract_no = r.contract_no
    WHERE r.run_id = %(run)s AND r.state = 'accepted'
"""
_CASES = """
    CREATE TEMP TABLE undo_case ON COMMIT DROP AS
    SELECT c.id AS case_id, c.loan_id, l.debtor_id, t.listed, false AS historical,
           c.opened_by_run_id IS NOT DISTINCT FROM %(run)s AS opened,
           c.closed_by_run_id IS NOT DISTINCT FROM %(run)s AS closed
    FROM (
        SELECT found.case_id, bool_or(found.listed) AS listed
        FROM (
            -- The cases that the run opened are among these: it wrote the position of each.
            SELECT case_id, true AS listed FROM cases_position WHERE run_id = %(run)s AND as_of = %(as_of)s
            UNION ALL SELECT case_id, false FROM cases_absence WHERE run_id = %(run)s
            UNION ALL SELECT case_id, false FROM cases_absence WHERE explained_by_run_id = %(run)s
            UNION ALL SELECT id, false FROM cases_case WHERE closed_by_run_id = %(run)s
            -- Opened by a file of an older day and missing since this one: they need this day.
            UNION ALL
            SELECT a.case_id, false FROM cases_absence a JOIN cases_importrun h ON h.id = a.run_id
            WHERE h.source_id = %(source)s AND h.as_of < %(as_of)s AND a.as_of = %(as_of)s
              AND h.standing = 'history'
        ) found
        GROUP BY found.case_id
    ) t
    JOIN cases_case c ON c.id = t.case_id
    JOIN cases_loan l ON l.id = c.loan_id
"""
_LATER = """
    CREATE TEMP TABLE undo_later ON COMMIT DROP AS
    SELECT t.run_id, t.as_of, t.stands, t.place
    FROM unnest(%(runs)s::bigint[], %(days)s::date[], %(stands)s::boolean[])
        WITH ORDINALITY AS t (run_id, as_of, stands, place)
"""
_LET_GO = """
    CREATE TEMP TABLE undo_let_go ON COMMIT DROP AS
    SELECT r.run_id, r.contract_no FROM cases_importrow r
    WHERE r.run_id = ANY(%(later_runs)s) AND r.state = 'undone'
"""


def _mark_historical(cursor: CursorWrapper, run: ImportRun, values: dict[str, Any]) -> None:
    """Cases of which the book already had a later day when the run was applied: later files do not stand on it."""
    before = Q(applied_at__lt=run.applied_at) | Q(applied_at=run.applied_at, pk__lt=run.pk)
    ahead = ImportRun.objects.filter(
        before, source_id=run.source_id, kind=RunKind.OVERDUE, state=RunState.APPLIED, as_of__gt=run.as_of
    ).values_list("pk", "as_of")
    runs, days = [pk for pk, _ in ahead], sorted({as_of for _, as_of in ahead})
    if runs:
        cursor.execute(
            """
            UPDATE undo_case u SET historical = true FROM cases_position p
            WHERE p.case_id = u.case_id AND p.run_id = ANY(%s) AND p.as_of = ANY(%s)
            """,
            [runs, days],
        )


KEEP = """
    CREATE TEMP TABLE undo_kept ON COMMIT DROP AS
    SELECT DISTINCT u.loan_id, u.debtor_id FROM undo_blocked b JOIN undo_case u ON u.case_id = b.case_id
"""


def leave_out_kept(cursor: CursorWrapper) -> None:
    """Make `undo_kept` (contracts on which something stands) and `undo_person` (persons about whom nothing is kept), and
    take the kept ones out of `undo_row` and `undo_case`: what remains there is taken back. Needs `undo_blocked`."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.undo_kept, pg_temp.undo_person")
    cursor.execute(KEEP)
    cursor.execute("ANALYZE undo_kept")
    cursor.execute("DELETE FROM undo_row r USING undo_kept k WHERE k.loan_id = r.loan_id")
    cursor.execute("DELETE FROM undo_case c USING undo_kept k WHERE k.loan_id = c.loan_id")
    cursor.execute(
        """
        CREATE TEMP TABLE undo_person ON COMMIT DROP AS
        SELECT t.debtor_id
        FROM (SELECT debtor_id FROM undo_row UNION SELECT debtor_id FROM undo_case) t
        LEFT JOIN undo_kept k ON k.debtor_id = t.debtor_id
        WHERE t.debtor_id IS NOT NULL AND k.debtor_id IS NULL
        """
    )
    cursor.execute("ANALYZE undo_row, undo_case, undo_person")
