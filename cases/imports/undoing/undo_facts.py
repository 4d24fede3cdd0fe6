"""Taking back what `undo_row` and `undo_case` hold, set-based; the caller has left out what stays."""

from typing import Any

from django.db.backends.utils import CursorWrapper

from cases.imports.staging.staged import plan_for_sets
from cases.services import cache
from cases.services.closing import reopen

Values = dict[str, Any]


def take_back(cursor: CursorWrapper, values: Values) -> dict[str, int]:
    """Delete and restore; returns rows by table. Needs `undo_row`, `undo_case`, `undo_kept` and `undo_person`."""
    counts = {
        "positions": _run(
            cursor,
            """DELETE FROM cases_position p USING undo_case u
               WHERE p.case_id = u.case_id AND p.run_id = %(run)s AND p.as_of = %(as_of)s""",
            values,
        ),
        "absences": _run(
            cursor,
            "DELETE FROM cases_absence a USING undo_case u WHERE a.case_id = u.case_id AND a.run_id = %(run)s",
            values,
        ),
        **_take_back_cases(cursor, values),
        **_take_back_people(cursor, values),
        "rows": _run(
            cursor,
            """UPDATE cases_importrow r SET state = 'undone' FROM undo_row u
               WHERE r.id = u.row_id AND r.run_id = %(run)s""",
            values,
        ),
    }
    # What is left of the touched cases is what the other facts say.
    cursor.execute("SELECT case_id FROM undo_case WHERE NOT opened")
    cache.repair(case_ids=[row[0] for row in cursor.fetchall()])
    return counts


def _take_back_cases(cursor: CursorWrapper, values: Values) -> dict[str, int]:
    _run(cursor, "DELETE FROM cases_custody k USING undo_case u WHERE k.case_id = u.case_id AND u.opened", values)
    # New episodes go before the old ones open again: a loan has one open case.
    cases = _run(cursor, "DELETE FROM cases_case c USING undo_case u WHERE c.id = u.case_id AND u.opened", values)
    unexplained = _run(
        cursor,
        """UPDATE cases_absence a
           SET reason = '', rule = '', note = '', explained_by_run_id = NULL, explained_at = NULL
           FROM undo_case u
           WHERE a.case_id = u.case_id AND a.explained_by_run_id = %(run)s""",
        values,
    )
    cursor.execute("SELECT case_id FROM undo_case WHERE closed")
    reopened = reopen(case_ids=[row[0] for row in cursor.fetchall()], now=values["now"])
    return {"cases": cases, "cases_reopened": reopened, "absences_reopened": unexplained}


def _take_back_people(cursor: CursorWrapper, values: Values) -> dict[str, int]:
    contacts = _take_back_contacts(cursor, values)
    changes = _restore_loans(cursor, values) + _restore_debtors(cursor, values)
    loans = _run(
        cursor,
        """DELETE FROM cases_loan l USING (SELECT loan_id FROM undo_row UNION SELECT loan_id FROM undo_case) u
           WHERE l.id = u.loan_id AND l.created_by_run_id = %(run)s""",
        values,
    )
    # A person whom another file names too stays, as if that file had brought the person.
    _run(
        cursor,
        """
        UPDATE cases_debtor d SET created_by_run_id = o.run_id
        FROM (
            SELECT l.debtor_id, min(l.created_by_run_id) AS run_id
            FROM cases_loan l JOIN undo_person u ON u.debtor_id = l.debtor_id GROUP BY l.debtor_id
        ) o
        WHERE d.created_by_run_id = %(run)s AND o.debtor_id = d.id
        """,
        values,
    )
    debtors = _run(
        cursor,
        "DELETE FROM cases_debtor d USING undo_person u WHERE d.id = u.debtor_id AND d.created_by_run_id = %(run)s",
        values,
    )
    return {"contact_points": contacts, "changes": changes, "loans": loans, "debtors": debtors}


def _restore_loans(cursor: CursorWrapper, values: Values) -> int:
    """What the run overwrote on the contracts. The note of a change goes with it: the row still says what the file did."""
    restored = _run(
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
        FROM cases_importchange c JOIN undo_row u ON u.loan_id = c.object_id
        WHERE c.run_id = %(run)s AND c."table" = 'loan' AND l.id = c.object_id
        """,
        values,
    )
    _run(
        cursor,
        """DELETE FROM cases_importchange c USING undo_row u
           WHERE c.run_id = %(run)s AND c."table" = 'loan' AND c.object_id = u.loan_id""",
        values,
    )
    return restored


def _restore_debtors(cursor: CursorWrapper, values: Values) -> int:
    restored = _run(
        cursor,
        """
        UPDATE cases_debtor d
        SET name = coalesce(c.before ->> 'name', d.name),
            id_type = coalesce(c.before ->> 'id_type', d.id_type),
            id_no = coalesce(c.before ->> 'id_no', d.id_no),
            id_index = coalesce(c.before ->> 'id_index', d.id_index),
            id_last4 = coalesce(c.before ->> 'id_last4', d.id_last4)
        FROM cases_importchange c JOIN undo_person u ON u.debtor_id = c.object_id
        WHERE c.run_id = %(run)s AND c."table" = 'debtor' AND d.id = c.object_id
        """,
        values,
    )
    _run(
        cursor,
        """DELETE FROM cases_importchange c USING undo_person u
           WHERE c.run_id = %(run)s AND c."table" = 'debtor' AND c.object_id = u.debtor_id""",
        values,
    )
    return restored


def _take_back_contacts(cursor: CursorWrapper, values: Values) -> int:
    """A number that a later file also gives for the person stays, and counts as brought by that file. (An earlier file
    would have brought it itself.)"""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.undo_shared")
    shared = _run(
        cursor,
        """
        CREATE TEMP TABLE undo_shared ON COMMIT DROP AS
        SELECT p.id, p.value_index, l.contract_no, run.id AS run_id
        FROM undo_person u
        JOIN cases_contactpoint p ON p.debtor_id = u.debtor_id
        JOIN cases_loan l ON l.debtor_id = u.debtor_id
        JOIN cases_importrun run ON run.source_id = l.source_id AND run.state = 'applied' AND run.id <> %(run)s
                                AND run.applied_at >= %(applied_at)s
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
                FROM undo_shared s
                JOIN cases_importrow r
                  ON r.run_id = s.run_id AND r.contract_no = s.contract_no AND r.state = 'accepted'
                WHERE s.value_index = ANY(r.point_indexes)
                GROUP BY s.id
            ) other
            WHERE p.id = other.id
            """,
            values,
        )
        plan_for_sets(cursor)
    return _run(
        cursor,
        """DELETE FROM cases_contactpoint p USING undo_person u
           WHERE p.debtor_id = u.debtor_id AND p.created_by_run_id = %(run)s""",
        values,
    )


def _run(cursor: CursorWrapper, sql: str, values: Values) -> int:
    cursor.execute(sql, values)
    return cursor.rowcount
