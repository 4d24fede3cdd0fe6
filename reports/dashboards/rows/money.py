"""Rows of money: the payments of the debts of an opening book, all confirmed money, money without a contract, promises."""

# ruff: noqa: S608  statements are put together from constants only

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases import known
from reports.dashboards.rows.book import OPENING
from reports.dashboards.rows.registry import RowSet, Statement, rows_of
from reports.kpis import Dim, Question
from reports.kpis.rows import DESK_COLUMNS, base, conditions

PAYMENT, AMOUNT, PAID_ON = _("还款"), _("还款金额"), _("还款日期")


def _of_base(question: Question) -> Statement:
    money = known.money("first", "as_of", past=question.past)
    select = f"""SELECT m.id AS row_id, m.loan_id, m.paid_on AS day, m.amount, b.stage
                 FROM ({money}) m JOIN base b ON b.loan_id = m.loan_id WHERE m.status = 'confirmed'"""
    return Statement({"base": base(question)}, select)


def _of_all(condition: str) -> Callable[[Question], Statement]:
    def build(question: Question) -> Statement:
        money = known.money("first", "as_of", past=question.past)
        narrowed = " AND m.source_id = %(only_source)s" if Dim.SOURCE in question.only else ""
        return Statement(
            {"money": money},
            f"""
            SELECT m.id AS row_id, m.loan_id, m.paid_on AS day, m.amount, NULL::smallint AS stage
            FROM money m WHERE {condition}{narrowed}""",
        )

    return build


rows_of("recovery_rate", "numerator", RowSet(_("计入的还款"), PAYMENT, _of_base, amount=AMOUNT, day=PAID_ON))
rows_of("recovery_rate", "denominator", OPENING)
rows_of(
    "money_in",
    "numerator",
    RowSet(_("已确认还款"), PAYMENT, _of_all("m.status = 'confirmed'"), amount=AMOUNT, day=PAID_ON),
)
rows_of(
    "money_in",
    "claimed",
    RowSet(_("待确认还款"), PAYMENT, _of_all("m.status = 'claimed'"), amount=AMOUNT, day=PAID_ON),
)
rows_of(
    "unmatched_money",
    "numerator",
    RowSet(
        _("待匹配还款"),
        PAYMENT,
        _of_all("m.status = 'confirmed' AND m.loan_id IS NULL"),
        amount=AMOUNT,
        day=PAID_ON,
    ),
)


def _promises(condition: str) -> Callable[[Question], Statement]:
    def build(question: Question) -> Statement:
        promised = f"""
            SELECT p.id AS row_id, c.loan_id, p.due_on AS day, p.amount, c.stage, l.product, l.region, l.source_id,
                   {DESK_COLUMNS}
            FROM cases_promise p
            JOIN cases_case c ON c.id = p.case_id
            JOIN cases_loan l ON l.id = c.loan_id
            LEFT JOIN cases_desk d ON d.id = c.desk_id
            WHERE p.state = 'open' AND {condition}
              AND (%(source)s::bigint IS NULL OR l.source_id = %(source)s)"""
        select = f"""SELECT x.row_id, x.loan_id, x.day, x.amount, x.stage
                     FROM promised x WHERE {conditions(question, "x")}"""
        return Statement({"promised": promised}, select)

    return build


# Not a KPI: what falls due on the last day of the question, with those that wait since before.
PROMISED: dict[str, Any] = {"what": _("承诺还款"), "amount": _("承诺金额"), "day": _("还款日期")}
rows_of("promises_due", "today", RowSet(_("今日到期"), build=_promises("p.due_on = %(as_of)s"), **PROMISED))
rows_of("promises_due", "overdue", RowSet(_("已过期、尚在宽限内"), build=_promises("p.due_on < %(as_of)s"), **PROMISED))
