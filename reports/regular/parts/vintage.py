"""账龄曲线: what the cases of each month of entry had brought at each age. Gathers for itself, from the catalogue."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from reports.kpis import Answer, NoBook, Question, kpi
from reports.regular.paper import Chart, Column, Section, Series, Table, Text

COHORTS = 6
"""Months of entry, the one of the report included; as many ages."""


def vintage_section(*, month: date, last: date, known_by: datetime) -> Section:
    """Ages down, months of entry across. Only points at which the whole month of entry is that old: others still grow, and
    would make a younger month look worse."""
    first = month
    for _back in range(COHORTS - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    title = _("账龄曲线")
    try:
        answer = kpi("vintage", Question(as_of=last, first=first, known_by=known_by))
    except NoBook:
        return Section("vintage", title, lead=[Text(_("没有入催的案件。"))])
    rates = _mature(answer)
    cohorts = sorted({cohort for cohort, _age in rates})
    ages = [age for age in range(1, COHORTS + 1) if any((cohort, age) in rates for cohort in cohorts)]
    if not ages:
        return Section("vintage", title, lead=[Text(_("还没有一个入催月满一个月。"))])
    columns = [Column(_("满月数"), "integer"), *(Column(cohort, "percent") for cohort in cohorts)]
    rows = [[age, *(rates.get((cohort, age)) for cohort in cohorts)] for age in ages]
    series = [Series(cohort, [rates.get((cohort, age)) for age in ages], "percent") for cohort in cohorts]
    return Section(
        "vintage",
        title,
        lead=[Text(_("各入催月的案件自入催起累计回款，占其首个文件逾期总额的比例；只列已满月数的点。"))],
        charts=[Chart("curves", "line", _("按入催月的累计回款率"), ages, "integer", series, table="curves")],
        tables=[Table("curves", _("按入催月的累计回款率"), columns, rows)],
        notes=[Text(_("入催月之间只在相同的满月数上比较。"))],
    )


def _mature(answer: Answer) -> dict[tuple[str, int], Decimal]:
    """Rate by month of entry and age."""
    found = {}
    for line in answer.lines:
        cohort, age = line.key[0], int(line.key[1])
        if line.parts.get("mature") and line.value is not None and age <= COHORTS:
            found[cohort, age] = line.value
    return found
