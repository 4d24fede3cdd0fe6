"""入催率 and 当期回款率: what becomes overdue, of what fell due, and money against what is new."""

# ruff: noqa: S608  statements are put together from constants of this package only

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from cases import known
from cases.models import Source
from reports.kpis.asked import Answer, Dim, Key, Line, Question
from reports.kpis.definitions import Definition, InForce, Param, Unit, kpi_of
from reports.kpis.inputs import entered_for, months_of
from reports.kpis.rows import answer, files_between, grouped, rate, sent_files

ENTRY_RATE = Definition(
    name="entry_rate",
    label=_("入催率"),
    unit=Unit.PERCENT,
    event=_("应还日期在期间内、后来进入账簿的案件，取其首个文件中的逾期总额(余额为正者)"),
    population=_("期间内各月到期应还的金额，由人录入；账簿中没有这个数"),
    grain=_("金额"),
    as_of=_("应还日期"),
    window=_("期间应为整月，未满的月份分母仍为全月；期末之后%(within)s日内的文件才列出的也计入"),
    exclusions=_("应还日期早于期间的案件(例如首次导入的存量)，见older；节假日顺延与宽限期内的款项以文件是否列出为准"),
    attribution=_("按来源；任一月份未录入到期金额，则不给出比率，见missing"),
    dims=(Dim.SOURCE,),
    higher_is_better=False,
    params={"within": Param(_("期末后几日内列出"), 5, 0, 31, _("天"))},
)


def fell_due(question: Question, version: InForce) -> dict[str, str]:
    """CTE `fell_due`: the cases of the files of the period and a few days after it, as their first file has them, with the
    day on which they fell due and whether that was within the period (else before it: `older`)."""
    narrowed = "b.source_id = %(only_source)s" if Dim.SOURCE in question.only else "true"
    sent = files_between(question, question.first, question.as_of + timedelta(days=version["within"]))
    return {
        "fell_due": f"""SELECT b.*, greatest(b.total, 0) AS owed, b.as_of - b.days_past_due AS due_on,
                b.as_of - b.days_past_due BETWEEN %(first)s AND %(as_of)s AS in_period,
                b.as_of - b.days_past_due < %(first)s AND b.as_of <= %(as_of)s AS older
            FROM ({known.positions(sent, past=question.past, entering=True)}) b WHERE {narrowed}"""
    }


@kpi_of(ENTRY_RATE)
def entry_rate(question: Question, version: InForce) -> Answer:
    """Amount that fell due in the period and became overdue ÷ amount that fell due in it, as people entered it."""
    found = grouped(
        question,
        ctes=fell_due(question, version),
        select={
            "owed": "sum(b.owed) FILTER (WHERE b.in_period)",
            "cases": "count(*) FILTER (WHERE b.in_period)",
            "older": "sum(b.owed) FILTER (WHERE b.older)",
        },
        source="fell_due b",
        relation="b",
        hashed=True,
    )
    entered, months = entered_for(question), months_of(question)
    ids: Mapping[str, int] = dict(Source.objects.values_list("code", "pk"))

    def line(key: Key, figures: Mapping[str, Decimal]) -> Line:
        of = ids.get(key[0] if key else question.only.get(Dim.SOURCE, ""), question.source)
        due = [entered.due(month, of) for month in months]
        missing = due.count(None)
        parts = {"cases": figures["cases"], "older": figures["older"], "missing": Decimal(missing)}
        return Line(key, figures["owed"], sum((one or Decimal(0) for one in due), Decimal(0)), parts, missing > 0)

    return answer(version, question, found, line)


PERIOD_RECOVERY = Definition(
    name="period_recovery",
    label=_("当期回款率"),
    unit=Unit.PERCENT,
    event=_("期间内已确认的还款减去冲正，不论哪一期的债务"),
    population=_("同一期间内进入账簿的案件在首个文件中的逾期总额(余额为正者)"),
    grain=_("金额"),
    as_of=_("还款日期与入催日期"),
    window=_("期间首日至末日"),
    exclusions=_(
        "待确认还款。注意：分子与分母不是同一批案件，大量进件会压低、停止进件会抬高它，不能用来比较业绩；看回款率或入催月累计回款率"
    ),
    attribution=_("按来源"),
    dims=(Dim.SOURCE,),
    counter="recovery_rate",
)


@kpi_of(PERIOD_RECOVERY)
def period_recovery(question: Question, version: InForce) -> Answer:
    """Confirmed money of the period ÷ first balances of what entered in the period. Mixes cohorts: see its definition."""
    narrowed = " WHERE b.source_id = %(only_source)s" if Dim.SOURCE in question.only else ""
    found = grouped(
        question,
        ctes={
            "sides": f"""SELECT m.source_id, m.amount AS money, 0 AS owed
                FROM ({known.money("first", "as_of", past=question.past)}) m WHERE m.status = 'confirmed'
                UNION ALL
                SELECT e.source_id, 0, greatest(e.total, 0)
                FROM ({known.positions(sent_files(question), past=question.past, entering=True)}) e"""
        },
        select={"money": "sum(b.money)", "owed": "sum(b.owed)"},
        source=f"sides b{narrowed}",
        relation="b",
        hashed=True,
    )
    return answer(version, question, found, rate("money", "owed"))
