"""What the book said on a day, as it was known at a moment: the one place where reports read positions, money and endings.

Two dates stand on every fact: the day it is true for and the moment we learned it. A reader who gives no moment reads what
is known now; one who gives `known_by` reads what was known then, including what was taken back since (cases/models/past.py),
so that a report of then is printed again to the last cent.

The functions return SQL to be put into brackets. Parameters of the statement: `known_by` (when `past`), `source` (an id or
NULL for all), and the day under the name that was given.
"""

# ruff: noqa: S608  statements are put together from constants of this file only

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

STALE_DAYS = 45
"""A source whose last file is older than this on a day has no book on that day: it has stopped sending."""

_APPLIED = "r.state = 'applied'"
_APPLIED_THEN = "r.applied_at <= %(known_by)s AND (r.state = 'applied' OR r.undone_at > %(known_by)s)"
_WHOLE = "r.undone_rows = 0"
_WHOLE_THEN = "(r.undone_rows = 0 OR r.undone_at > %(known_by)s)"


def believed_until(now: datetime) -> None:
    """What this transaction takes back or changes was believed until this moment: what triggers write into the past."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('cases.believed_until', %s, true)", [now.isoformat()])


def files(*, first: str = "", last: str, past: bool, only_newest: bool = True) -> str:
    """Applied overdue files as (source_id, as_of, run_id): of each source those of its newest business date from parameter
    `first` (or `STALE_DAYS` before `last`) through `last`; with `only_newest` False, of every date. Of several files for one
    date those that no later whole file has corrected."""
    begins = f"%({first})s::date" if first else f"%({last})s::date - {STALE_DAYS}"
    whole = _WHOLE_THEN if past else _WHOLE
    chosen = "d.as_of = d.newest AND" if only_newest else ""
    return f"""
        SELECT d.source_id, d.as_of, d.run_id FROM (
            SELECT r.source_id, r.as_of, r.id AS run_id, max(r.as_of) OVER (PARTITION BY r.source_id) AS newest,
                   count(*) FILTER (WHERE {whole}) OVER (
                       PARTITION BY r.source_id, r.as_of ORDER BY r.applied_at, r.id
                       ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS corrections
            FROM cases_importrun r
            WHERE r.kind = 'overdue' AND r.as_of BETWEEN {begins} AND %({last})s::date
              AND {_APPLIED_THEN if past else _APPLIED}
              AND (%(source)s::bigint IS NULL OR r.source_id = %(source)s)
        ) d WHERE {chosen} d.corrections = 0
    """


@dataclass(frozen=True)
class File:
    """An applied overdue file that speaks for its business date."""

    source_id: int
    code: str
    as_of: date
    run_id: int


def files_of(
    *, first: date | None = None, last: date, source: int | None, known_by: datetime | None, only_newest: bool = True
) -> tuple[File, ...]:
    """`files`, read: by source and date. One query."""
    sql = files(first="first" if first else "", last="last", past=known_by is not None, only_newest=only_newest)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT f.source_id, s.code, f.as_of, f.run_id FROM ({sql}) f JOIN cases_source s ON s.id = f.source_id
                ORDER BY 2, 3, 4""",
            {"first": first, "last": last, "source": source, "known_by": known_by},
        )
        return tuple(File(*row) for row in cursor.fetchall())


def as_relation(files: Sequence[File]) -> str:
    """The files as a statement with constants (source_id, as_of, run_id). So the planner knows how many there are, and of
    which months; of a sub-query it guesses one, and compares every debt of one day with every debt of another."""
    if not files:
        return "SELECT NULL::bigint AS source_id, NULL::date AS as_of, NULL::bigint AS run_id WHERE false"
    rows = ", ".join(f"({one.source_id}::bigint, DATE '{one.as_of:%Y-%m-%d}', {one.run_id}::bigint)" for one in files)
    return f"SELECT * FROM (VALUES {rows}) AS f (source_id, as_of, run_id)"


def _only(files: Sequence[File], row: str, run: str) -> str:
    """Conditions that the planner can see through: which partitions, and how many rows."""
    days = ", ".join(f"DATE '{day:%Y-%m-%d}'" for day in sorted({one.as_of for one in files}))
    runs = ", ".join(str(one.run_id) for one in files)
    return f"AND {row}.as_of IN ({days}) AND {row}.{run} IN ({runs})" if files else "AND false"


_OWED = "days_past_due, p.stage, p.principal, p.interest, p.penalty, p.fees, p.total"
# What a loan was called until the first change that was learned after the moment.
_BEFORE = """coalesce((
    SELECT h.{column} FROM cases_pastloan h WHERE h.loan = {loan} AND h.known_until > %(known_by)s
    ORDER BY h.known_until, h.id LIMIT 1), {now})"""


def name_of(column: str, *, loan: str, now: str, past: bool) -> str:
    """`product` or `region` of a loan (an expression of its id), whose latest is a column of `now`; past: as known then."""
    latest = f"{now}.{column}"
    return _BEFORE.format(column=column, loan=loan, now=latest) if past else latest


def _names(loan: str, now: str, *, past: bool) -> str:
    """Product and region of `loan`, whose latest are columns of `now`."""
    return ", ".join(f"{name_of(one, loan=loan, now=now, past=past)} AS {one}" for one in ("product", "region"))


def positions(files: str | Sequence[File], *, past: bool, entering: bool = False, loans: str = "") -> str:
    """One row a loan and file date: what the chosen files said. Columns: loan_id, case_id, source_id, as_of, product,
    region, opened_on, days_past_due, stage, principal, interest, penalty, fees, total (yuan).

    By loan and not by case: a debt that was cleared and came back as a new case within a period has rolled, too.
    `entering`: only cases that the file opened. `loans`: only those of this statement.
    """
    said, said_then = "", ""
    if not isinstance(files, str):
        said, said_then, files = _only(files, "p", "run_id"), _only(files, "p", "run"), as_relation(files)
    live = f"""
        SELECT c.loan_id, p.case_id, f.source_id, f.as_of, {_names("l.id", "l", past=past)}, c.opened_on, p.{_OWED},
               p.recorded_at, p.run_id
        FROM ({files}) f
        JOIN cases_position p ON p.run_id = f.run_id AND p.as_of = f.as_of
        JOIN cases_case c ON c.id = p.case_id
        JOIN cases_loan l ON l.id = c.loan_id
        WHERE {"p.recorded_at <= %(known_by)s" if past else "true"} {said} {"AND c.opened_on = f.as_of" if entering else ""}
              {f"AND c.loan_id IN ({loans})" if loans else ""}
    """
    if past:
        live += f"""
        UNION ALL
        SELECT p.loan, p."case", f.source_id, f.as_of, {_names("p.loan", "p", past=True)}, p.opened_on, p.{_OWED},
               p.known_from, p.run
        FROM ({files}) f
        JOIN cases_pastposition p ON p.run = f.run_id AND p.as_of = f.as_of
        WHERE p.known_from <= %(known_by)s AND p.known_until > %(known_by)s {said_then}
              {"AND p.opened_on = f.as_of" if entering else ""} {f"AND p.loan IN ({loans})" if loans else ""}
        """
    return f"""
        SELECT DISTINCT ON (loan_id, as_of) loan_id, case_id, source_id, as_of, product, region, opened_on,
               days_past_due, stage, principal, interest, penalty, fees, total
        FROM ({live}) said ORDER BY loan_id, as_of, recorded_at DESC, run_id DESC
    """


def stages(files: Sequence[File], *, past: bool) -> str:
    """One row a case and file date: case_id and stage of what the chosen files said, for who follows many cases and asks
    nothing else. Without the names of `positions` it is a fraction of its cost.

    Where one file speaks for a date, what it says now and what was taken back of it since are never of the same case and
    moment, so that there is nothing to choose; only of several for one date the newest is.
    """
    said, said_then = _only(files, "p", "run_id"), _only(files, "p", "run")
    rows = f"""SELECT p.case_id, p.as_of, p.stage, p.recorded_at, p.run_id FROM cases_position p
               WHERE {"p.recorded_at <= %(known_by)s" if past else "true"} {said}"""
    if past:
        rows += f""" UNION ALL SELECT p."case", p.as_of, p.stage, p.known_from, p.run FROM cases_pastposition p
                     WHERE p.known_from <= %(known_by)s AND p.known_until > %(known_by)s {said_then}"""
    if len({(one.source_id, one.as_of) for one in files}) == len(files):
        return f"SELECT case_id, stage FROM ({rows}) said"
    return f"""SELECT DISTINCT ON (case_id, as_of) case_id, stage FROM ({rows}) said
               ORDER BY case_id, as_of, recorded_at DESC, run_id DESC"""


# A claim that was confirmed under its number is told by the confirmed row. Both sides say that there is a number: without
# it, all money without one would be compared with each other.
_CONFIRMED = """EXISTS (
    SELECT FROM cases_repayment k
    WHERE {row}.status = 'claimed' AND {row}.reference <> '' AND k.source_id = {source} AND k.reference = {row}.reference
      AND k.reference <> '' AND k.status = 'confirmed' AND k.reversal_of_id IS NULL{then})"""
_CONFIRMED_THEN = """ OR EXISTS (
    SELECT FROM cases_pastrepayment k
    WHERE {row}.status = 'claimed' AND {row}.reference <> '' AND k.source = {source} AND k.reference = {row}.reference
      AND k.reference <> '' AND k.status = 'confirmed' AND k.reversal_of IS NULL
      AND k.known_from <= %(known_by)s AND k.known_until > %(known_by)s)"""


def _confirmed(row: str, source: str, *, past: bool) -> str:
    then = " AND k.recorded_at <= %(known_by)s" if past else ""
    sql = _CONFIRMED.format(row=row, source=source, then=then)
    return f"({sql}{_CONFIRMED_THEN.format(row=row, source=source)})" if past else sql


def money(first: str, last: str, *, past: bool) -> str:
    """Confirmed and claimed money paid from parameter `first` through `last`, reversals negative on their own day; of a
    claim that was confirmed under its number the confirmed row only. Columns: id, loan_id (NULL: waits for its contract),
    source_id, paid_on, held_on (the day of the payment itself, also of its reversal), status, reversal_of_id, amount (yuan).
    """
    between = f"BETWEEN %({first})s::date AND %({last})s::date"
    loan = "CASE WHEN r.matched_at > %(known_by)s THEN NULL ELSE r.loan_id END" if past else "r.loan_id"
    known = f"AND NOT {_confirmed('r', 'r.source_id', past=past)}"
    if past:
        known += """ AND r.recorded_at <= %(known_by)s AND NOT EXISTS (
            SELECT FROM cases_pastrepayment q
            WHERE q.repayment = r.id AND q.known_from <= %(known_by)s AND q.known_until > %(known_by)s)"""
    live = f"""
        SELECT r.id, {loan} AS loan_id, r.source_id, r.paid_on, coalesce(o.paid_on, r.paid_on) AS held_on, r.status,
               r.reversal_of_id, CASE WHEN r.reversal_of_id IS NULL THEN r.amount ELSE -r.amount END AS amount
        FROM cases_repayment r LEFT JOIN cases_repayment o ON o.id = r.reversal_of_id
        WHERE r.paid_on {between} AND (%(source)s::bigint IS NULL OR r.source_id = %(source)s) {known}
    """
    if not past:
        return live
    return f"""{live}
        UNION ALL
        SELECT q.repayment, q.loan, q.source, q.paid_on,
               coalesce((SELECT paid_on FROM cases_repayment WHERE id = q.reversal_of),
                        (SELECT max(paid_on) FROM cases_pastrepayment WHERE repayment = q.reversal_of), q.paid_on),
               q.status, q.reversal_of, CASE WHEN q.reversal_of IS NULL THEN q.amount ELSE -q.amount END
        FROM cases_pastrepayment q
        WHERE q.paid_on {between} AND (%(source)s::bigint IS NULL OR q.source = %(source)s)
          AND q.known_from <= %(known_by)s AND q.known_until > %(known_by)s
          AND NOT {_confirmed("q", "q.source", past=True)}
    """


def endings(last: str, *, past: bool) -> str:
    """Cases that were closed on a day through parameter `last`: case_id, loan_id, closed_on, close_reason."""
    live = f"""
        SELECT c.id AS case_id, c.loan_id, c.closed_on, c.close_reason FROM cases_case c
        WHERE c.closed_on <= %({last})s::date {"AND c.closed_at <= %(known_by)s" if past else ""}
    """
    if not past:
        return live
    return f"""{live}
        UNION ALL
        SELECT e."case", e.loan, e.closed_on, e.close_reason FROM cases_pastending e
        WHERE e.closed_on <= %({last})s::date AND e.known_from <= %(known_by)s AND e.known_until > %(known_by)s
    """
