"""What the gate refused, what was done all the same, and whether contacts were written down in time."""

# ruff: noqa: S608  statements are put together from constants of this package only

from django.utils.translation import gettext_lazy as _

from reports.kpis.asked import Answer, Question
from reports.kpis.contact import ACTED_DIMS
from reports.kpis.definitions import Definition, InForce, Unit, kpi_of
from reports.kpis.log import acted, kept_log, known_contact, local_day, midnight
from reports.kpis.rows import answer, grouped, rate

IN_PERIOD = f"""{{moment}} >= {midnight("%(first)s")} AND {{moment}} < {midnight("(%(as_of)s::date + 1)")}"""
_BY_ASKER = _("归发起联系的人及其小组；阶段、产品、地区按当日该案件的最新文件")


def decisions(question: Question) -> str:
    """Answers of the gate, by case, day and person. The gate does not write down for which agency somebody asked."""
    was_known = "AND g.decided_at <= %(known_by)s" if question.past else ""
    return f"""SELECT g.case_id, {local_day("g.decided_at")} AS day, g.actor_id, 'own' AS org,
                      count(*)::int AS asked, (count(*) FILTER (WHERE g.verdict = 'block'))::int AS refused, 0 AS overridden
               FROM compliance_gatedecision g
               WHERE {IN_PERIOD.format(moment="g.decided_at")} {was_known}
               GROUP BY 1, 2, 3"""


GATE_REFUSAL_RATE = Definition(
    name="gate_refusal_rate",
    label=_("联系拦截率"),
    unit=Unit.PERCENT,
    event=_("被拦截的联系判定"),
    population=_("全部联系判定"),
    grain=_("判定次数"),
    as_of=_("判定的当地日期"),
    window=_("期间首日至末日"),
    exclusions=_("没有经过判定、事后补录的联系"),
    attribution=_BY_ASKER,
    dims=ACTED_DIMS,
    counter="gate_override_rate",
)


@kpi_of(GATE_REFUSAL_RATE)
def gate_refusal_rate(question: Question, version: InForce) -> Answer:
    """Refusals ÷ questions to the gate."""
    if question.facts:
        ctes, parameters = kept_log(question, decisions, ("asked", "refused"))
    else:
        ctes, parameters = acted(question, decisions(question))
    select = {"refused": "sum(r.refused)", "asked": "sum(r.asked)"}
    found = grouped(question, ctes=ctes, select=select, source="acted r", relation="r", **parameters)
    return answer(version, question, found, rate("refused", "asked"))


GATE_OVERRIDE_RATE = Definition(
    name="gate_override_rate",
    label=_("拦截后仍联系率"),
    unit=Unit.PERCENT,
    event=_("未经判定而补录的呼出联系，其本人当日曾就同一案件、同一渠道被拦截，且拦截在补录之前"),
    population=_("被拦截的联系判定"),
    grain=_("联系次数 ÷ 拦截次数"),
    as_of=_("联系与判定的当地日期"),
    window=_("期间首日至末日"),
    exclusions=_("未拨出的、事后认定号码非本人的；机构自行上报的联系不经判定，不在其内"),
    attribution=_BY_ASKER,
    dims=ACTED_DIMS,
    higher_is_better=False,
)


def overridden(question: Question) -> str:
    """One row a contact told afterwards although the gate had refused the same person the same case and channel that day
    (the rule of agents/reviews/month_facts): row_id, case_id, day, actor_id, org."""
    counts, _told = known_contact(past=question.past)
    past_refusal = "AND g.decided_at <= %(known_by)s" if question.past else ""
    return f"""SELECT a.id AS row_id, a.case_id, {local_day("a.opened_at")} AS day, a.actor_id, 'own' AS org
        FROM compliance_contactattempt a
        JOIN (
            SELECT g.case_id, g.actor_id, g.channel, {local_day("g.decided_at")} AS day, min(g.decided_at) AS since
            FROM compliance_gatedecision g
            WHERE g.verdict = 'block' AND {IN_PERIOD.format(moment="g.decided_at")} {past_refusal}
            GROUP BY 1, 2, 3, 4
        ) g ON g.case_id = a.case_id AND g.actor_id = a.actor_id AND g.channel = a.channel
           AND g.day = {local_day("a.opened_at")} AND g.since <= a.closed_at
        WHERE {counts} AND a.gate_id IS NULL AND a.direction = 'out' AND {IN_PERIOD.format(moment="a.opened_at")}"""


@kpi_of(GATE_OVERRIDE_RATE)
def gate_override_rate(question: Question, version: InForce) -> Answer:
    """Contacts told afterwards in spite of a refusal ÷ refusals."""
    done = f"""{decisions(question)}
        UNION ALL
        SELECT o.case_id, o.day, o.actor_id, o.org, 0, 0, count(*)::int
        FROM ({overridden(question)}) o GROUP BY 1, 2, 3, 4"""
    ctes, parameters = acted(question, done)
    select = {"overridden": "sum(r.overridden)", "refused": "sum(r.refused)"}
    found = grouped(question, ctes=ctes, select=select, source="acted r", relation="r", **parameters)
    return answer(version, question, found, rate("overridden", "refused"))


NOTES_IN_TIME = Definition(
    name="notes_in_time",
    label=_("两小时内登记率"),
    unit=Unit.PERCENT,
    event=_("结束后两小时内登记了结果的联系"),
    population=_("已登记的联系，加上超过两小时仍未登记的"),
    grain=_("联系次数"),
    as_of=_("联系被允许或发生的当地日期"),
    window=_("期间首日至末日"),
    exclusions=_("未拨出的；机构上报的；两小时未到的"),
    attribution=_("归实际联系的人及其小组；阶段、产品、地区按当日该案件的最新文件"),
    dims=ACTED_DIMS,
    higher_is_better=True,
)


def notes(question: Question) -> str:
    """One row a contact of the lender's own people: row_id, case_id, day, actor_id, org, and `told`: in_time, late, untold,
    or NULL while it is not overdue. Misdirected ones were to be told about as well."""
    counts, told = known_contact(past=question.past)
    counts = counts.replace("NOT a.misdirected AND ", "")
    moment = "%(known_by)s::timestamptz" if question.past else "now()"
    # Of a contact that was open then, an end that came later is not known yet.
    over = f"coalesce(CASE WHEN a.ended_at <= {moment} THEN a.ended_at END, a.opened_at)"
    return f"""SELECT a.id AS row_id, a.case_id, {local_day("a.opened_at")} AS day, a.actor_id, a.org,
            CASE WHEN {told} AND a.late_minutes = 0 THEN 'in_time'
                 WHEN {told} AND a.late_minutes > 0 THEN 'late'
                 WHEN NOT {told} AND {over} < {moment} - interval '2 hours' THEN 'untold' END AS told
        FROM compliance_contactattempt a
        WHERE {counts} AND a.actor_id IS NOT NULL AND a.org = 'own' AND {IN_PERIOD.format(moment="a.opened_at")}"""


TOLD = ("in_time", "late", "untold")


def told_by_day(question: Question) -> str:
    """`notes`, added up by case, day and person."""
    sums = ", ".join(f"(count(*) FILTER (WHERE n.told = '{one}'))::int AS {one}" for one in TOLD)
    return f"SELECT n.case_id, n.day, n.actor_id, n.org, {sums} FROM ({notes(question)}) n GROUP BY 1, 2, 3, 4"


@kpi_of(NOTES_IN_TIME)
def notes_in_time(question: Question, version: InForce) -> Answer:
    """Contacts told about within two hours of their end ÷ those told about or overdue."""
    if question.facts:
        ctes, parameters = kept_log(question, told_by_day, TOLD)
    else:
        ctes, parameters = acted(question, told_by_day(question))
    select = {
        "in_time": "sum(r.in_time)",
        "to_tell": "sum(r.in_time + r.late + r.untold)",
        "late": "sum(r.late)",
        "untold": "sum(r.untold)",
    }
    found = grouped(question, ctes=ctes, select=select, source="acted r", relation="r", **parameters)
    return answer(version, question, found, rate("in_time", "to_tell", "late", "untold"))
