"""Write a matched run into the book: set-based, in the caller's transaction, everything or nothing.

Order: people and contracts (`apply_people`), then cases, positions and absences (`apply_book`). The ids of new rows are
drawn from the sequences beforehand, so that no statement has to look up what another one inserted.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from cases.imports.booking import apply_book, apply_people
from cases.imports.staging.staged import has_grown_much, make_staged, rows_by_difference
from cases.models import ImportRun
from cases.services.desks import pool_desk
from collection_ops.core.models import User

ANALYZE = """
ANALYZE cases_debtor (id, name, id_type, id_index, created_by_run_id),
        cases_contactpoint (id, debtor_id, kind, value_index, created_by_run_id),
        cases_loan (id, source_id, contract_no, debtor_id, created_by_run_id),
        cases_case (id, loan_id, opened_by_run_id, closed_on, desk_id, stage, absent_since),
        cases_custody (id, case_id, ended_at)
"""


def write_book(*, run: ImportRun, actor: User | None, now: datetime) -> dict[str, int]:
    """Apply the accepted rows of `run` as `match` found them. Returns what was written, by table.

    The caller holds the locks of `services.book` and has made sure that the match is of the book as it is.
    """
    pool = pool_desk()
    values: dict[str, Any] = {
        "run": run.pk,
        "source": run.source_id,
        "as_of": run.as_of,
        "now": now,
        "pool": pool.pk,
        "actor": actor.pk if actor else None,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT cases_ensure_position_partition(%(as_of)s)", values)
        make_staged(cursor, run=run, draw_ids=True)
        rows = rows_by_difference(cursor)
        written = {**apply_people.write(cursor, values, rows=rows), **apply_book.write(cursor, values, rows=rows)}
        if has_grown_much(cursor, "cases_case", added=written["cases_opened"]):
            # The next page or file would otherwise be planned for tables as small as they were. The small sample of
            # `plan_for_sets` will do until autovacuum takes a good one; of the columns that are asked for, since encrypted
            # ones say nothing.
            cursor.execute(ANALYZE)
        return written
