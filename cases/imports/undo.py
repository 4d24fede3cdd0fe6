"""Take back exactly what a run wrote.

Only the newest applied run of a source, and only while nothing that people did since stands on it: what does is listed, so
that the person can take it back first. The documents (run, rows, problems, changes) stay; the facts go.
"""

# ruff: noqa: S608  statements are put together from constants of this file only

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from cases.imports.staged import plan_for_sets
from cases.models import ImportRun
from cases.services import cache

SHOWN = 20


@dataclass(frozen=True)
class Blocker:
    """One kind of later fact that stands on the run. `code` is a key of `run_messages`; `count` says how many there
    are, `cases` names the first of them (case ids; for runs, run ids)."""

    code: str
    count: int
    cases: tuple[int, ...] = ()


Guard = Callable[[ImportRun], list[Blocker]]
_guards: list[Guard] = []


def undo_guard(guard: Guard) -> Guard:
    """Registers a question asked before every undo: apps above hang facts on cases that this room cannot know."""
    if guard not in _guards:
        _guards.append(guard)
    return guard


def blockers(*, run: ImportRun) -> list[Blocker]:
    """Everything that stands in the way of undoing `run`; empty when it can be undone. Reads only."""
    found = [*_later_runs(run)]
    with connection.cursor() as cursor:
        for code, sql in _QUESTIONS.items():
            cursor.execute(
                f"SELECT count(*), (array_agg(found.id ORDER BY found.id))[1:{SHOWN}] FROM ({sql}) found (id)",
                {"run": run.pk, "source": run.source_id},
            )
            count, ids = cursor.fetchone()
            if count:
                found.append(Blocker(code, count, tuple(ids)))
    for guard in _guards:
        found.extend(guard(run))
    return found


def _later_runs(run: ImportRun) -> list[Blocker]:
    later = list(
        ImportRun.objects.filter(source_id=run.source_id, state="applied", applied_at__isnull=False)
        .exclude(pk=run.pk)
        .filter(as_of__gte=run.as_of)
        .order_by("as_of", "pk")
        .values_list("pk", flat=True)
    )
    return [Blocker("undo_later_run", len(later), tuple(later[:SHOWN]))] if later else []


# Each finds the ids of cases (runs for the last) on which something later stands. What the run itself explained, closed
# or opened is taken back and blocks nothing.
_QUESTIONS = {
    "undo_case_moved": """
        SELECT c.id FROM cases_case c JOIN cases_custody u ON u.case_id = c.id
        WHERE c.opened_by_run_id = %(run)s GROUP BY c.id HAVING count(*) > 1 OR bool_or(u.ended_at IS NOT NULL)
    """,
    "undo_case_closed": """
        SELECT c.id FROM cases_case c
        WHERE c.closed_on IS NOT NULL AND c.closed_by_run_id IS DISTINCT FROM %(run)s
          AND (c.opened_by_run_id = %(run)s
               OR EXISTS (SELECT 1 FROM cases_position p WHERE p.run_id = %(run)s AND p.case_id = c.id))
    """,
    "undo_absence_explained": """
        SELECT a.case_id FROM cases_absence a
        WHERE a.run_id = %(run)s AND a.reason <> '' AND a.explained_by_run_id IS DISTINCT FROM %(run)s
    """,
    "undo_repayment_recorded": """
        SELECT c.id FROM cases_case c JOIN cases_loan l ON l.id = c.loan_id
        WHERE l.created_by_run_id = %(run)s AND c.opened_by_run_id = %(run)s
          AND EXISTS (SELECT 1 FROM cases_repayment p WHERE p.loan_id = l.id)
    """,
    "undo_contact_checked": """
        SELECT c.id FROM cases_case c JOIN cases_loan l ON l.id = c.loan_id
        WHERE EXISTS (SELECT 1 FROM cases_contactpoint p WHERE p.debtor_id = l.debtor_id AND p.created_by_run_id = %(run)s
                        AND (p.status <> 'unverified' OR p.verified_on IS NOT NULL))
    """,
    "undo_debtor_changed_later": """
        SELECT DISTINCT later.run_id FROM cases_importchange mine
        JOIN cases_importchange later ON later."table" = mine."table" AND later.object_id = mine.object_id
                                     AND later.id > mine.id
        JOIN cases_importrun r ON r.id = later.run_id AND r.state = 'applied'
        WHERE mine.run_id = %(run)s AND later.run_id <> %(run)s
    """,
}


def take_back(*, run: ImportRun) -> dict[str, int]:
    """Delete and restore what `run` wrote; returns rows by table. The caller holds the locks and found no blockers."""
    values = {"run": run.pk, "source": run.source_id}
    with connection.cursor() as cursor:
        plan_for_sets(cursor)
        _list_touched(cursor, values)
        counts = {
            "positions": _run(cursor, "DELETE FROM cases_position WHERE run_id = %(run)s", values),
            "absences": _run(cursor, "DELETE FROM cases_absence WHERE run_id = %(run)s", values),
            **_take_back_cases(cursor, values),
            **_take_back_people(cursor, values),
        }
        # What is left of the touched cases is what the facts before this run say.
        cursor.execute("SELECT case_id FROM import_touched")
        touched = [row[0] for row in cursor.fetchall()]
    cache.repair(case_ids=touched)
    return counts


def _list_touched(cursor: CursorWrapper, values: dict[str, Any]) -> None:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_touched")
    cursor.execute(
        """
        CREATE TEMP TABLE import_touched ON COMMIT DROP AS
        SELECT t.case_id FROM (
            SELECT case_id FROM cases_position WHERE run_id = %(run)s
            UNION SELECT case_id FROM cases_absence WHERE run_id = %(run)s OR explained_by_run_id = %(run)s
        ) t
        JOIN cases_case c ON c.id = t.case_id AND c.opened_by_run_id IS DISTINCT FROM %(run)s
        """,
        values,
    )


def _take_back_cases(cursor: CursorWrapper, values: dict[str, Any]) -> dict[str, int]:
    _run(
        cursor,
        """DELETE FROM cases_custody u USING cases_case c
           WHERE c.id = u.case_id AND c.opened_by_run_id = %(run)s""",
        values,
    )
    # New episodes go before the old ones open again: a loan has one open case.
    cases = _run(cursor, "DELETE FROM cases_case WHERE opened_by_run_id = %(run)s", values)
    reopened = _run(
        cursor,
        """UPDATE cases_absence SET reason = '', explained_by_run_id = NULL, explained_at = NULL
           WHERE explained_by_run_id = %(run)s""",
        values,
    )
    # A closed case gets no further custody, so the one that the run ended is its last.
    _run(
        cursor,
        """
        UPDATE cases_custody u SET ended_at = NULL
        FROM (
            SELECT DISTINCT ON (u.case_id) u.id
            FROM cases_custody u JOIN cases_case c ON c.id = u.case_id
            WHERE c.closed_by_run_id = %(run)s
            ORDER BY u.case_id, u.started_at DESC, u.id DESC
        ) last
        WHERE u.id = last.id
        """,
        values,
    )
    _run(
        cursor,
        """UPDATE cases_case SET closed_on = NULL, closed_by_run_id = NULL, close_reason = '', close_note = ''
           WHERE closed_by_run_id = %(run)s""",
        values,
    )
    return {"cases": cases, "absences_reopened": reopened}


def _take_back_people(cursor: CursorWrapper, values: dict[str, Any]) -> dict[str, int]:
    contacts = _take_back_contacts(cursor, values)
    changes = _run(
        cursor,
        """
        UPDATE cases_loan l
        SET product = CASE WHEN c.before ? 'product' THEN c.before ->> 'product' ELSE l.product END,
            region = CASE WHEN c.before ? 'region' THEN c.before ->> 'region' ELSE l.region END,
            credit_limit = CASE WHEN c.before ? 'credit_limit' THEN (c.before ->> 'credit_limit')::numeric
                                ELSE l.credit_limit END,
            disbursed_on = CASE WHEN c.before ? 'disbursed_on' THEN (c.before ->> 'disbursed_on')::date
                                ELSE l.disbursed_on END,
            debtor_id = CASE WHEN c.before ? 'debtor' THEN (c.before ->> 'debtor')::bigint ELSE l.debtor_id END
        FROM cases_importchange c
        WHERE c.run_id = %(run)s AND c."table" = 'loan' AND l.id = c.object_id
        """,
        values,
    )
    changes += _run(
        cursor,
        """
        UPDATE cases_debtor d
        SET name = coalesce(c.before ->> 'name', d.name),
            id_type = coalesce(c.before ->> 'id_type', d.id_type),
            id_no = coalesce(c.before ->> 'id_no', d.id_no),
            id_index = coalesce(c.before ->> 'id_index', d.id_index),
            id_last4 = coalesce(c.before ->> 'id_last4', d.id_last4)
        FROM cases_importchange c
        WHERE c.run_id = %(run)s AND c."table" = 'debtor' AND d.id = c.object_id
        """,
        values,
    )
    loans = _run(cursor, "DELETE FROM cases_loan WHERE created_by_run_id = %(run)s", values)
    # A person whom another source's file names too stays, as if that file had brought the person.
    _run(
        cursor,
        """
        UPDATE cases_debtor d SET created_by_run_id = o.run_id
        FROM (SELECT l.debtor_id, min(l.created_by_run_id) AS run_id FROM cases_loan l GROUP BY l.debtor_id) o
        WHERE d.created_by_run_id = %(run)s AND o.debtor_id = d.id
        """,
        values,
    )
    debtors = _run(cursor, "DELETE FROM cases_debtor WHERE created_by_run_id = %(run)s", values)
    return {"contact_points": contacts, "changes": changes, "loans": loans, "debtors": debtors}


def _take_back_contacts(cursor: CursorWrapper, values: dict[str, Any]) -> int:
    """A number that another source's file also gives for the person stays, and counts as brought by that file."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_shared")
    shared = _run(
        cursor,
        """
        CREATE TEMP TABLE import_shared ON COMMIT DROP AS
        SELECT p.id, p.kind, p.value_index, l.contract_no, run.id AS run_id
        FROM cases_contactpoint p
        JOIN cases_loan l ON l.debtor_id = p.debtor_id AND l.source_id <> %(source)s
        JOIN cases_importrun run ON run.source_id = l.source_id AND run.state = 'applied'
        WHERE p.created_by_run_id = %(run)s
        """,
        values,
    )
    if shared:
        # Few persons, and the rows of all runs: here it is the index on (run, contract) that is wanted.
        cursor.execute("SET LOCAL enable_nestloop = on")
        _run(
            cursor,
            """
            UPDATE cases_contactpoint p SET created_by_run_id = other.run_id
            FROM (
                SELECT s.id, min(s.run_id) AS run_id
                FROM import_shared s
                JOIN cases_importrow r
                  ON r.run_id = s.run_id AND r.contract_no = s.contract_no AND r.state = 'accepted'
                WHERE r.contacts @> jsonb_build_array(jsonb_build_object('kind', s.kind, 'index', s.value_index))
                GROUP BY s.id
            ) other
            WHERE p.id = other.id
            """,
            values,
        )
        plan_for_sets(cursor)
    return _run(cursor, "DELETE FROM cases_contactpoint WHERE created_by_run_id = %(run)s", values)


def _run(cursor: CursorWrapper, sql: str, values: dict[str, Any]) -> int:
    cursor.execute(sql, values)
    return cursor.rowcount
