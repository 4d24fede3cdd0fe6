"""The rows of a run as temporary tables that match and apply work on.

Tables of their own and freshly analysed: statistics of `cases_importrow` speak of all runs at once, and the planner would
guess one row where there are fifty thousand, and join them in nested loops.
"""

from django.db.backends.utils import CursorWrapper

from cases.models import ImportRun
from cases.stage import STAGE_SQL

CREATE = f"""
CREATE TEMP TABLE import_staged ON COMMIT DROP AS
SELECT r.id AS row_id, r.contract_no, r.debtor_name, r.id_type, r.id_index, r.id_last4, r.product, r.region,
       r.credit_limit, r.disbursed_on, r.due_date, r.days_past_due, {STAGE_SQL}::smallint AS stage,
       coalesce(r.principal, 0) AS principal, coalesce(r.interest, 0) AS interest,
       coalesce(r.penalty, 0) AS penalty, coalesce(r.fees, 0) AS fees, r.total,
       r.loan_id, r.case_id, r.difference,
       l.debtor_id AS book_debtor_id, coalesce(d.id_index, '') AS book_id_index, NULL::bigint AS debtor_id
FROM {{table}} r
LEFT JOIN cases_loan l ON l.source_id = %(source)s AND l.contract_no = r.contract_no
LEFT JOIN cases_debtor d ON d.id = l.debtor_id
WHERE r.run_id = %(run)s AND r.state = 'accepted'
"""  # noqa: S608  STAGE_SQL is a constant of ours


def plan_for_sets(cursor: CursorWrapper) -> None:
    """Tell the planner, until the transaction ends, that these statements are about whole sets.

    On tables that are empty or were never analysed it expects one row and plans nested loops: quadratic, minutes instead
    of a second for fifty thousand rows (perf section 2). Compiling a plan that runs once does not pay either.
    """
    cursor.execute("SET LOCAL enable_nestloop = off")
    cursor.execute("SET LOCAL jit = off")


def make_staged(cursor: CursorWrapper, *, run: ImportRun, table: str = "cases_importrow") -> None:
    """Create `import_staged` (accepted rows) and `import_listed` (the contracts the file names at all) for this
    transaction; a second call in it starts afresh. `table` is where the rows are: kept already, or `import_incoming`.

    A row that could not be read is in the file all the same: its contract is not absent.
    """
    plan_for_sets(cursor)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_staged, pg_temp.import_listed")
    cursor.execute(CREATE.format(table=table), {"run": run.pk, "source": run.source_id})
    cursor.execute("ANALYZE import_staged (row_id, contract_no, id_type, id_index, loan_id, case_id, difference)")
    cursor.execute(
        f"""
        CREATE TEMP TABLE import_listed ON COMMIT DROP AS
        SELECT DISTINCT contract_no FROM {table} WHERE run_id = %s AND state <> 'skipped' AND contract_no <> ''
        """,  # noqa: S608  one of two names of ours
        [run.pk],
    )
    cursor.execute("ANALYZE import_listed")
