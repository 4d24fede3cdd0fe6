"""The manager's dashboard: how the rates moved, where it is hot, how months pay back, own team and agencies, cost."""

from typing import Any

from django.utils.translation import gettext as _

from cases.names import agency_names
from collection_ops.core.money import ZERO
from collection_ops.core.tables import Column
from reports.dashboards.agencies import LEAST_DEBTS, Compared, Held, compare
from reports.dashboards.asking import months_to
from reports.dashboards.figures import rows_url
from reports.dashboards.page import Maker, Page
from reports.dashboards.tables import Chart, Table, cell_of, column_of, plain
from reports.kpis import Answer, catalogue
from reports.kpis.asked import STAGE_NAMES, Dim, Line

CAPABILITY = "reports.manage"
HEADLINES = ("recovery_rate", "roll_forward_rate", "complaint_rate")
COST = ("cost_to_collect", "money_per_head", "period_recovery", "closure_rate", "reactivation_rate", "upheld_rate")
TREND_MONTHS = 12
HEAT = ("recovery_rate", "roll_forward_rate")


def context(page: Page, *, heat: str) -> dict[str, Any]:
    if page.asked.newest is None:
        return {}
    compared = _compared(page)
    return {
        "headlines": [
            {"figure": figure, "trend": page.trend(name, months=TREND_MONTHS, kind="lines")}
            for name in HEADLINES
            if (figure := page.maker.figure(name)) is not None
        ],
        "cost": page.maker.figures(*COST),
        "heat": heat_chart(page, heat),
        "heat_name": heat,
        "heat_choices": [(name, catalogue()[name].label) for name in HEAT if name in catalogue()],
        "vintage": vintage_chart(page),
        "compared": compared,
        "compared_names": _names(compared),
        "compared_table": _compared_table(page, compared),
        "least": LEAST_DEBTS.on(page.asked.as_of),
    }


# Heat: product × stage -------------------------------------------------------------------------------------------------


def heat_of(text: str) -> str:
    """Which KPI the map shows; anything else is the first."""
    return text if text in HEAT else HEAT[0]


def heat_chart(page: Page, name: str) -> Chart | None:
    definition = catalogue()[name]
    told = page.asker.ask(name, page.asked.question(by=(Dim.PRODUCT, Dim.STAGE)))
    if told.answer is None or not told.answer.lines:
        return None
    table = _heat_table(page, told.answer)
    products = [str(row[0]) for row in table.rows]
    cells = [
        [column - 1, row, plain(told_cell.value), told_cell.url, told_cell.shown]
        for row, cells_of_row in enumerate(table.cells)
        for column, told_cell in enumerate(cells_of_row)
        if 0 < column <= len(STAGE_NAMES) and told_cell.value is not None
    ]
    data = {
        "x": list(STAGE_NAMES), "y": products, "cells": cells, "unit": str(definition.unit),
        "higher": definition.higher_is_better is not False, "name": str(definition.label),
    }  # fmt: skip
    label = _("%(label)s，产品与逾期阶段的热力图，数据见表") % {"label": definition.label}
    return Chart("heat", data, label, table)


def _heat_table(page: Page, answer: Answer) -> Table:
    definition = catalogue()[answer.name]
    by_key = {line.key: line for line in answer.lines}
    products = sorted({line.key[0] for line in answer.lines})
    rows, urls = [], {}
    for number, product in enumerate(products):
        cells: list[Any] = [product or _("未填产品")]
        for place, stage in enumerate(STAGE_NAMES, 1):
            line = by_key.get((product, stage))
            cells.append(cell_of(line.value, definition.unit) if line else None)
            if product and line is not None and line.denominator:
                urls[number, place] = rows_url(answer.name, page.asked, page.user, product=product, stage=stage)
        whole = _whole(answer.lines, product)
        cells.append(cell_of(whole.value, definition.unit))
        rows.append(cells)
    columns = [Column(_("产品")), *(column_of(stage, definition.unit) for stage in STAGE_NAMES)]
    columns.append(column_of(_("合计"), definition.unit))
    return Table(f"heat-{answer.name}", _("%(label)s：产品 × 阶段") % {"label": definition.label}, columns, rows, urls)


def _whole(lines: tuple[Line, ...], product: str) -> Line:
    """A product's rate is that of its sums, never the mean of its stages'. A debt has one stage, so sums may be added."""
    mine = [line for line in lines if line.key[0] == product]
    return Line(
        (product,),
        sum((line.numerator for line in mine), start=ZERO),
        sum((line.denominator or ZERO for line in mine), start=ZERO),
    )


# Vintage ---------------------------------------------------------------------------------------------------------------


def vintage_chart(page: Page) -> Chart | None:
    """Cumulative recovery of each month's debts by age; points that are not mature are dashed, and not to be compared."""
    if "vintage" not in catalogue():
        return None
    first = months_to(page.asked.as_of, TREND_MONTHS)[0][0]
    told = page.asker.ask("vintage", page.asked.question(first=first))
    if told.answer is None or not told.answer.lines:
        return None
    definition = catalogue()["vintage"]
    by_cohort: dict[str, dict[int, Line]] = {}
    for line in told.answer.lines:
        cohort, age = line.key[:2]
        by_cohort.setdefault(cohort, {})[int(age)] = line
    ages = sorted({age for lines in by_cohort.values() for age in lines})
    cohorts = sorted(by_cohort.items())
    urls = {
        (number, column): rows_url(
            "vintage", page.asked, page.user, **{"from": first.isoformat(), "cohort": cohort, "age": f"{age:02d}"}
        )
        for number, (cohort, lines) in enumerate(cohorts)
        for column, age in enumerate(ages, start=1)
        if age in lines
    }
    series = [
        {
            "name": cohort,
            "urls": [urls.get((number, column), "") for column in range(1, len(ages) + 1)],
            "values": [plain(lines[age].value) if age in lines else None for age in ages],
            "mature": [bool(lines[age].parts.get("mature", 1)) if age in lines else True for age in ages],
        }
        for number, (cohort, lines) in enumerate(cohorts)
    ]
    rows = [
        [
            cohort,
            *(cell_of(lines[age].value, definition.unit) if age in lines else None for age in ages),
            sum(1 for line in lines.values() if not line.parts.get("mature", 1)),
        ]
        for cohort, lines in cohorts
    ]
    table = Table(
        "vintage",
        definition.label,
        [
            Column(_("月份")),
            *(column_of(_("第 %(age)d 月") % {"age": age}, definition.unit) for age in ages),
            Column(_("未到期点数"), "integer"),
        ],
        rows,
        urls,
        note=_("每行末尾若干点尚未到期：还会变化，不与其他月份比较"),
    )
    labels = [_("第 %(age)d 月") % {"age": age} for age in ages]
    data = {"labels": labels, "unit": str(definition.unit), "series": series}
    return Chart("lines", data, _("各月新增逾期的累计回款，虚线为未到期，数据见表"), table)


# Own team against agencies ---------------------------------------------------------------------------------------------


def _compared(page: Page) -> list[Compared]:
    question = page.asked.question(by=(Dim.AGENCY, Dim.STAGE, Dim.PRODUCT))
    told = page.asker.ask("recovery_rate", question)
    if told.answer is None:
        return []
    held = [
        Held(
            party=line.key[0],
            stage=line.key[1],
            product=line.key[2],
            money=line.numerator,
            owed=line.denominator or ZERO,
            debts=int(line.parts["debts"]),
        )
        for line in told.answer.lines
        if line.parts["debts"]
    ]
    return compare(held, least=LEAST_DEBTS.on(page.asked.as_of))


def _names(compared: list[Compared]) -> dict[str, str]:
    return {"": _("自有团队"), **agency_names([one.party for one in compared if one.party])}


def _compared_table(page: Page, compared: list[Compared]) -> Table:
    names = _names(compared)
    columns = [
        Column(_("机构")), Column(_("名次"), "integer"), Column(_("合同数"), "integer"), Column(_("回款额"), "money"),
        Column(_("期初逾期总额"), "money"), Column(_("回款率"), "percent"), Column(_("同结构应回款"), "money"),
        Column(_("实际 ÷ 应回"), "percent"), Column(_("调整后回款率"), "percent"),
    ]  # fmt: skip
    rows = [
        [
            names.get(one.party, one.party), one.rank, one.debts, one.money, one.owed, one.rate, one.expected,
            one.index, one.adjusted,
        ]
        for one in compared
    ]  # fmt: skip
    urls = {
        (number, 2): rows_url("recovery_rate", page.asked, page.user, agency=one.party, part="denominator")
        for number, one in enumerate(compared)
        if one.party
    }
    note = _("应回款：按全部机构同一阶段与产品的回款率计算；少于 %(least)d 件的不排名") % {
        "least": LEAST_DEBTS.on(page.asked.as_of)
    }
    return Table("agencies", _("自有团队与委外机构"), columns, rows, urls, note)


def _trend(name: str) -> Maker:
    def make(page: Page) -> Table | None:
        chart = page.trend(name, months=TREND_MONTHS, kind="lines")
        return chart.table if chart else None

    return make


def _heat(name: str) -> Maker:
    def make(page: Page) -> Table | None:
        chart = heat_chart(page, name)
        return chart.table if chart else None

    return make


def _vintage(page: Page) -> Table | None:
    chart = vintage_chart(page)
    return chart.table if chart else None


TABLES: dict[str, Maker] = {
    **{f"trend-{name}": _trend(name) for name in HEADLINES},
    **{f"heat-{name}": _heat(name) for name in HEAT},
    "vintage": _vintage,
    "agencies": lambda page: _compared_table(page, _compared(page)),
    "figures": lambda page: page.figure_table(page.maker.figures(*HEADLINES, *COST)),
}
