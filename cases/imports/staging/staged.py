"""The rows of a run as temporary tables that match and apply work on.

Tables of their own and freshly analysed: statistics of `cases_importrow` speak of all runs at once, and the planner would
guess one row where there are fifty thousand, and join them in nested loops.
"""

from collections import Counter

from django.db.backends.utils import CursorWrapper

from cases.models import ImportRun
from cases.stage import STAGE_SQL

# Of the book's own type: else every statement that writes them rounds each of them once more.
AMOUNTS = ", ".join(
    f"coalesce(r.{name}, 0)::numeric(14,2) AS {name}" for name in ("principal", "interest", "penalty", "fees")
)

CREATE = f"""
CREATE TEMP TABLE import_staged ON COMMIT DROP AS
SELECT r.id AS row_id, r.contract_no, r.debtor_name, r.id_type, r.id_index, r.id_last4, r.product, r.region,
       r.credit_limit, r.disbursed_on, r.due_date, r.days_past_due, {STAGE_SQL}::smallint AS stage,
       {AMOUNTS}, r.total,
       {{ids}}, r.case_id AS book_case_id, r.difference,
       l.id AS book_loan_id, l.debtor_id AS book_debtor_id, coalesce(d.id_index, '') AS book_id_index,
       coalesce(d.id_type, '') AS book_id_type, r.point_indexes, r.own_phones
FROM {{table}} r
LEFT JOIN cases_loan l ON l.source_id = %(source)s AND l.contract_no = r.contract_no
LEFT JOIN cases_debtor d ON d.id = l.debtor_id
WHERE r.run_id = %(run)s AND r.state = 'accepted'
"""  # noqa: S608  STAGE_SQL is a constant of ours


# To compare, the ids of what the book has; to apply, also those that new loans and cases are going to have, so that no
# statement has to look up (and none to write down) what another one inserted.
FOUND_IDS = "r.loan_id, r.case_id"
DRAWN_IDS = """
       CASE WHEN r.difference = 'new' THEN nextval('cases_loan_id_seq') ELSE r.loan_id END AS loan_id,
       CASE WHEN r.difference IN ('new', 'reentered') THEN nextval('cases_case_id_seq') ELSE r.case_id END AS case_id
"""

WORK_MEM = "64MB"
"""For one sort or hash of the hundred thousand rows of a file; the server's own 4 to 16 MB sends them to disk."""


def plan_for_sets(cursor: CursorWrapper) -> None:
    """Tell the planner, until the transaction ends, that these statements are about whole sets.

    On tables that are empty or were never analysed it expects one row and plans nested loops: quadratic, minutes instead
    of a second for fifty thousand rows (perf section 2); or it sorts both sides of a join by long texts. Compiling a plan
    that runs once does not pay either, nor does a large sample: three thousand rows say whether values differ.
    """
    cursor.execute(
        "SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off;"
        f" SET LOCAL default_statistics_target = 10; SET LOCAL work_mem = '{WORK_MEM}'"
    )


WORTH_A_LOOK = 1000


def has_grown_much(cursor: CursorWrapper, table: str, *, added: int) -> bool:
    """By a thousand rows and a tenth since the table was last analysed, as where autovacuum would look: a daily file adds a
    few percent, and an ANALYZE keeps others from the table's care until the transaction ends."""
    cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
    return added >= WORTH_A_LOOK and added * 10 >= cursor.fetchone()[0]


def make_staged(
    cursor: CursorWrapper, *, run: ImportRun, table: str = "cases_importrow", draw_ids: bool = False
) -> None:
    """Create `import_staged` (accepted rows) and `import_listed` (the contracts the file names at all) for this
    transaction; a second call in it starts afresh. `table` is where the rows are: kept already, or `import_incoming`.
    `draw_ids` gives new loans and cases their ids.

    A row that could not be read is in the file all the same: its contract is not absent.
    """
    plan_for_sets(cursor)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_staged, pg_temp.import_listed")
    create = CREATE.format(table=table, ids=DRAWN_IDS if draw_ids else FOUND_IDS)
    cursor.execute(create, {"run": run.pk, "source": run.source_id})
    cursor.execute("ANALYZE import_staged (contract_no, id_index, loan_id, case_id, difference)")
    cursor.execute(
        f"""
        CREATE TEMP TABLE import_listed ON COMMIT DROP AS
        SELECT contract_no FROM {table} WHERE run_id = %s AND state <> 'skipped' AND contract_no <> ''
        """,  # noqa: S608  one of two names of ours
        [run.pk],
    )
    cursor.execute("ANALYZE import_listed")


def rows_by_difference(cursor: CursorWrapper) -> Counter[str]:
    """How many of the staged rows are of each `ImportRow.Difference`."""
    cursor.execute("SELECT difference, count(*) FROM import_staged GROUP BY difference")
    return Counter(dict(cursor.fetchall()))
