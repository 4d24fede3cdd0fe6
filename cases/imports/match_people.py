"""Whose name or phone differs from the book: marked on the rows of contracts that the book knows, and counted.

A row is *renamed* when its name is not that of the contract's debtor, *phone_changed* when it names a phone of the debtor's
own that is not among the debtor's numbers. Nothing is overwritten by it: apply adds numbers and keeps the old ones.
"""

from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from cases.models import ImportRun

COUNTED = ("renamed", "phone_changed")

_FOUND = """
CREATE TEMP TABLE import_people ON COMMIT DROP AS
SELECT r.id AS row_id, r.renamed AS was_renamed, r.phone_changed AS was_changed,
       r.debtor_name <> '' AND r.debtor_name <> d.name AS renamed,
       EXISTS (
           SELECT 1 FROM jsonb_to_recordset(r.contacts) AS c (kind text, relation text, index text)
           WHERE c.kind = 'phone' AND c.relation = '' AND c.index <> ALL (coalesce(p.known, '{}'))
       ) AS phone_changed
FROM cases_importrow r
JOIN cases_loan l ON l.id = r.loan_id
JOIN cases_debtor d ON d.id = l.debtor_id
LEFT JOIN (
    SELECT p.debtor_id, array_agg(p.value_index::text) AS known
    FROM cases_contactpoint p
    JOIN (SELECT DISTINCT o.debtor_id FROM cases_importrow k JOIN cases_loan o ON o.id = k.loan_id WHERE k.run_id = %(run)s)
         asked ON asked.debtor_id = p.debtor_id
    WHERE p.kind = 'phone' GROUP BY p.debtor_id
) p ON p.debtor_id = d.id
WHERE r.run_id = %(run)s AND r.state = 'accepted' AND r.difference <> 'new'
"""


def mark(*, run: ImportRun) -> dict[str, dict[str, Any]]:
    """Mark the matched rows of `run`; gives {"renamed": {"count"}, "phone_changed": {"count"}}.

    In the caller's transaction, after `match`, which has told the planner to think in sets.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.import_people")
        cursor.execute(_FOUND, {"run": run.pk})
        cursor.execute(
            """
            UPDATE cases_importrow r SET renamed = f.renamed, phone_changed = f.phone_changed
            FROM import_people f
            WHERE r.id = f.row_id AND r.run_id = %s AND (f.was_renamed, f.was_changed) <> (f.renamed, f.phone_changed)
            """,
            [run.pk],
        )
        return {kind: {"count": count} for kind, count in _counts(cursor).items()}


def _counts(cursor: CursorWrapper) -> dict[str, int]:
    cursor.execute("SELECT count(*) FILTER (WHERE renamed), count(*) FILTER (WHERE phone_changed) FROM import_people")
    renamed, phone_changed = cursor.fetchone()
    return {"renamed": renamed, "phone_changed": phone_changed}
