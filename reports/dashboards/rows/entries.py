"""Rows of what entered: cases by their first file, what fell due, the money of a month's entries at an age."""

# ruff: noqa: S608  statements are put together from constants only

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from reports.dashboards.rows.money import AMOUNT, PAID_ON, PAYMENT, all_confirmed
from reports.dashboards.rows.registry import RowSet, Statement, rows_of, version_of
from reports.kpis import Dim, Question
from reports.kpis import relations as read
from reports.kpis.entry import fell_due
from reports.kpis.vintage import by_age, entries

CASE, FIRST_OWED, ENTERED_ON = _("案件"), _("首个文件的逾期总额"), _("入催日期")


def _entered(question: Question) -> Statement:
    entered = read.entered(question)
    select = f"""SELECT x.case_id AS row_id, x.loan_id, x.opened_on AS day, x.entered_owed AS amount, x.stage
                 FROM {entered.name} x"""
    return Statement(entered.ctes, select)


ENTERED = RowSet(_("进入账簿的案件"), CASE, _entered, amount=FIRST_OWED, day=ENTERED_ON)
rows_of("entered", "numerator", ENTERED)
rows_of("period_recovery", "numerator", all_confirmed())
rows_of("period_recovery", "denominator", ENTERED)


def _fell_due(condition: str) -> Callable[[Question], Statement]:
    def build(question: Question) -> Statement:
        select = f"""SELECT b.case_id AS row_id, b.loan_id, b.due_on AS day, b.owed AS amount, b.stage
                     FROM fell_due b WHERE {condition}"""
        return Statement(fell_due(question, version_of("entry_rate", question)), select)

    return build


for part, label, condition in (
    ("numerator", _("期间内到期的"), "b.in_period"),
    ("older", _("更早到期的"), "b.older"),
):
    rows_of("entry_rate", part, RowSet(label, CASE, _fell_due(condition), amount=FIRST_OWED, day=_("应还日期")))


def _of_curve(select: str, *, age: str = "true") -> Callable[[Question], Statement]:
    """Of one month of entry where the question asks for one, and with `age` up to an age where it asks for that."""

    def build(question: Question) -> Statement:
        wanted, asked = by_age(question)
        kept = ["to_char(e.opened_on, 'YYYY-MM') = %(only_cohort)s"] if Dim.COHORT in asked else []
        kept += [age] if Dim.AGE in asked else []
        # Of a year of files the planner guesses one entry, and joins the money to each: minutes instead of seconds.
        return Statement(entries(wanted), f"{select} WHERE {' AND '.join(kept) or 'true'}", {"hashed": True})

    return build


rows_of(
    "vintage",
    "numerator",
    RowSet(
        _("入催后的还款"),
        PAYMENT,
        _of_curve(
            """SELECT r.repayment_id AS row_id, e.loan_id, r.paid_on AS day, r.amount, e.stage
               FROM received r JOIN entries e ON e.case_id = r.case_id""",
            age="r.paid_on < e.opened_on + make_interval(months => %(only_age)s::int)",
        ),
        amount=AMOUNT,
        day=PAID_ON,
    ),
)
rows_of(
    "vintage",
    "denominator",
    RowSet(
        ENTERED.label,
        CASE,
        _of_curve(
            """SELECT e.case_id AS row_id, e.loan_id, e.opened_on AS day, greatest(e.total, 0) AS amount, e.stage
               FROM entries e"""
        ),
        amount=FIRST_OWED,
        day=ENTERED_ON,
    ),
)
