"""Compare the rows of a ledger with the book and the register: gather the facts, have them decided, write down what came of
it. Nothing of the register is written here; a second comparison (the book has moved) starts from the rows as they were read.
"""

# ruff: noqa: S608  statements are put together from constants of this file only

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from cases.imports.staging.copying import copy_rows
from cases.imports.staging.staging import problem_counts, stage_problems
from cases.imports.words.fields import unheaded
from cases.imports.words.problems import Problem, shown
from cases.models import ImportRun
from collection_ops.core import clock
from compliance.complaints.clock import due_dates
from compliance.complaints.ledger.catalogue import LEDGER_FIELDS
from compliance.complaints.ledger.decide import Decision, LedgerRow, decide
from compliance.complaints.ledger.facts import facts_of, rows_of
from compliance.complaints.ledger.form import FORM

COUNTED = ("opened", "settled", "nobody", "registered", "left_out")

# What only the book and the register can tell; forgotten and said anew when the rows are compared again.
BOOK_CODES = (
    "complaint_known", "complaint_known_differs", "complaint_known_by_words", "complaint_row_again",
    "complaint_row_joined", "complaint_contradicts", "complaint_end_in_other_row", "complaint_contract_unknown",
    "complaint_contract_unclear", "complaint_contracts_of_others", "complaint_id_of_another", "complaint_name_differs",
    "complaint_of_nobody", "complaint_found_by_phone", "complaint_phone_of_another", "complaint_accused_unknown",
    "complaint_agency_unknown", "complaint_handler_unknown", "complaint_handler_cannot", "complaint_handler_conflict",
    "complaint_overdue",
)  # fmt: skip


def decisions_of(run: ImportRun) -> list[Decision]:
    """What becomes of each accepted row, by the book and the register as they are now."""
    rows = rows_of(run)
    return decide(rows, facts_of(run, rows))


def match(*, run: ImportRun, incoming: bool) -> dict[str, Any]:
    """Decide what becomes of the run's accepted rows and write it to ImportRow and its problems. `incoming` rows were
    just staged; kept ones are compared anew. Returns the columns of the run that say what came of it."""
    with connection.cursor() as cursor:
        if incoming:
            columns = ", ".join(("id", "run_id", *FORM.columns))
            cursor.execute(
                f"""INSERT INTO cases_importrow ({columns})
                    SELECT {columns} FROM import_incoming WHERE run_id = %s ORDER BY id""",
                [run.pk],
            )
        else:
            _take_up_again(cursor, run)
        decisions = decisions_of(run)
        late = _late(decisions, clock.business_date(run.uploaded_at))
        _write(cursor, decisions)
        stage_problems(run=run, problems=_problems(run, decisions, late))
        return {**_counts(cursor, run, decisions, late), "problem_counts": problem_counts(run)}


def _take_up_again(cursor: CursorWrapper, run: ImportRun) -> None:
    """The rows as they were before the last comparison: what it held back is open again."""
    values: dict[str, Any] = {"run": run.pk, "codes": list(BOOK_CODES)}
    cursor.execute(
        """
        UPDATE cases_importrow r
        SET state = 'accepted', difference = '', debtor_id = NULL, loan_id = NULL, case_id = NULL
        WHERE r.run_id = %(run)s AND (r.state = 'accepted' OR EXISTS (
            SELECT 1 FROM cases_importproblem p
            WHERE p.run_id = r.run_id AND p.sheet = r.sheet AND p.row_number = r.row_number AND p.code = ANY(%(codes)s)
        ))
        """,
        values,
    )
    cursor.execute("DELETE FROM cases_importproblem WHERE run_id = %(run)s AND code = ANY(%(codes)s)", values)


def _late(decisions: Sequence[Decision], today: date) -> dict[int, date]:
    """Last days that are over already, by row: what comes in open with its time used up."""
    opened = [one.row for one in decisions if one.outcome == "opened" and one.is_accepted]
    due = due_dates({(row.received_on, row.told.type) for row in opened})
    last = {row.row_id: due[row.received_on, row.told.type] for row in opened}
    return {row_id: day for row_id, day in last.items() if day < today}


# Writing down -------------------------------------------------------------------------------------------------------


def _write(cursor: CursorWrapper, decisions: Sequence[Decision]) -> None:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.ledger_decided")
    cursor.execute("""
        CREATE TEMP TABLE ledger_decided (
            row_id bigint PRIMARY KEY, state text, difference text, debtor_id bigint, loan_id bigint, case_id bigint
        ) ON COMMIT DROP
    """)
    copy_rows(
        table="ledger_decided",
        columns=("row_id", "state", "difference", "debtor_id", "loan_id", "case_id"),
        rows=(
            (
                one.row.row_id,
                "accepted" if one.is_accepted else "rejected",
                "" if one.is_wrong else one.outcome,
                one.debtor_id,
                one.loans[0].loan_id if one.loans else None,
                one.case_id,
            )
            for one in decisions
        ),
    )
    cursor.execute("ANALYZE ledger_decided (row_id)")
    cursor.execute("""
        UPDATE cases_importrow r
        SET state = d.state, difference = d.difference, debtor_id = d.debtor_id, loan_id = d.loan_id, case_id = d.case_id
        FROM ledger_decided d WHERE d.row_id = r.id
    """)


def _problems(run: ImportRun, decisions: Sequence[Decision], late: dict[int, date]) -> list[Problem]:
    headings = {
        column["field"]: column["heading"] for column in run.understanding.get("columns", []) if column["field"]
    }
    found = []
    for one in decisions:
        row = one.row
        for name, (code, severity, params) in one.findings:
            heading = str(headings.get(name) or unheaded(name))[:64]
            found.append(Problem(row.sheet, row.row_number, heading, _value(row, name), code, severity, params))
        if (last := late.get(row.row_id)) is not None:
            heading = str(headings.get("received_on") or unheaded("received_on"))[:64]
            params = {"due_on": last.isoformat()}
            day = row.received_on.isoformat()
            found.append(Problem(row.sheet, row.row_number, heading, day, "complaint_overdue", "warning", params))
    return found


def _value(row: LedgerRow, name: str) -> str:
    values = {
        "source_ref": row.reference,
        "debtor_name": row.name,
        "contract_no": "、".join(row.told.contracts),
        "accused": row.told.accused,
        "agencies": row.told.agencies,
        "handler": row.told.handler,
        "narrative": row.told.narrative,
        "outcome": row.told.outcome_said,
        "phone": row.told.phones[0] if row.told.phones else "",
    }
    item = LEDGER_FIELDS[name]
    return shown(values.get(name, ""), kind=item.kind, personal=item.personal)


# Counting -----------------------------------------------------------------------------------------------------------


def _counts(
    cursor: CursorWrapper, run: ImportRun, decisions: Sequence[Decision], late: dict[int, date]
) -> dict[str, Any]:
    """`differences`: {kind: {"count"}} for every kind of COUNTED; "late": how many of the open ones are beyond their last
    day; "sources": {source: {"opened", "settled", "late"}}."""
    cursor.execute(
        """SELECT count(*) FILTER (WHERE state = 'accepted'),
                  count(*) FILTER (WHERE state = 'rejected' AND difference NOT IN ('registered', 'joined'))
           FROM cases_importrow WHERE run_id = %s""",
        [run.pk],
    )
    accepted, left_out = cursor.fetchone()
    good = [one for one in decisions if one.is_accepted]
    counts: Counter[str] = Counter(one.outcome for one in good)
    counts["registered"] = sum(1 for one in decisions if not one.is_accepted and not one.is_wrong)
    counts["nobody"] = sum(1 for one in good if one.debtor_id is None)
    counts["left_out"] = left_out
    sources: dict[str, Counter[str]] = defaultdict(Counter)
    for one in good:
        sources[one.row.source][one.outcome] += 1
        sources[one.row.source]["late"] += one.row.row_id in late
    return {
        "differences": {
            **{kind: {"count": counts[kind]} for kind in COUNTED},
            "late": {"count": len(late)},
            "sources": {source: dict(some) for source, some in sources.items()},
        },
        "row_counts": {**run.row_counts, "accepted": accepted, "rejected": run.row_counts["read"] - accepted},
        "control_totals": {**run.control_totals, "rows": accepted},
    }


def judged_on(run: ImportRun, today: date) -> date:
    """Complaints up to this day are believed: today, or the file's own day when that is later."""
    return max(run.as_of, today)
