"""What KPIs are counted from: five relations, each from the rows and, with the same columns, from the daily facts.

A relation has the columns of the dimensions (stage, product, region, source_id, and desk, team, agency where asked)
and measures that add up. From the rows it has a line a debt; from the facts (`Question.facts`, set by reports/facts)
one a day and group. The KPI does not see the difference, so the number is the same.
"""

# ruff: noqa: S608  statements are put together from constants of this package only

from collections.abc import Mapping
from dataclasses import dataclass

from cases import known
from cases.known import File
from cases.models import CloseReason
from cases.stage import Stage
from reports.kpis.asked import Question, stage_name
from reports.kpis.rows import (
    DESK_COLUMNS,
    ON_DESKS,
    Found,
    base,
    closing_files,
    conditions,
    cut_of,
    grouped,
    newest_files,
    opening_files,
    paid,
    sent_files,
    with_desks,
)
from reports.models import Step

PAID, CLOSED, ABSENT = "paid", "closed", "absent"
ENDS = (PAID, CLOSED, ABSENT)
STAGES: tuple[str, ...] = tuple(stage_name(stage) for stage in Stage)
DESTINATIONS: tuple[str, ...] = (*STAGES, *ENDS)
"""Where a debt can be at the end of the period: each stage (M0: listed, not overdue), or out of the book."""

ENDED_BY_MONEY = (CloseReason.PAID, CloseReason.CURED)
_BY_MONEY = ", ".join(f"'{reason}'" for reason in ENDED_BY_MONEY)


@dataclass(frozen=True)
class Relation:
    """`ctes` by name, in order; the last is the relation itself."""

    ctes: dict[str, str]

    @property
    def name(self) -> str:
        return list(self.ctes)[-1]

    @property
    def with_(self) -> str:
        """The head of a statement: `WITH …`."""
        return "WITH " + ", ".join(f"{name} AS ({sql})" for name, sql in self.ctes.items())


def counted(question: Question, relation: Relation, select: Mapping[str, str]) -> Found:
    """`grouped` of a relation, under the name x."""
    return grouped(question, ctes=relation.ctes, select=select, source=f"{relation.name} x", relation="x")


def recovered(question: Question) -> Relation:
    """The opening book with what it paid in the period. Measures: money, positive, total, debts; from rows also payers."""
    if not question.facts:
        return Relation(
            {
                "base": base(question),
                "paid": paid(question),
                "recovered": """SELECT b.*, p.amount AS money, greatest(b.total, 0) AS positive, 1 AS debts,
                                       (p.amount > 0)::int AS payers
                                FROM base b LEFT JOIN paid p ON p.loan_id = b.loan_id""",
            }
        )
    cut = cut_of(question)
    facts = f"""
        SELECT b.source, b.stage, b.product, b.region, b.desk, 0 AS money, b.positive, b.total, b.debts
        FROM reports_bookfact b WHERE b.cut = {cut} AND {_of_files(opening_files(question), "b.source", "b.day")}
        UNION ALL
        SELECT m.source, m.stage, m.product, m.region, m.desk, m.money, 0, 0, 0 FROM reports_moneyfact m
        WHERE m.cut = {cut} AND m.month = %(first)s AND m.day <= %(as_of)s AND m.stage >= 0
          AND {_of_source(question, "m")}
    """
    return Relation({"recovered": _named(question, facts, "money", "positive", "total", "debts")})


MONEY_MEASURES = ("money", "claimed", "taken_back", "waiting", "payments", "waiting_payments")
_PAYMENTS = """
    SELECT m.source_id, m.paid_on,
           CASE WHEN m.status = 'confirmed' THEN m.amount ELSE 0 END AS money,
           CASE WHEN m.status = 'claimed' THEN m.amount ELSE 0 END AS claimed,
           CASE WHEN m.status = 'confirmed' AND m.reversal_of_id IS NOT NULL THEN -m.amount ELSE 0 END AS taken_back,
           CASE WHEN m.status = 'confirmed' AND m.loan_id IS NULL THEN m.amount ELSE 0 END AS waiting,
           (m.status = 'confirmed' AND m.reversal_of_id IS NULL)::int AS payments,
           (m.status = 'confirmed' AND m.loan_id IS NULL)::int AS waiting_payments{more}
    FROM {money} m {joined}
"""


def payments(money: str, *, more: str = "", joined: str = "") -> str:
    """The measures of money of a statement that has the columns of `known.money`."""
    return _PAYMENTS.format(money=money, more=more, joined=joined)


def paid_in(question: Question) -> Relation:
    """All money of the period, whoever's. Told apart by source only. Measures: MONEY_MEASURES."""
    if not question.facts:
        rows = payments(f"({known.money('first', 'as_of', past=question.past)})")
        return Relation({"paid_in": f"SELECT * FROM ({rows}) x WHERE {conditions(question, 'x')}"})
    facts = f"""SELECT m.* FROM reports_moneyfact m WHERE m.cut = {cut_of(question)} AND m.month = %(first)s
                AND m.day <= %(as_of)s AND {_of_source(question, "m")}"""
    return Relation({"paid_in": _named(question, facts, *MONEY_MEASURES)})


PARTS = ("principal", "interest", "penalty", "fees")


def book(question: Question) -> Relation:
    """The newest book of or before the last day. Measures: debts, not_positive, total, positive and PARTS."""
    files = newest_files(question)
    if not question.facts:
        rows = with_desks(known.positions(files, past=question.past), question)
        return Relation({"book": f"SELECT b.*, {DEBT_MEASURES} FROM ({rows}) b"})
    facts = f"""SELECT b.* FROM reports_bookfact b
                WHERE b.cut = {cut_of(question)} AND {_of_files(files, "b.source", "b.day")}"""
    return Relation({"book": _named(question, facts, "debts", "not_positive", "total", "positive", *PARTS)})


DEBT_MEASURES = "1 AS debts, (b.total <= 0)::int AS not_positive, greatest(b.total, 0) AS positive"
ENTERED_AGAIN = "EXISTS (SELECT FROM cases_case e WHERE e.loan_id = b.loan_id AND e.opened_on < b.opened_on)::int"
ENTERED_AGAIN_THEN = """(EXISTS (
    SELECT FROM cases_case e
    WHERE e.loan_id = b.loan_id AND e.opened_on < b.opened_on AND e.created_at <= %(known_by)s
) OR EXISTS (
    SELECT FROM cases_pastposition e
    WHERE e.loan = b.loan_id AND e.opened_on < b.opened_on
      AND e.known_from <= %(known_by)s AND e.known_until > %(known_by)s
))::int"""


def entered(question: Question) -> Relation:
    """Cases that were opened in the period, as their first file has them. Measures: entered, entered_again, entered_owed."""
    if not question.facts:
        rows = with_desks(known.positions(sent_files(question), past=question.past, entering=True), question)
        again = ENTERED_AGAIN_THEN if question.past else ENTERED_AGAIN
        return Relation(
            {
                "entered": f"""SELECT b.*, 1 AS entered, {again} AS entered_again,
                                      greatest(b.total, 0) AS entered_owed FROM ({rows}) b"""
            }
        )
    facts = f"""SELECT b.* FROM reports_bookfact b
                WHERE b.cut = {cut_of(question)} AND b.day BETWEEN %(first)s AND %(as_of)s AND b.entered > 0
                  AND {_of_source(question, "b")}"""
    return Relation({"entered": _named(question, facts, "entered", "entered_again", "entered_owed")})


def moved(question: Question) -> Relation:
    """The debts of the opening book whose source sent another file in the period, each with its `destination` (one of
    DESTINATIONS). Measures: debts, owed (yuan at the opening). From the rows also `as_of` (the opening file's) and `to_day`.

    The same debts are followed; what the later file does not list ended by money, ended otherwise, or is absent.
    """
    if question.facts:
        # To the newest file of the month: facts are asked only where that is the closing one (facts/answers.py).
        facts = f"""SELECT r.* FROM reports_rollfact r
                    WHERE r.cut = {cut_of(question)} AND r.step = {int(Step.MONTH)} AND r.month = %(first)s
                      AND {_of_source(question, "r")}"""
        return Relation({"moved": _named(question, facts, "destination", "debts", "owed")})
    closing = closing_files(question)
    # As constants: of a join with one row the planner thinks that it leaves one in two hundred, and then compares all debts
    # of one day with all of the other (measured: two minutes for 48,000; one second so).
    newest = {one.source_id: one.as_of for one in closing}
    to_day = " ".join(f"WHEN {source} THEN DATE '{day:%Y-%m-%d}'" for source, day in newest.items())
    sent = f"b.source_id IN ({', '.join(map(str, newest))})" if newest else "false"
    return Relation(
        {
            "base": base(question),
            "closing": known.positions(closing, past=question.past),
            "ended": f"""SELECT DISTINCT ON (e.loan_id) e.loan_id, e.close_reason
                         FROM ({known.endings("as_of", past=question.past)}) e WHERE e.closed_on >= %(first)s
                         ORDER BY e.loan_id, e.closed_on DESC, e.case_id DESC""",
            "moved": f"""SELECT b.*, {f"CASE b.source_id {to_day} END" if newest else "NULL::date"} AS to_day,
                                1 AS debts, b.total AS owed,
                                CASE WHEN c.stage = {Stage.M7} THEN 'M7+'
                                     WHEN c.loan_id IS NOT NULL THEN 'M' || c.stage
                                     WHEN e.close_reason IN ({_BY_MONEY}) THEN '{PAID}'
                                     WHEN e.close_reason IS NOT NULL THEN '{CLOSED}' ELSE '{ABSENT}' END AS destination
                         FROM base b
                         LEFT JOIN closing c ON c.loan_id = b.loan_id
                         LEFT JOIN ended e ON e.loan_id = b.loan_id
                         WHERE {sent}""",
        }
    )


_STANDS = "(x.destination COLLATE \"C\" LIKE 'M%%')"
FORWARD = f"(CASE WHEN {_STANDS} THEN substr(x.destination, 2, 1) > x.stage::text ELSE false END)"
"""In a heavier stage at the end."""
BACK = f"(CASE WHEN {_STANDS} THEN substr(x.destination, 2, 1) < x.stage::text ELSE false END)"
"""In a lighter stage at the end."""

# From the facts -----------------------------------------------------------------------------------------------------


def _of_source(question: Question, facts: str) -> str:
    return f"{facts}.source = %(source)s" if question.source is not None else "true"


def _of_files(files: tuple[File, ...], source: str, day: str) -> str:
    """Condition: of one of these files. As constants, which the planner can see through."""
    pairs = sorted({(one.source_id, f"DATE '{one.as_of:%Y-%m-%d}'") for one in files})
    return f"({source}, {day}) IN ({', '.join(f'({of}, {at})' for of, at in pairs)})" if pairs else "false"


def _named(question: Question, facts: str, *measures: str) -> str:
    """Facts under the names of the dimensions, narrowed to what is asked for. Each level of a statement takes the planner
    as long as a small figure takes altogether: there are no more than it needs."""
    desks, join = "", ""
    if question.wanted & ON_DESKS:
        desks = f", {DESK_COLUMNS}"
        join = "LEFT JOIN cases_desk d ON d.id = f.desk"
    named = ", ".join(f"f.{name}" for name in measures)
    columns = f"f.source AS source_id, f.stage, f.product, f.region{desks}, {named}"
    found = f"SELECT {columns} FROM ({facts}) f {join}"
    narrowed = conditions(question, "x")
    return found if narrowed == "true" else f"SELECT * FROM ({found}) x WHERE {narrowed}"
