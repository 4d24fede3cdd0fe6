"""Rows of money: the payments of the debts of an opening book, of agencies and people, all confirmed money, and money
without a contract."""

# ruff: noqa: S608  statements are put together from constants only

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from cases import known
from cases.models import Case
from reports.dashboards.rows.book import DEBT, FILE_DAY, OPENING
from reports.dashboards.rows.registry import RowSet, Statement, of_judged, rows_of
from reports.kpis import Dim, Question
from reports.kpis.cost import credited_to, desks_of_people, held_by
from reports.kpis.recovery import money_in_parts
from reports.kpis.rows import base

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


def all_confirmed() -> RowSet:
    return RowSet(_("已确认还款"), PAYMENT, _of_all("m.status = 'confirmed'"), amount=AMOUNT, day=PAID_ON)


rows_of("recovery_rate", "numerator", RowSet(_("计入的还款"), PAYMENT, _of_base, amount=AMOUNT, day=PAID_ON))
rows_of("recovery_rate", "denominator", OPENING)
rows_of("money_in", "numerator", all_confirmed())
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


def _of_principal(question: Question) -> Statement:
    in_parts, more = money_in_parts(question)
    select = f"""SELECT p.repayment_id AS row_id, p.loan_id, p.paid_on AS day, p.principal AS amount, b.stage
                 FROM ({in_parts}) p JOIN base b ON b.loan_id = p.loan_id WHERE p.principal <> 0"""
    return Statement({"base": base(question)}, select, more)


def _principal_owed(question: Question) -> Statement:
    select = """SELECT b.loan_id AS row_id, b.loan_id, b.as_of AS day, b.principal AS amount, b.stage
                FROM base b WHERE b.principal > 0"""
    return Statement({"base": base(question)}, select)


rows_of(
    "recovery_rate_principal",
    "numerator",
    RowSet(_("抵充本金的还款"), PAYMENT, _of_principal, amount=_("抵充本金"), day=PAID_ON),
)
rows_of(
    "recovery_rate_principal",
    "denominator",
    RowSet(OPENING.label, DEBT, _principal_owed, amount=_("期初本金"), day=FILE_DAY),
)


def _of_whole_house(name: str, question: Question) -> None:
    if question.source is not None:
        raise ValueError(f"{name} is not told apart by source")


def _held(question: Question) -> Statement:
    _of_whole_house("cost_to_collect", question)
    select = "SELECT h.id AS row_id, h.loan_id, h.paid_on AS day, h.amount, NULL::smallint AS stage FROM held h"
    return Statement(held_by(question), select)


def _credited(question: Question) -> Statement:
    _of_whole_house("money_per_head", question)
    owners = desks_of_people(question).values_list("owner", flat=True)
    shares = credited_to(question, list(owners))
    loans = dict(Case.objects.filter(pk__in={one.case_id for one in shares}).values_list("pk", "loan"))
    # Of a payment that two share each has a row of their own.
    return of_judged(
        (number, loans[one.case_id], one.paid_on, one.amount, None)
        for number, one in enumerate(sorted(shares, key=lambda one: (one.repayment_id, one.user_id)), start=1)
    )


rows_of("cost_to_collect", "denominator", RowSet(_("已确认还款"), PAYMENT, _held, amount=AMOUNT, day=PAID_ON))
rows_of("money_per_head", "numerator", RowSet(_("记到个人名下"), PAYMENT, _credited, amount=AMOUNT, day=PAID_ON))
