"""Compare a run's rows with the book: what each row is about, and what applying would change.

Set-based: one pass finds loan, open case and debtor of every row, one writes the findings to the rows, one counts.
Nothing of the book is written here.

Words: *known* rows are about a case that was in the previous file; *reentered* rows about a contract that was seen before
but not in the previous file. Of these the due date decides whether the old debt was cleared in between (a new case
opens) or never ended (*returned*: the case goes on); both are counted under "reentered".
"""

# ruff: noqa: S608  statements are put together from constants of this file only

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from cases.imports.staging.staged import has_grown_much, make_staged
from cases.imports.words.fields import unheaded
from cases.models import ImportRun
from cases.stage import OVERDUE_STAGES, Stage

COUNTED = (
    "new",
    "reentered",
    "continuing",
    "paid_down",
    "balance_up",
    "rolled_forward",
    "rolled_back",
    "same_stage",
    "unchanged",
    "absent",
)
MONEY = ("total", "principal", "interest", "penalty", "fees")


@dataclass(frozen=True)
class Preview:
    """What a run would change. Amounts are yuan as Decimal: the new total of the rows counted, for "absent" the last
    total of the cases that are missing.

    `differences`: {kind: {"count", "amount"}} for every kind of COUNTED; "reentered" also holds "new_episode" and
    "continued". `before` and `after`: {"M1": {"count", "total", "principal", "interest", "penalty", "fees"}, …, "M7+"}
    of the source's open and present cases, and of the accepted rows; "M0" (not overdue) only when there are any.
    """

    differences: dict[str, dict[str, Any]]
    before: dict[str, dict[str, Any]]
    after: dict[str, dict[str, Any]]


def match(*, run: ImportRun, incoming: bool = False) -> Preview:
    """Find loan, case, debtor and difference of the run's accepted rows, write them to ImportRow, and count them.

    `incoming` rows were just staged and are written with what was found; kept ones are marked anew, where the book has
    moved since. In the caller's transaction.
    """
    with connection.cursor() as cursor:
        make_staged(cursor, run=run, table="import_incoming" if incoming else "cases_importrow")
        _find(cursor, run)
        if incoming:
            _keep_rows(cursor)
        else:
            _mark_rows(cursor, run)
        _note_other_ids(cursor, run)
        return Preview(
            differences={**_count_rows(cursor), "absent": _count_absent(cursor, run)},
            before=by_stage(cursor, _BEFORE, {"source": run.source_id}),
            after=by_stage(cursor, _AFTER, {}),
        )


_FIND = """
CREATE TEMP TABLE import_matched ON COMMIT DROP AS
SELECT s.row_id, s.stage, s.total, s.principal, s.interest, s.penalty, s.fees,
       s.book_loan_id AS loan_id, c.id AS case_id, coalesce(d.id, s.book_debtor_id) AS debtor_id,
       CASE WHEN s.book_loan_id IS NULL THEN 'new'
            WHEN c.id IS NULL THEN 'reentered'
            WHEN c.absent_since IS NULL THEN 'known'
            -- The debt of the row began after we last saw the old one: that one was cleared in between.
            -- (Missing from an earlier file of this very day says nothing: this file corrects that one.)
            WHEN c.absent_since < %(as_of)s::date AND %(as_of)s::date - s.days_past_due > c.as_of THEN 'reentered'
            ELSE 'returned' END AS difference,
       c.total AS old_total, c.days_past_due AS old_days,
       c.absent_since IS NULL AND coalesce(s.total < c.total, false) AS paid_down,
       c.absent_since IS NULL AND coalesce(s.total > c.total, false) AS balance_up,
       CASE WHEN c.absent_since IS NULL THEN coalesce(s.stage - c.stage, 0) ELSE 0 END::smallint AS rolled
FROM import_staged s
LEFT JOIN cases_case c ON c.loan_id = s.book_loan_id AND c.closed_on IS NULL
-- Whose person the book knows is not sought: no key, no probe.
LEFT JOIN cases_debtor d ON d.id_type = s.id_type
                        AND d.id_index = CASE WHEN s.book_id_index = '' THEN nullif(s.id_index, '') END
"""


def _find(cursor: CursorWrapper, run: ImportRun) -> None:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_matched")
    cursor.execute(_FIND, {"as_of": run.as_of})
    cursor.execute("ANALYZE import_matched (row_id, difference)")


_CLEANED = (
    "id, run_id, sheet, row_number, state, contract_no, debtor_name, id_type, id_no, id_index, id_last4, product, region,"
    " credit_limit, disbursed_on, due_date, days_past_due, principal, interest, penalty, fees, total, contacts,"
    " point_indexes, own_phones"
)


def _keep_rows(cursor: CursorWrapper) -> None:
    # In no order asked for: the join leaves the rows in that of the file, and sorting such wide rows would take a disk.
    cleaned = ", ".join(f"i.{name.strip()}" for name in _CLEANED.split(","))
    cursor.execute(f"""
        INSERT INTO cases_importrow ({_CLEANED}, loan_id, case_id, debtor_id, difference, old_total, old_days, paid_down,
                                     balance_up, rolled)
        SELECT {cleaned}, m.loan_id, m.case_id, m.debtor_id, coalesce(m.difference, ''), m.old_total, m.old_days,
               coalesce(m.paid_down, false), coalesce(m.balance_up, false), coalesce(m.rolled, 0)
        FROM import_incoming i LEFT JOIN import_matched m ON m.row_id = i.id
    """)
    if has_grown_much(cursor, "cases_importrow", added=cursor.rowcount):
        # Without this the planner of what follows expects the handful of rows that the table had at its last look.
        cursor.execute("ANALYZE cases_importrow (id, run_id, contract_no)")


def _mark_rows(cursor: CursorWrapper, run: ImportRun) -> None:
    cursor.execute(
        """
        UPDATE cases_importrow r
        SET loan_id = m.loan_id, case_id = m.case_id, debtor_id = m.debtor_id, difference = m.difference,
            old_total = m.old_total, old_days = m.old_days, paid_down = m.paid_down, balance_up = m.balance_up,
            rolled = m.rolled
        FROM import_matched m
        WHERE r.id = m.row_id AND r.run_id = %s
          AND (r.loan_id, r.case_id, r.debtor_id, r.difference, r.old_total, r.old_days, r.paid_down, r.balance_up,
               r.rolled)
              IS DISTINCT FROM
              (m.loan_id, m.case_id, m.debtor_id, m.difference, m.old_total, m.old_days, m.paid_down, m.balance_up,
               m.rolled)
        """,
        [run.pk],
    )


def _note_other_ids(cursor: CursorWrapper, run: ImportRun) -> None:
    """A contract whose ID differs from the book's keeps its debtor: a file does not move a debt to another person."""
    cursor.execute("DELETE FROM cases_importproblem WHERE run_id = %s AND code = 'id_differs_from_book'", [run.pk])
    columns = run.understanding.get("columns", [])
    heading = next((column["heading"] for column in columns if column.get("field") == "id_no"), "")
    cursor.execute(
        """
        INSERT INTO cases_importproblem (run_id, sheet, row_number, "column", value, code, severity, params)
        SELECT r.run_id, r.sheet, r.row_number, %(column)s, '**************' || r.id_last4, 'id_differs_from_book',
               'warning', jsonb_build_object('contract_no', r.contract_no, 'book', d.id_last4)
        FROM import_staged s
        JOIN cases_importrow r ON r.id = s.row_id AND r.run_id = %(run)s
        JOIN cases_debtor d ON d.id = s.book_debtor_id
        WHERE s.id_index <> '' AND s.book_id_index <> '' AND (s.book_id_index, s.book_id_type) <> (s.id_index, s.id_type)
        ORDER BY r.id
        """,
        {"run": run.pk, "column": heading[:64] or unheaded("id_no")},
    )


def _count_rows(cursor: CursorWrapper) -> dict[str, dict[str, Any]]:
    kinds = {
        "new": "difference = 'new'",
        "reentered": "difference IN ('reentered', 'returned')",
        "new_episode": "difference = 'reentered'",
        "continued": "difference = 'returned'",
        "continuing": "difference = 'known'",
        "paid_down": "difference = 'known' AND paid_down",
        "balance_up": "difference = 'known' AND balance_up",
        "rolled_forward": "difference = 'known' AND rolled > 0",
        "rolled_back": "difference = 'known' AND rolled < 0",
        "same_stage": "difference = 'known' AND rolled = 0",
        "unchanged": "difference = 'known' AND rolled = 0 AND NOT paid_down AND NOT balance_up",
    }
    parts = ", ".join(
        f"count(*) FILTER (WHERE {where}), coalesce(sum(total) FILTER (WHERE {where}), 0)" for where in kinds.values()
    )
    cursor.execute(f"SELECT {parts} FROM import_matched")
    row = cursor.fetchone()
    found = {kind: figure(row[2 * i], row[2 * i + 1]) for i, kind in enumerate(kinds)}
    reentered = {**found["reentered"], "new_episode": found.pop("new_episode"), "continued": found.pop("continued")}
    return {**found, "reentered": reentered}


ABSENT = """
    FROM cases_case c
    JOIN cases_loan l ON l.id = c.loan_id
    LEFT JOIN import_listed f ON f.contract_no = l.contract_no
    WHERE l.source_id = %(source)s AND c.closed_on IS NULL AND c.absent_since IS NULL AND f.contract_no IS NULL
"""


def _count_absent(cursor: CursorWrapper, run: ImportRun) -> dict[str, Any]:
    cursor.execute(f"SELECT count(*), coalesce(sum(c.total), 0) {ABSENT}", {"source": run.source_id})
    return figure(*cursor.fetchone())


_SUMS = "count(*), " + ", ".join(f"coalesce(sum({name}), 0)" for name in MONEY)
_BEFORE = (
    "SELECT c.stage, "
    + ", ".join(["count(*)", *(f"coalesce(sum(c.{name}), 0)" for name in MONEY)])
    + (
        " FROM cases_case c JOIN cases_loan l ON l.id = c.loan_id"
        " WHERE l.source_id = %(source)s AND c.closed_on IS NULL AND c.absent_since IS NULL GROUP BY c.stage"
    )
)
_AFTER = f"SELECT stage, {_SUMS} FROM import_matched GROUP BY stage"


def by_stage(cursor: CursorWrapper, sql: str, values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What `sql` counts (stage, count, sums of MONEY) as {"M1": {"count", "total", …}, …}; M0 if there is any."""
    cursor.execute(sql, values)
    found = {row[0]: row[1:] for row in cursor.fetchall()}
    shown = list(OVERDUE_STAGES) if Stage.M0 not in found else list(Stage)
    empty = (0, *[Decimal("0.00")] * len(MONEY))
    return {
        # Stage names are the same in every language but M0, which is told apart by its code here.
        ("M0" if stage is Stage.M0 else str(stage.label)): {
            "count": values[0],
            **{name: _money(value) for name, value in zip(MONEY, values[1:], strict=True)},
        }
        for stage in shown
        for values in [found.get(int(stage), empty)]
    }


def figure(count: int, amount: Decimal) -> dict[str, Any]:
    """Rows or cases and their yuan."""
    return {"count": count, "amount": _money(amount)}


def _money(value: Decimal | int) -> Decimal:
    return Decimal(value).quantize(Decimal("0.01"))
