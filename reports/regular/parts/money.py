"""Money: what came in by day, what is beside it, and the share of the book that it is."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from reports.regular.facts.book import Book, StageSum
from reports.regular.facts.money import Beside, DayMoney, total
from reports.regular.paper import Chart, Column, Figure, Section, Series, Table, Text, rate


def money_section(
    days: list[DayMoney], *, first: date, last: date, month_days: list[DayMoney], aside: Beside, is_day: bool = False
) -> Section:
    """回款额 of `first` through `last`, and of the month so far: by day, as a sum of days."""
    amount, in_month = total(days), total(month_days)
    payments = sum(one.payments for one in days)
    shown = month_days if is_day else days
    running, rows = Decimal("0.00"), []
    for one in shown:
        running += one.amount
        rows.append([one.day, one.payments, one.amount, running])
    rows.append([None, sum(one.payments for one in shown), total(shown), None])
    sentence = (
        _("%(first)s 至 %(last)s 确认回款 %(amount)s 元（%(payments)s 笔）；本月累计 %(month)s 元。")
        if first != last
        else _("%(last)s 确认回款 %(amount)s 元（%(payments)s 笔）；本月累计 %(month)s 元。")
    )
    values = {
        "first": ("date", first), "last": ("date", last), "amount": ("money", amount), "month": ("money", in_month),
        "payments": ("integer", payments),
    }  # fmt: skip
    figures = [
        Figure("amount", _("当日回款") if is_day else _("期内回款"), amount, "money", "money_in"),
        Figure("month", _("本月累计回款"), in_month, "money", "money_in"),
        Figure("claimed", _("待确认（不计入）"), aside.claimed, "money"),
        Figure("unmatched", _("其中待匹配合同"), aside.unmatched, "money"),
        Figure("waived", _("已使用减免（不计入）"), aside.waived, "money"),
    ]
    charts = [
        Chart(
            "days", "bar", _("每日回款"), [one.day for one in shown], "date",
            [Series(_("确认回款"), [one.amount for one in shown], "money")], table="days",
        )
    ] if shown else []  # fmt: skip
    columns = [
        Column(_("还款日"), "date"), Column(_("笔数"), "integer"), Column(_("确认回款"), "money"),
        Column(_("累计"), "money"),
    ]  # fmt: skip
    return Section(
        "money",
        _("回款额"),
        lead=[Text(sentence, values)],  # type: ignore[arg-type]
        figures=figures,
        charts=charts,
        tables=[
            Table(
                "days", _("每日回款"), columns, rows if shown else [], has_total=bool(shown),
                empty=_("期内没有已确认的还款。"),
            )
        ],
    )  # fmt: skip


def recovery_section(start: Book, *, first: date) -> Section:
    """回收率 by stage: money of the debts in the book at the start ÷ what they owed then."""
    if not start.days:
        return Section("recovery", _("回收率"), lead=[Text(_("没有期初的账簿，算不出回收率。"))])
    whole = start.whole
    columns = [
        Column(_("期初阶段")), Column(_("期初件数"), "integer"), Column(_("期初逾期总额"), "money"),
        Column(_("期内回款"), "money"), Column(_("回收率"), "percent"), Column(_("有还款的件数"), "integer"),
    ]  # fmt: skip

    def row(label: str, line: StageSum) -> list[object]:
        return [label, line.count, line.total, line.paid, rate(line.paid, line.total), line.payers]

    rows = [row(str(stage.label), start.of(stage)) for stage in start.listed]
    rates = [rate(start.of(stage).paid, start.of(stage).total) for stage in start.listed]
    return Section(
        "recovery",
        _("回收率"),
        lead=[
            Text(
                _("期初账簿（%(day)s）逾期总额 %(total)s 元，这些借款自 %(first)s 起回款 %(paid)s 元，回收率 %(rate)s。"),
                {
                    "day": ("date", start.as_of), "total": ("money", whole.total), "paid": ("money", whole.paid),
                    "first": ("date", first), "rate": ("percent", rate(whole.paid, whole.total)),
                },
            )
        ],
        figures=[Figure("rate", _("回收率"), rate(whole.paid, whole.total), "percent", "recovery_rate")],
        charts=[
            Chart(
                "rates", "bar", _("按期初阶段的回收率"), [str(stage.label) for stage in start.listed], "word",
                [Series(_("回收率"), rates, "percent")], table="rates",
            )
        ],
        tables=[Table("rates", _("按期初阶段"), columns, [*rows, row(_("合计"), whole)], has_total=True)],
        notes=[Text(_("期初之后才逾期的借款不进分母，其还款也不在分子，因此期内回款可能多于此处的回款。"))],
    )  # fmt: skip
