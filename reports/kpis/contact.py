"""Contact: 覆盖率, 渗透率, 接通率, RPC with its three denominators, 有效沟通率."""

# ruff: noqa: S608  statements are put together from constants of this package only

from typing import Any

from django.utils.translation import gettext_lazy as _

from cases import known
from reports.kpis.asked import Answer, Dim, Question
from reports.kpis.definitions import Definition, InForce, Param, Unit, kpi_of
from reports.kpis.log import (
    ANSWERED,
    HANDS,
    TALKS,
    acted,
    by_case_and_day,
    contacts,
    days_of_book,
    kept_log,
    midnight,
    quoted,
)
from reports.kpis.rows import DESK_COLUMNS, ON_DESKS, answer, conditions, grouped, rate

ACTED_DIMS = (Dim.STAGE, Dim.PRODUCT, Dim.REGION, Dim.SOURCE, Dim.DESK, Dim.TEAM, Dim.AGENCY)
REFUSED_TO_TALK = ("HANG_UP", "REJECTED")
"""Result codes of somebody who would not talk. «Refuses to pay» is talk."""

_BY_ACTOR = _("归实际联系的人：本人席位与小组，机构的联系归该机构；阶段、产品、地区按联系当日该案件的最新文件")
_WHEN = _("联系开始的当地日期；期末之后才登记的结果也计入")
_WITHIN = _("期间首日至末日")
_LEFT_OUT = _("未拨出的、事后认定号码非本人的、呼入的")


DIALLED = "a.result <> ''"
ANSWERED_CALL = f"a.result IN ({quoted(ANSWERED)})"
RIGHT_PARTY = "a.result = 'right_party'"
CALLS = {
    "dialled": DIALLED,
    "answered": ANSWERED_CALL,
    "voicemail": "a.result = 'voicemail'",
    "open_calls": "a.result = ''",
    "rpc": RIGHT_PARTY,
}
"""What is counted of calls out, for the daily facts and the rates of calls."""
CALLS_OUT = "a.direction = 'out' AND a.channel = 'call'"
TRIES = f"a.direction = 'out' AND a.channel IN ({quoted(TALKS)})"
"""Calls and visits, whether or not anybody answered."""


def _acted(
    version: InForce,
    question: Question,
    counted: dict[str, str],
    select: dict[str, str],
    shown: tuple[str, ...],
    *,
    only: str = CALLS_OUT,
    **more: Any,
) -> Answer:
    """One statement: contacts of the period, added up, told apart by who made them. `shown`: above, below, parts."""

    def done(of: Question) -> str:
        return by_case_and_day(contacts(of, only=only, details="seconds" in more), counted)

    if question.facts:
        ctes, parameters = kept_log(question, done, list(counted))
    else:
        ctes, parameters = acted(question, done(question))
    found = grouped(question, ctes=ctes, select=select, source="acted r", relation="r", **parameters, **more)
    return answer(version, question, found, rate(*shown))


COVERAGE = Definition(
    name="coverage",
    label=_("覆盖率"),
    unit=Unit.PERCENT,
    event=_("当日至少有一次电话或外访(呼出，不论是否接通)的在手案件；只发过消息的另列"),
    population=_("期间内每个工作日开始时的在手案件：此前各来源最新文件列出、当时尚未结案；各日相加"),
    grain=_("案件·日"),
    as_of=_("每日零时"),
    window=_WITHIN,
    exclusions=_("当日才进入账簿的案件；非工作日；没有账簿的日子；未拨出与号码非本人的联系"),
    attribution=_("按当日零时的持有人，此前无人持有则为首个持有人；中午转手的案件只计一次；不论由谁联系"),
    dims=ACTED_DIMS,
    higher_is_better=True,
    counter="complaint_rate",
)


def days_in_hand(question: Question) -> tuple[dict[str, str], dict[str, Any]]:
    """CTEs up to `in_hand`: a row a business day and case in hand as it began (`day`, and the columns of the book), with
    `talked`: called or visited that day; false: only sent messages; NULL: neither. And what `grouped` is told besides."""
    ctes, parameters = days_of_book(question, before=True)
    columns, holder = "", ""
    if question.wanted & ON_DESKS:
        ctes["hands"] = HANDS
        columns = f", {DESK_COLUMNS}"
        holder = f"""LEFT JOIN hands h ON h.case_id = b.case_id
                AND {midnight("b.day")} >= h.since AND {midnight("b.day")} < h.until
            LEFT JOIN cases_desk d ON d.id = h.desk_id"""
    ctes["ended"] = known.endings("as_of", past=question.past)
    ctes["tried"] = f"""SELECT a.case_id, a.day, bool_or(a.channel IN ({quoted(TALKS)})) AS talked
        FROM ({contacts(question, only="a.direction = 'out'")}) a GROUP BY 1, 2"""
    ctes["in_hand"] = f"""SELECT x.*, t.talked FROM (
            SELECT b.* {columns} FROM book b {holder}
            WHERE NOT EXISTS (SELECT FROM ended e WHERE e.case_id = b.case_id AND e.closed_on < b.day)
        ) x LEFT JOIN tried t ON t.case_id = x.case_id AND t.day = x.day WHERE {conditions(question, "x")}"""
    return ctes, parameters


@kpi_of(COVERAGE)
def coverage(question: Question, version: InForce) -> Answer:
    """Cases in hand as a business day began with a call or a visit that day ÷ cases in hand then, over the days."""
    ctes, parameters = days_in_hand(question)
    select = {
        "covered": "count(*) FILTER (WHERE i.talked)",
        "in_hand": "count(*)",
        "messaged": "count(*) FILTER (WHERE NOT i.talked)",
        "days": "count(DISTINCT i.day)",
    }
    found = grouped(question, ctes=ctes, select=select, source="in_hand i", relation="i", **parameters)
    return answer(version, question, found, rate("covered", "in_hand", "messaged", "days"))


PENETRATION = Definition(
    name="penetration",
    label=_("渗透率"),
    unit=Unit.TIMES,
    event=_("电话与外访的次数(呼出)，不论是否接通"),
    population=_("期间内至少联系过一次的案件"),
    grain=_("次数 ÷ 案件，案件不重复"),
    as_of=_WHEN,
    window=_WITHIN,
    exclusions=_LEFT_OUT,
    attribution=_BY_ACTOR,
    dims=ACTED_DIMS,
    # High is not good: the rules limit attempts.
    higher_is_better=None,
    counter="complaint_rate",
)


@kpi_of(PENETRATION)
def penetration(question: Question, version: InForce) -> Answer:
    """Calls and visits ÷ different cases that were called or visited."""
    return _acted(
        version,
        question,
        {"attempts": "true"},
        {"attempts": "sum(r.attempts)", "cases": "count(DISTINCT r.case_id)"},
        ("attempts", "cases"),
        only=TRIES,
    )


CONNECT_RATE = Definition(
    name="connect_rate",
    label=_("接通率"),
    unit=Unit.PERCENT,
    event=_("有人接听的电话，不论是谁；语音信箱与系统语音不是接听"),
    population=_("拨出且已登记结果的电话"),
    grain=_("电话"),
    as_of=_WHEN,
    window=_WITHIN,
    exclusions=_("未拨出的、事后认定号码非本人的、呼入的；尚未登记结果的另列"),
    attribution=_BY_ACTOR,
    dims=ACTED_DIMS,
    higher_is_better=True,
    counter="gate_override_rate",
)


@kpi_of(CONNECT_RATE)
def connect_rate(question: Question, version: InForce) -> Answer:
    """Calls that a person answered ÷ calls dialled."""
    return _acted(
        version,
        question,
        CALLS,
        {name: f"sum(r.{name})" for name in ("answered", "dialled", "voicemail")} | {"open": "sum(r.open_calls)"},
        ("answered", "dialled", "voicemail", "open"),
    )


def _rpc(name: str, label: Any, event: Any, population: Any, grain: Any) -> Definition:
    return Definition(
        name=name,
        label=label,
        unit=Unit.PERCENT,
        event=event,
        population=population,
        grain=grain,
        as_of=_WHEN,
        window=_WITHIN,
        exclusions=_LEFT_OUT,
        attribution=_BY_ACTOR,
        dims=ACTED_DIMS,
        higher_is_better=True,
        counter="complaint_rate",
    )


_RIGHT_PARTY = _("本人接听的电话(RPC)")
RPC_PER_DIALLED = _rpc("rpc_per_dialled", _("RPC率(÷拨打电话)"), _RIGHT_PARTY, _("拨出且已登记结果的电话"), _("电话"))
RPC_PER_ANSWERED = _rpc(
    "rpc_per_answered", _("RPC率(÷接通电话)"), _RIGHT_PARTY, _("有人接听的电话，不论是谁"), _("电话")
)
RPC_PER_REACHED = _rpc(
    "rpc_per_reached",
    _("RPC率(÷接通客户)"),
    _("本人至少接听过一次的客户"),
    _("至少有一次电话有人接听的客户"),
    _("客户，不重复"),
)


@kpi_of(RPC_PER_DIALLED)
def rpc_per_dialled(question: Question, version: InForce) -> Answer:
    """Calls that the debtor answered ÷ calls dialled."""
    select = {name: f"sum(r.{name})" for name in ("rpc", "dialled")}
    return _acted(version, question, CALLS, select, ("rpc", "dialled"))


@kpi_of(RPC_PER_ANSWERED)
def rpc_per_answered(question: Question, version: InForce) -> Answer:
    """Calls that the debtor answered ÷ calls that anybody answered."""
    select = {name: f"sum(r.{name})" for name in ("rpc", "answered")}
    return _acted(version, question, CALLS, select, ("rpc", "answered"))


@kpi_of(RPC_PER_REACHED)
def rpc_per_reached(question: Question, version: InForce) -> Answer:
    """Debtors who answered themselves ÷ debtors of whom anybody was reached by telephone; each once."""
    select = {
        "rpc_people": "count(DISTINCT r.debtor_id) FILTER (WHERE r.rpc > 0)",
        "reached_people": "count(DISTINCT r.debtor_id) FILTER (WHERE r.answered > 0)",
    }
    return _acted(version, question, CALLS, select, ("rpc_people", "reached_people"))


EFFECTIVE_TALK_RATE = Definition(
    name="effective_talk_rate",
    label=_("有效沟通率"),
    unit=Unit.PERCENT,
    event=_("本人接听、通话不少于%(seconds)s秒、且结果码不是拒绝交谈的电话"),
    population=_("本人接听的电话(RPC)"),
    grain=_("电话"),
    as_of=_WHEN,
    window=_WITHIN,
    exclusions=_("未拨出的、事后认定号码非本人的、呼入的；通话过短、时长不详、没有结果码的不算有效，另列"),
    attribution=_BY_ACTOR,
    dims=ACTED_DIMS,
    higher_is_better=True,
    counter="complaint_rate",
    params={"seconds": Param(_("最短通话时长"), 10, 1, 600, _("秒"))},
)


_CODED = f"a.code IS NOT NULL AND a.code NOT IN ({quoted(REFUSED_TO_TALK)}) AND a.reached = 'debtor'"
OF_TALKS = {
    "rpc": RIGHT_PARTY,
    "effective": f"{RIGHT_PARTY} AND a.seconds >= %(seconds)s AND {_CODED}",
    "too_short": f"{RIGHT_PARTY} AND a.seconds < %(seconds)s",
    "unknown_length": f"{RIGHT_PARTY} AND a.seconds IS NULL",
    "no_code": f"{RIGHT_PARTY} AND a.seconds >= %(seconds)s AND NOT coalesce({_CODED}, false)",
}
"""What is counted of calls out with their details; `seconds` of the definition is a parameter."""


@kpi_of(EFFECTIVE_TALK_RATE)
def effective_talk_rate(question: Question, version: InForce) -> Answer:
    """Talks with the debtor that lasted long enough and came to something ÷ calls that the debtor answered."""
    shown = ("effective", "rpc", "too_short", "unknown_length", "no_code")
    select = {name: f"sum(r.{name})" for name in shown}
    return _acted(version, question, OF_TALKS, select, shown, seconds=version["seconds"])
