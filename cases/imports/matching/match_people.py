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
SELECT * FROM (
    SELECT s.row_id, s.debtor_name <> '' AND s.debtor_name <> d.name AS renamed, u.row_id IS NOT NULL AS phone_changed
    FROM import_staged s
    JOIN cases_debtor d ON d.id = s.book_debtor_id
    LEFT JOIN (
        SELECT DISTINCT o.row_id
        FROM (
            SELECT row_id, book_debtor_id AS debtor_id, unnest(point_indexes[1 : own_phones]) AS value_index
            FROM import_staged WHERE book_debtor_id IS NOT NULL
        ) o
        -- The index of a phone is that of no address, so the kind need not be asked.
        LEFT JOIN cases_contactpoint p ON p.debtor_id = o.debtor_id AND p.value_index = o.value_index
        WHERE p.id IS NULL
    ) u ON u.row_id = s.row_id
) found
WHERE renamed OR phone_changed
"""


def mark(*, run: ImportRun, incoming: bool = False) -> dict[str, dict[str, Any]]:
    """Mark the matched rows of `run`; gives {"renamed": {"count"}, "phone_changed": {"count"}}. `incoming` rows bear no
    mark yet.

    In the caller's transaction, after `match`, which has made `import_staged`.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.import_people")
        cursor.execute(_FOUND)
        cursor.execute(
            """
            UPDATE cases_importrow r SET renamed = f.renamed, phone_changed = f.phone_changed
            FROM import_people f
            WHERE r.id = f.row_id AND r.run_id = %s AND (r.renamed, r.phone_changed) <> (f.renamed, f.phone_changed)
            """,
            [run.pk],
        )
        if not incoming:
            cursor.execute(
                """
                UPDATE cases_importrow r SET renamed = false, phone_changed = false
                WHERE r.run_id = %s AND (r.renamed OR r.phone_changed)
                  AND NOT EXISTS (SELECT 1 FROM import_people f WHERE f.row_id = r.id)
                """,
                [run.pk],
            )
        return {kind: {"count": count} for kind, count in _counts(cursor).items()}


def _counts(cursor: CursorWrapper) -> dict[str, int]:
    cursor.execute("SELECT count(*) FILTER (WHERE renamed), count(*) FILTER (WHERE phone_changed) FROM import_people")
    renamed, phone_changed = cursor.fetchone()
    return {"renamed": renamed, "phone_changed": phone_changed}
