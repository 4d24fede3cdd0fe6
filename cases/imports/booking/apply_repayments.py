"""Write a matched repayment file into the book, and take it back: set-based, in the caller's transaction.

Balances are not touched: what is owed is what the overdue files say, money received stands beside it.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from cases.imports.undoing.undo import Blocker, Survey
from cases.models import ImportRun
from cases.services import absence_rules
from collection_ops.core.models import User


def write_repayments(*, run: ImportRun, actor: User | None, now: datetime) -> dict[str, int]:
    """Book the accepted rows of `run` as `match` decided. Returns what was written. The caller holds the locks of
    `services.book` and has made sure that the match is of the book as it is."""
    values: dict[str, Any] = {"run": run.pk, "source": run.source_id, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO cases_repayment (source_id, contract_no, loan_id, paid_on, recorded_at, amount, status, reference,
                                         channel, run_id, "row")
            SELECT %(source)s, contract_no, loan_id, paid_on, %(now)s, amount, repayment_status, reference, channel,
                   run_id, id
            FROM cases_importrow
            WHERE run_id = %(run)s AND state = 'accepted' AND difference IN ('booked', 'unmatched')
            ORDER BY id
            """,
            values,
        )
        payments = cursor.rowcount
        # A reversal belongs where the payment that it takes back belongs.
        cursor.execute(
            """
            INSERT INTO cases_repayment (source_id, contract_no, loan_id, paid_on, recorded_at, amount, status, reference,
                                         channel, run_id, "row", reversal_of_id)
            SELECT %(source)s, coalesce(nullif(r.contract_no, ''), p.contract_no), p.loan_id, r.paid_on, %(now)s,
                   p.amount, p.status, r.reference, r.channel, r.run_id, r.id, p.id
            FROM cases_importrow r
            JOIN (
                SELECT id AS row_id, reverses_id AS target FROM cases_importrow
                WHERE run_id = %(run)s AND reverses_id IS NOT NULL
                UNION ALL
                SELECT o.id, b.id FROM cases_importrow o
                JOIN cases_repayment b ON b.run_id = o.run_id AND b."row" = o.reverses_row
                WHERE o.run_id = %(run)s AND o.reverses_row IS NOT NULL
            ) t ON t.row_id = r.id
            JOIN cases_repayment p ON p.id = t.target
            WHERE r.run_id = %(run)s AND r.state = 'accepted' AND r.difference = 'reversal'
            ORDER BY r.id
            """,
            values,
        )
        return {"payments": payments, "reversals": cursor.rowcount}


# Later facts that stand on the run's money; each finds ids of its repayments, the last those of absences.
_QUESTIONS = {
    "undo_repayment_reversed": """
        SELECT p.id FROM cases_repayment p JOIN cases_repayment v ON v.reversal_of_id = p.id
        WHERE p.run_id = %(run)s AND v.run_id IS DISTINCT FROM %(run)s
    """,
    "undo_repayment_matched": "SELECT id FROM cases_repayment WHERE run_id = %(run)s AND matched_by_id IS NOT NULL",
    # The debtor was let off the rest because this money came.
    "undo_repayment_waived": """
        SELECT p.id FROM cases_repayment p JOIN cases_waiver w ON w.used_repayment_id = p.id WHERE p.run_id = %(run)s
    """,
    # The money ended a case, and the contract has fallen overdue again since: the old case cannot be open beside it.
    "undo_absence_by_repayment": """
        SELECT a.id FROM cases_absence a
        JOIN cases_case c ON c.id = a.case_id
        WHERE a.explained_by_run_id = %(run)s
          AND EXISTS (SELECT 1 FROM cases_case f WHERE f.loan_id = c.loan_id AND f.episode > c.episode)
    """,
}


def survey_repayments(*, run: ImportRun) -> Survey:
    """What taking the run's money back would do now. Reads only. A payment file is taken back whole or not at all: its
    sum was agreed upon as one."""
    found = []
    with connection.cursor() as cursor:
        for code, sql in _QUESTIONS.items():
            cursor.execute(f"SELECT count(*) FROM ({sql}) found (id)", {"run": run.pk})  # noqa: S608
            if count := cursor.fetchone()[0]:
                found.append(Blocker(code, count))
        if found:
            return Survey(found, sum(blocker.count for blocker in found))
        cursor.execute("SELECT count(*) FROM cases_repayment WHERE run_id = %s", [run.pk])
        payments = cursor.fetchone()[0]
    reopened = absence_rules.explained_by(run).count()
    return Survey(free={"payments": payments, "cases_reopened": reopened})


def take_back_repayments(*, run: ImportRun, now: datetime) -> dict[str, int]:
    """Delete the payments and reversals that `run` booked and ask again about the absences that they explained; the
    document with its rows stays. The caller holds the locks and has surveyed the run."""
    reopened = absence_rules.take_back(run=run, now=now)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_repayment WHERE run_id = %s", [run.pk])
        payments = cursor.rowcount
        cursor.execute("UPDATE cases_importrow SET state = 'undone' WHERE run_id = %s AND state = 'accepted'", [run.pk])
        return {"rows": cursor.rowcount, "repayments": payments, "cases_reopened": reopened}
