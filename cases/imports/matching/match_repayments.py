"""Compare the rows of a repayment file with the book: gather the facts, have them decided, write down what came of it.

Few queries and one COPY whatever the number of rows; the deciding is in ``repayment_facts``. Nothing of the book is
written here. A second comparison (the book has moved) starts from the rows as they were read.
"""

# ruff: noqa: S608  statements are put together from constants of this file only

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from cases.imports.judging.check import CleanRow
from cases.imports.judging.repayments import REPAYMENT_FIELDS
from cases.imports.matching.repayment_facts import Booked, Decision, Facts, Identity, PaymentRow, decide
from cases.imports.staging.copying import copy_rows
from cases.imports.staging.staged import plan_for_sets
from cases.imports.staging.staging import RowForm, problem_counts, stage_problems
from cases.imports.words.fields import unheaded
from cases.imports.words.problems import Problem, shown
from cases.models import ImportRun

COUNTED = ("booked", "unmatched", "reversal", "repeated", "rejected")

# What only the book can tell; forgotten and said anew when the rows are compared again.
BOOK_CODES = (
    "serial_booked", "serial_booked_differently", "payment_booked_without_serial", "payment_unmatched",
    "payment_without_contract", "payer_differs", "paid_before_position", "paid_more_than_debt", "paid_in_full",
    "reversal_booked", "reversal_without_payment", "reversal_other_contract", "reversal_amount_differs",
    "reversal_ambiguous", "reversal_of_split",
)  # fmt: skip

_KEPT = (
    "sheet", "row_number", "state", "contract_no", "debtor_name", "paid_on", "amount", "reference",
    "original_reference", "channel", "repayment_status", "difference",
)  # fmt: skip
# What a payment says nothing about, and the table wants told.
_UNSAID = {
    **dict.fromkeys(("id_type", "id_no", "id_index", "id_last4", "product", "region"), ""),
    "contacts": "[]", "paid_down": "f", "balance_up": "f", "rolled": 0,
}  # fmt: skip


def lines(rows: Sequence[CleanRow]) -> Iterator[tuple[Any, ...]]:
    """Rows of a repayment file for the columns of FORM."""
    for row in rows:
        if row.state != "skipped":
            yield _line(row)


def _make_table(cursor: CursorWrapper) -> None:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_payments")
    cursor.execute("""
        CREATE TEMP TABLE import_payments (
            row_id bigint PRIMARY KEY, sheet text, row_number integer,
            state text, contract_no text, debtor_name text, paid_on date, amount numeric(14, 2), reference text,
            original_reference text, channel text, repayment_status text, difference text
        ) ON COMMIT DROP
    """)


def _line(row: CleanRow) -> tuple[Any, ...]:
    values = row.values
    texts = [values[name] or "" for name in ("reference", "original_reference", "channel", "repayment_status")]
    return (
        row.sheet[:64],
        row.row,
        row.state,
        values["contract_no"] or "",
        values["debtor_name"] or "",
        values["paid_on"],
        values["paid_amount"],
        *texts,
        values.get("difference") or "",
        *_UNSAID.values(),
    )


FORM = RowForm((*_KEPT, *_UNSAID), lines)


def match(*, run: ImportRun, incoming: bool) -> dict[str, Any]:
    """Decide what becomes of the run's accepted rows and write it to ImportRow and its problems. `incoming` rows were
    just staged; kept ones are compared anew. Returns the columns of the run that say what came of it. In the caller's
    transaction; `run` holds what the reading found (row counts, control totals, columns)."""
    with connection.cursor() as cursor:
        plan_for_sets(cursor)
        _make_table(cursor)
        if incoming:
            _take_up(cursor, "import_incoming", run)
        else:
            _take_up_again(cursor, run)
        cursor.execute("ANALYZE import_payments (row_id, contract_no, reference, original_reference)")
        rows, places = _rows(cursor, run)
        decisions = decide(rows, _facts(cursor, run))
        _write(cursor, run, decisions, places)
        stage_problems(run=run, problems=_problems(run, decisions, places))
        return {**_counts(cursor, run), "problem_counts": problem_counts(run)}


def _take_up_again(cursor: CursorWrapper, run: ImportRun) -> None:
    """The rows as they were before the last comparison: what it held back is open again."""
    values: dict[str, Any] = {"run": run.pk, "codes": list(BOOK_CODES)}
    cursor.execute(
        """
        UPDATE cases_importrow r SET state = 'accepted', difference = ''
        FROM cases_importproblem p
        WHERE r.run_id = %(run)s AND r.state = 'rejected' AND p.run_id = r.run_id AND p.sheet = r.sheet
          AND p.row_number = r.row_number AND p.code = ANY(%(codes)s)
        """,
        values,
    )
    cursor.execute("DELETE FROM cases_importproblem WHERE run_id = %(run)s AND code = ANY(%(codes)s)", values)
    _take_up(cursor, "cases_importrow", run)
    cursor.execute("DELETE FROM cases_importrow WHERE run_id = %(run)s", values)


def _take_up(cursor: CursorWrapper, table: str, run: ImportRun) -> None:
    kept = ", ".join(_KEPT)
    cursor.execute(
        f"INSERT INTO import_payments (row_id, {kept}) SELECT id, {kept} FROM {table} WHERE run_id = %s ORDER BY id",
        [run.pk],
    )


# Gathering ----------------------------------------------------------------------------------------------------------

Place = tuple[str, int, int | None, int | None]
"""Sheet, row number, case and debtor of a row."""

# The debt that a payment meets: what the open case owes now, or, for a payment not after the newest position, what the
# last position before it said (those few are looked up one by one in the index).
_ROWS = """
WITH open_case AS (
    SELECT c.loan_id, c.id, c.as_of, c.total FROM cases_case c WHERE c.closed_on IS NULL
), newest_case AS (
    SELECT DISTINCT ON (c.loan_id) c.loan_id, c.id
    FROM cases_case c
    WHERE c.loan_id IN (
        SELECT l.id FROM cases_loan l JOIN import_payments p ON p.contract_no = l.contract_no
        WHERE l.source_id = %(source)s
    )
    ORDER BY c.loan_id, c.episode DESC
)
SELECT p.row_id, p.contract_no, p.debtor_name, p.paid_on, p.amount, p.reference, p.original_reference,
       p.repayment_status, l.id, coalesce(d.name, ''), o.as_of,
       CASE WHEN p.paid_on > o.as_of THEN o.total ELSE (
           SELECT e.total FROM cases_position e WHERE e.case_id = o.id AND e.as_of < p.paid_on
           ORDER BY e.as_of DESC LIMIT 1
       ) END,
       p.sheet, p.row_number, n.id, l.debtor_id
FROM import_payments p
LEFT JOIN cases_loan l ON l.source_id = %(source)s AND l.contract_no = p.contract_no AND p.contract_no <> ''
LEFT JOIN cases_debtor d ON d.id = l.debtor_id
LEFT JOIN open_case o ON o.loan_id = l.id
LEFT JOIN newest_case n ON n.loan_id = l.id
WHERE p.state = 'accepted'
ORDER BY p.row_id
"""


def _rows(cursor: CursorWrapper, run: ImportRun) -> tuple[list[PaymentRow], dict[int, Place]]:
    cursor.execute(_ROWS, {"source": run.source_id})
    rows, places = [], {}
    for *known, sheet, number, case_id, debtor_id in cursor.fetchall():
        rows.append(PaymentRow(*known))
        places[known[0]] = (sheet, number, case_id, debtor_id)
    return rows, places


_BOOKED = """
SELECT p.id, p.contract_no, p.paid_on, p.amount, p.reference, p.status, p.reversal_of_id IS NOT NULL,
       EXISTS (SELECT 1 FROM cases_repayment v WHERE v.reversal_of_id = p.id),
       EXISTS (SELECT 1 FROM cases_repaymentsplit s WHERE s.original_id = p.id AND s.undone_at IS NULL)
FROM cases_repayment p
"""


def _facts(cursor: CursorWrapper, run: ImportRun) -> Facts:
    values = {"source": run.source_id}
    cursor.execute(
        _BOOKED
        + """
        WHERE p.source_id = %(source)s AND p.reference <> '' AND p.reference IN (
            SELECT reference FROM import_payments UNION SELECT original_reference FROM import_payments
        ) ORDER BY p.id
        """,
        values,
    )
    by_reference: dict[str, list[Booked]] = defaultdict(list)
    for line in cursor.fetchall():
        booked = Booked(*line)
        by_reference[booked.reference].append(booked)
    cursor.execute(
        _BOOKED
        + """
        WHERE p.source_id = %(source)s AND p.reversal_of_id IS NULL AND p.contract_no IN (
            SELECT contract_no FROM import_payments
            WHERE state = 'accepted' AND amount < 0 AND original_reference = '' AND contract_no <> ''
        ) ORDER BY p.id
        """,
        values,
    )
    of_contract: dict[str, list[Booked]] = defaultdict(list)
    for line in cursor.fetchall():
        booked = Booked(*line)
        of_contract[booked.contract_no].append(booked)
    return Facts(by_reference, _times_booked(cursor, values), of_contract)


def _times_booked(cursor: CursorWrapper, values: dict[str, Any]) -> dict[Identity, int]:
    """How often the book holds each payment that the file names without a serial number."""
    cursor.execute(
        """
        SELECT p.contract_no, CASE WHEN p.contract_no = '' THEN coalesce(r.debtor_name, '') ELSE '' END, p.paid_on,
               CASE WHEN p.reversal_of_id IS NULL THEN p.amount ELSE -p.amount END, p.status, count(*)
        FROM cases_repayment p
        LEFT JOIN cases_importrow r ON r.id = p."row" AND p.contract_no = ''
        -- What a person split is counted by its original: the file knows nothing of the rows for its contracts.
        WHERE p.source_id = %(source)s AND p.reference = '' AND p.split_id IS NULL AND (p.contract_no, p.paid_on) IN (
            SELECT contract_no, paid_on FROM import_payments WHERE state = 'accepted' AND reference = ''
        )
        GROUP BY 1, 2, 3, 4, 5
        """,
        values,
    )
    return {Identity(*line[:5]): line[5] for line in cursor.fetchall()}


# Writing down -------------------------------------------------------------------------------------------------------


def _write(cursor: CursorWrapper, run: ImportRun, decisions: list[Decision], places: dict[int, Place]) -> None:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_decided")
    cursor.execute("""
        CREATE TEMP TABLE import_decided (
            row_id bigint PRIMARY KEY, state text, difference text, loan_id bigint, case_id bigint, debtor_id bigint,
            reverses_id bigint, reverses_row bigint
        ) ON COMMIT DROP
    """)
    copy_rows(
        table="import_decided",
        columns=(
            *("row_id", "state", "difference", "loan_id", "case_id", "debtor_id"),
            *("reverses_id", "reverses_row"),
        ),
        rows=(
            (
                d.row.row_id,
                "accepted" if d.is_accepted else "rejected",
                d.outcome,
                d.row.loan_id,
                *places[d.row.row_id][2:],
                d.reverses_id,
                d.reverses_row,
            )
            for d in decisions
        ),
    )
    cursor.execute("ANALYZE import_decided (row_id)")
    cursor.execute(
        """
        INSERT INTO cases_importrow (id, run_id, sheet, row_number, state, contract_no, debtor_name, id_type, id_no,
                                     id_index, id_last4, product, region, contacts, paid_on, amount, reference, channel,
                                     original_reference, repayment_status, loan_id, case_id, debtor_id, difference,
                                     reverses_id, reverses_row, paid_down, balance_up, rolled)
        SELECT p.row_id, %(run)s, p.sheet, p.row_number, coalesce(d.state, p.state), p.contract_no, p.debtor_name, '', '',
               '', '', '', '', '[]', p.paid_on, p.amount, p.reference, p.channel,
               p.original_reference, p.repayment_status, d.loan_id, d.case_id, d.debtor_id,
               coalesce(d.difference, p.difference), d.reverses_id, d.reverses_row, false, false, 0
        FROM import_payments p LEFT JOIN import_decided d ON d.row_id = p.row_id
        ORDER BY p.row_id
        """,
        {"run": run.pk},
    )


def _problems(run: ImportRun, decisions: list[Decision], places: dict[int, Place]) -> list[Problem]:
    headings = {
        column["field"]: column["heading"] for column in run.understanding.get("columns", []) if column["field"]
    }
    found = []
    for decision in decisions:
        sheet, number, *_ids = places[decision.row.row_id]
        for name, (code, severity, params) in decision.findings:
            heading = str(headings.get(name) or unheaded(name))[:64]
            found.append(Problem(sheet, number, heading, _value(decision.row, name), code, severity, params))
    return found


def _value(row: PaymentRow, name: str) -> str:
    value = getattr(row, "amount" if name == "paid_amount" else name)
    item = REPAYMENT_FIELDS[name]
    return shown(str(value), kind=item.kind, personal=item.personal)


# Counting -----------------------------------------------------------------------------------------------------------

_COUNTS = """
SELECT CASE WHEN difference = 'repeated' THEN 'repeated' WHEN state = 'rejected' THEN 'rejected' ELSE difference END,
       count(*), coalesce(sum(amount), 0)
FROM cases_importrow WHERE run_id = %(run)s GROUP BY 1
"""


def _counts(cursor: CursorWrapper, run: ImportRun) -> dict[str, Any]:
    """`differences`: {kind: {"count", "amount"}} for every kind of COUNTED, and "days": what goes in by day paid."""
    values = {"run": run.pk}
    cursor.execute(_COUNTS, values)
    found = {kind: _figure(count, amount) for kind, count, amount in cursor.fetchall()}
    cursor.execute(
        """SELECT paid_on, count(*), sum(amount) FROM cases_importrow
           WHERE run_id = %(run)s AND state = 'accepted' GROUP BY 1 ORDER BY 1""",
        values,
    )
    days = {day.isoformat(): _figure(count, amount) for day, count, amount in cursor.fetchall()}
    accepted = sum(day["count"] for day in days.values())
    total = sum((day["amount"] for day in days.values()), Decimal("0.00"))
    empty = _figure(0, Decimal(0))
    return {
        "differences": {**{kind: found.get(kind, empty) for kind in COUNTED}, "days": days},
        "row_counts": {**run.row_counts, "accepted": accepted, "rejected": run.row_counts["read"] - accepted},
        "control_totals": {**run.control_totals, "rows": accepted, "sums": {"paid_amount": str(total)}},
    }


def _figure(count: int, amount: Decimal) -> dict[str, Any]:
    return {"count": count, "amount": Decimal(amount).quantize(Decimal("0.01"))}


# Money that waited for its contract ---------------------------------------------------------------------------------


def match_waiting(*, run: ImportRun, now: datetime) -> int:
    """Give the source's unmatched money to contracts that are in the book now; `run` is the overdue run that brought
    them. Returns the number of payments. Set-based, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE cases_repayment p SET loan_id = l.id, matched_at = %(now)s, matched_by_run_id = %(run)s
            FROM cases_loan l
            WHERE p.source_id = %(source)s AND p.loan_id IS NULL AND p.contract_no <> ''
              AND l.source_id = p.source_id AND l.contract_no = p.contract_no
            """,
            {"now": now, "run": run.pk, "source": run.source_id},
        )
        return cursor.rowcount


def release_matched(*, run: ImportRun) -> int:
    """Money that `run` gave to contracts waits again where the contract is taken back; after the survey of an undo, which
    lists these in `undo_row`."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE cases_repayment p SET loan_id = NULL, matched_at = NULL, matched_by_run_id = NULL
               FROM undo_row u WHERE p.matched_by_run_id = %s AND p.loan_id = u.loan_id""",
            [run.pk],
        )
        return cursor.rowcount


def judged_on(run: ImportRun, today: date) -> date:
    """Payments up to this day are believed: today, or the file's own day when that is later."""
    return max(run.as_of, today)
