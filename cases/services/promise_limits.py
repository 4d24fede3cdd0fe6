"""What a promise may be: the numbers that people decide, and the check against them (no database in the check)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case, Promise, PromiseState
from collection_ops.core import clock
from collection_ops.core.dated_settings import Setting, values_on
from collection_ops.core.money import CENT, round_money

HOUSE_RULE = gettext_lazy("内部规定")
PERCENT, DAYS, TIMES, YUAN = gettext_lazy("%"), gettext_lazy("天"), gettext_lazy("次"), gettext_lazy("元")

LEAST_SHARE = Setting(
    "promise.least_share", label=gettext_lazy("承诺金额至少占逾期总额"), default=Decimal("10"), source=HOUSE_RULE,
    unit=PERCENT, least=0, most=100,
)  # fmt: skip
MOST_DAYS_AHEAD = Setting(
    "promise.most_days_ahead", label=gettext_lazy("承诺还款日最多在几天之后"), default=10, source=HOUSE_RULE, unit=DAYS,
    least=0, most=90,
)  # fmt: skip
MOST_OPEN = Setting(
    "promise.most_open", label=gettext_lazy("一个案件同时等待还款的承诺最多"), default=1, source=HOUSE_RULE, unit=TIMES,
    least=1, most=5,
)  # fmt: skip
MOST_IN_WINDOW = Setting(
    "promise.most_in_window", label=gettext_lazy("一个案件在计数期内的承诺最多"), default=3, source=HOUSE_RULE,
    unit=TIMES, least=1, most=30,
)  # fmt: skip
WINDOW_DAYS = Setting(
    "promise.window_days", label=gettext_lazy("承诺次数的计数期"), default=30, source=HOUSE_RULE, unit=DAYS, least=1,
    most=365,
)  # fmt: skip
GRACE_DAYS = Setting(
    "promise.grace_days", label=gettext_lazy("承诺宽限天数"), default=1, source=HOUSE_RULE, unit=DAYS, least=0, most=30
)
TOLERANCE = Setting(
    "promise.tolerance_amount", label=gettext_lazy("承诺金额允许差额"), default=Decimal("1.00"), source=HOUSE_RULE,
    unit=YUAN, least=0, most=1000,
)  # fmt: skip
TOLERANCE_SHARE = Setting(
    "promise.tolerance_share", label=gettext_lazy("承诺金额允许差额（占承诺金额）"), default=Decimal("0"),
    source=HOUSE_RULE, unit=PERCENT, least=0, most=50,
)  # fmt: skip
SETTINGS = (
    LEAST_SHARE, MOST_DAYS_AHEAD, MOST_OPEN, MOST_IN_WINDOW, WINDOW_DAYS, GRACE_DAYS, TOLERANCE, TOLERANCE_SHARE,
)  # fmt: skip


@dataclass(frozen=True)
class Terms:
    """The limits for a promise of one case made on `first_day`. Amounts in yuan; `open` and `made` are how many promises
    wait for money and how many were made in the last `window_days` days (cancelled ones do not count)."""

    least: Decimal
    most: Decimal
    first_day: date
    last_day: date
    open: int
    most_open: int
    made: int
    most_made: int
    window_days: int
    grace_days: int
    tolerance: Decimal
    tolerance_share: Decimal

    @property
    def left(self) -> int:
        """How many more promises may be made today without an exception."""
        return max(min(self.most_open - self.open, self.most_made - self.made), 0)

    def enough_of(self, amount: Decimal) -> Decimal:
        """From how much on a promise of `amount` is kept: less the larger of the two tolerances, never nothing."""
        allowed = max(self.tolerance, round_money(amount * self.tolerance_share / 100))
        return max(round_money(amount - allowed), min(CENT, amount))

    def counts_until(self, due_on: date) -> date:
        return due_on + timedelta(days=self.grace_days)


@dataclass(frozen=True)
class Problem:
    """One reason why a promise is not taken. `may_override`: somebody who decides about exceptions can let it pass."""

    code: str
    field: str
    sentence: str
    may_override: bool = False


def promise_terms(case: Case, now: datetime) -> Terms:
    """The limits in force today for a promise of `case`; two queries."""
    today = clock.business_date(now)
    values = values_on(today, SETTINGS)
    counted = _counted(Promise.objects.filter(case=case), today, values).get(case.pk, (0, 0))
    return _terms(case.total, counted, today, values)


def terms_of_many(cases: Collection[int], now: datetime) -> dict[int, Terms]:
    """`promise_terms` of many cases (ids), those that are there; three queries."""
    today = clock.business_date(now)
    values = values_on(today, SETTINGS)
    counted = _counted(Promise.objects.filter(case__in=cases), today, values)
    totals = Case.objects.filter(pk__in=cases).values_list("pk", "total")
    return {pk: _terms(total, counted.get(pk, (0, 0)), today, values) for pk, total in totals}


def _counted(promises: QuerySet[Promise], today: date, values: dict[str, Any]) -> dict[int, tuple[int, int]]:
    """Case → promises that wait for money, and those made within the window."""
    since = today - timedelta(days=values[WINDOW_DAYS.name])
    rows = (
        promises.order_by()
        .values_list("case_id")
        .annotate(
            open=Count("pk", filter=Q(state=PromiseState.OPEN)),
            made=Count("pk", filter=Q(made_on__gt=since) & ~Q(state=PromiseState.CANCELLED)),
        )
    )
    return {case: (waiting, made) for case, waiting, made in rows}


def _terms(total: Decimal, counted: tuple[int, int], today: date, values: dict[str, Any]) -> Terms:
    most = max(total, Decimal("0.00"))
    return Terms(
        least=min(max(round_money(most * values[LEAST_SHARE.name] / 100), CENT), most),
        most=most,
        first_day=today,
        last_day=today + timedelta(days=values[MOST_DAYS_AHEAD.name]),
        open=counted[0],
        most_open=values[MOST_OPEN.name],
        made=counted[1],
        most_made=values[MOST_IN_WINDOW.name],
        window_days=values[WINDOW_DAYS.name],
        grace_days=values[GRACE_DAYS.name],
        tolerance=values[TOLERANCE.name],
        tolerance_share=values[TOLERANCE_SHARE.name],
    )


def problem_with(terms: Terms, *, amount: Decimal, due_on: date, excepted: bool) -> Problem | None:
    """The first thing that is wrong with a promise, or nothing. What may be excepted is passed over when it is."""
    found = (_problem_of_amount(terms, amount), _problem_of_day(terms, due_on), _problem_of_number(terms))
    return next((one for one in found if one is not None and not (excepted and one.may_override)), None)


def _problem_of_amount(terms: Terms, amount: Decimal) -> Problem | None:
    if amount != round_money(amount):
        return Problem("not_cents", "amount", _("金额最多两位小数"))
    if amount <= 0:
        return Problem("not_positive", "amount", _("承诺金额须大于 0"))
    if amount > terms.most:
        return Problem(
            "over_balance", "amount", _("承诺金额不能超过逾期总额 %(most)s 元") % {"most": f"{terms.most:,.2f}"}
        )
    if amount < terms.least:
        sentence = _("承诺金额至少 %(least)s 元；更低须组长或主管例外批准") % {"least": f"{terms.least:,.2f}"}
        return Problem("below_least", "amount", sentence, may_override=True)
    return None


def _problem_of_day(terms: Terms, due_on: date) -> Problem | None:
    if due_on < terms.first_day:
        return Problem("past_day", "due_on", _("还款日期不能早于今天（%(day)s）") % {"day": terms.first_day})
    if due_on > terms.last_day:
        sentence = _("还款日期最晚 %(day)s；更晚须组长或主管例外批准") % {"day": terms.last_day}
        return Problem("too_far", "due_on", sentence, may_override=True)
    return None


def _problem_of_number(terms: Terms) -> Problem | None:
    if terms.open >= terms.most_open:
        sentence = _("这个案件已有 %(open)s 个承诺等待还款，上限 %(most)s 个；再登记须组长或主管例外批准")
        counted = {"open": terms.open, "most": terms.most_open}
        return Problem("too_many_open", "", sentence % counted, may_override=True)
    if terms.made >= terms.most_made:
        sentence = _("这个案件近 %(days)s 天已承诺 %(made)s 次，上限 %(most)s 次；再登记须组长或主管例外批准")
        counted = {"days": terms.window_days, "made": terms.made, "most": terms.most_made}
        return Problem("too_many_made", "", sentence % counted, may_override=True)
    return None
