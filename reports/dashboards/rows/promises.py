"""Rows of promises: what falls due today, and what came of those that fell due in the period."""

# ruff: noqa: S608  statements are put together from constants only

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from reports.dashboards.rows.registry import RowSet, Statement, of_judged, rows_of
from reports.kpis import Question
from reports.kpis.promising import DECIDED, Judged, judged
from reports.kpis.rows import DESK_COLUMNS, conditions

PROMISED: dict[str, Any] = {"what": _("承诺还款"), "amount": _("承诺金额"), "day": _("还款日期")}


def _due(condition: str) -> Callable[[Question], Statement]:
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
rows_of("promises_due", "today", RowSet(_("今日到期"), build=_due("p.due_on = %(as_of)s"), **PROMISED))
rows_of("promises_due", "overdue", RowSet(_("已过期、尚在宽限内"), build=_due("p.due_on < %(as_of)s"), **PROMISED))


def _of(states: Collection[str], amount: Callable[[Judged], Decimal] = lambda one: one.amount) -> Any:
    def build(question: Question) -> Statement:
        return of_judged(
            (one.promise.pk, one.promise.loan_id, one.promise.due_on, amount(one), one.stage)
            for one in judged(question)
            if one.result.state in states
        )

    return build


PARTS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("numerator", _("已兑现"), ("kept",)),
    ("part_kept", _("部分兑现"), ("part_kept",)),
    ("broken", _("未兑现"), ("broken",)),
    ("open", _("尚无结果"), ("open",)),
    ("cancelled", _("已取消"), ("cancelled",)),
    ("denominator", _("已有结果"), DECIDED),
)
for part, label, states in PARTS:
    rows_of("kept_rate_count", part, RowSet(label, build=_of(states), is_count=True, **PROMISED))
rows_of(
    "kept_rate_amount",
    "numerator",
    RowSet(
        _("已计入的还款"),
        build=_of(("kept", "part_kept"), lambda one: one.paid),
        **PROMISED | {"amount": _("已计入的还款")},
    ),
)
rows_of("kept_rate_amount", "denominator", RowSet(_("已有结果"), build=_of(DECIDED), **PROMISED))
