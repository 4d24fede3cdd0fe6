"""Promises: how many talks bring one, and how many are kept, by number and by amount.

Whether a promise was kept is decided here anew, by the house's one rule (cases/services/promise_money: `allot`, `result_of`)
and from what was known at the moment asked for: its row is brought up to date in place and cannot say what it said then.
"""

# ruff: noqa: S608  statements are put together from constants of this package only

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from cases import known
from cases.models import PromiseState
from cases.services.promise_money import Due, Money, Result, allot, result_of
from collection_ops.core import clock
from collection_ops.core.money import ZERO
from reports.kpis.asked import Answer, Dim, Question
from reports.kpis.contact import ACTED_DIMS
from reports.kpis.definitions import Definition, InForce, Unit, kpi_of
from reports.kpis.log import acted, known_contact, local_day, midnight
from reports.kpis.rows import COLUMNS, HOLDER, answer, conditions, grouped, parameters, rate
from reports.kpis.tally import tallied

PROMISE_RATE = Definition(
    name="promise_rate",
    label=_("承诺率"),
    unit=Unit.PERCENT,
    event=_("本人接听的电话中，登记了有金额、有日期的承诺的；同一通电话的多个承诺只计一次"),
    population=_("本人接听的电话(RPC)，呼出"),
    grain=_("电话"),
    as_of=_("联系开始的当地日期"),
    window=_("期间首日至末日"),
    exclusions=_("没有日期的口头表示；不是在电话中登记的承诺；后来取消的承诺仍计入，因为当时给出了"),
    attribution=_("承诺归同一人当日此前与同一客户最近的一通本人电话；席位、小组、机构按实际联系的人"),
    dims=ACTED_DIMS,
    higher_is_better=True,
    counter="kept_rate_count",
)


def talks(question: Question) -> str:
    """One row a call out that the debtor answered: row_id, case_id, day, actor_id, org, and how many `promises` it gave. A
    promise is given to the last such call of the same person with the same debtor on the day, before it was written down."""
    counts, told = known_contact(past=question.past)
    in_period = f"""a.started_at >= {midnight("%(first)s")} AND a.started_at < {midnight("(%(as_of)s::date + 1)")}"""
    talked = f"""{counts} AND {told} AND a.direction = 'out' AND a.channel = 'call' AND a.result = 'right_party'
        AND {in_period}"""
    was_known = "AND p.made_at <= %(known_by)s" if question.past else ""
    return f"""SELECT a.id AS row_id, a.case_id, {local_day("a.started_at")} AS day, a.actor_id, a.org,
                      coalesce(g.promises, 0) AS promises
            FROM compliance_contactattempt a
            LEFT JOIN (
                SELECT t.id, count(*) AS promises
                FROM cases_promise p JOIN cases_case c ON c.id = p.case_id JOIN cases_loan l ON l.id = c.loan_id
                JOIN LATERAL (
                    SELECT a.id FROM compliance_contactattempt a
                    WHERE a.debtor_id = l.debtor_id AND a.actor_id IS NOT DISTINCT FROM p.made_by_id AND {talked}
                      AND {local_day("a.started_at")} = p.made_on AND a.started_at <= p.made_at
                    ORDER BY a.started_at DESC, a.id DESC LIMIT 1
                ) t ON true
                WHERE p.made_on BETWEEN %(first)s AND %(as_of)s {was_known}
                GROUP BY 1
            ) g ON g.id = a.id
            WHERE {talked}"""


@kpi_of(PROMISE_RATE)
def promise_rate(question: Question, version: InForce) -> Answer:
    """Calls with the debtor that gave a dated promise ÷ calls with the debtor."""
    done = f"""SELECT a.case_id, a.day, a.actor_id, a.org, count(*) AS talks, sum(a.promises) AS promises,
            count(*) FILTER (WHERE a.promises > 0) AS with_promise
        FROM ({talks(question)}) a GROUP BY 1, 2, 3, 4"""
    ctes, more = acted(question, done)
    select = {name: f"sum(r.{name})" for name in ("with_promise", "talks", "promises")}
    found = grouped(question, ctes=ctes, select=select, source="acted r", relation="r", **more)
    return answer(version, question, found, rate("with_promise", "talks", "promises"))


@dataclass(frozen=True)
class Judged:
    """A promise due in the period with what it has come to; `values` of the question's dimensions. Yuan."""

    promise: Due
    amount: Decimal
    stage: int
    result: Result
    values: Sequence[Any]

    @property
    def is_decided(self) -> bool:
        return self.result.state in DECIDED

    @property
    def paid(self) -> Decimal:
        """Of what came in at most what was promised."""
        return min(self.result.paid, self.amount)


_PROMISES = """
    SELECT p.id, c.loan_id, p.made_on, p.due_on, p.counts_until, p.enough, p.amount, p.stage,
           p.cancelled_at {moment} AS taken_back, e.closed_on,
           p.due_on BETWEEN %(first)s AND %(as_of)s AND ({wanted}) {columns}
    FROM cases_promise p
    JOIN cases_case c ON c.id = p.case_id
    JOIN cases_loan l ON l.id = c.loan_id
    LEFT JOIN ({endings}) e ON e.case_id = c.id
    {desks}
    WHERE {known} AND (%(source)s::bigint IS NULL OR l.source_id = %(source)s) AND c.loan_id IN (
        SELECT c.loan_id FROM cases_promise p JOIN cases_case c ON c.id = p.case_id
        WHERE p.due_on BETWEEN %(first)s AND %(as_of)s AND {known}
    )
    ORDER BY p.id
"""
# Whoever took the promise down; of one that nobody of the lender did, whoever held the case that day.
_TAKEN_BY = """LEFT JOIN cases_desk m ON m.owner_id = p.made_by_id
    {holder}
    LEFT JOIN cases_desk t ON t.id = coalesce(m.id, h.desk_id)"""


def judged(question: Question) -> Iterator[Judged]:
    """The promises due in the period as they were known. Two queries, whatever there is."""
    day = clock.business_date(question.known_by or clock.now())
    asked = parameters(question, far=day)
    promises: list[tuple[Due, Decimal, int, bool, bool, Sequence[Any]]] = []
    by_loan: dict[int, list[Due]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_promises(question), asked)
        for pk, loan, made, due, until, enough, amount, stage, taken_back, closed, wanted, *values in cursor.fetchall():
            promise = Due(pk, loan, made, due, until, enough, closed)
            promises.append((promise, amount, stage, taken_back, wanted, values))
            if not taken_back:
                by_loan[loan].append(promise)
    money = _money(question, by_loan, day)
    given: dict[int, list[Money]] = {}
    for loan, some in by_loan.items():
        given |= allot(some, money[loan])
    for promise, amount, stage, taken_back, wanted, values in promises:
        if not wanted:
            continue
        if taken_back:
            result = Result(PromiseState.CANCELLED, ZERO, None)
        else:
            result = result_of(promise, given[promise.pk], day=day)
        yield Judged(promise, amount, stage, result, values)


def _promises(question: Question) -> str:
    asks_desks = bool(question.wanted & {Dim.DESK, Dim.TEAM, Dim.AGENCY}) or question.desks is not None
    columns = {
        Dim.STAGE: "p.stage",
        Dim.PRODUCT: known.name_of("product", loan="l.id", now="l", past=question.past),
        Dim.REGION: known.name_of("region", loan="l.id", now="l", past=question.past),
        Dim.SOURCE: "l.source_id",
        Dim.DESK: "coalesce(t.code, '')",
        Dim.TEAM: "coalesce(t.unit, '')",
        Dim.AGENCY: "CASE WHEN t.kind = 'agency' THEN t.code ELSE '' END",
    }
    wanted = conditions(question, "p")
    for dim, column in columns.items():
        wanted = wanted.replace(f"{COLUMNS[dim].format(r='p')} =", f"{column} =")
    holder = HOLDER.format(case="c.id", day="p.made_on")
    return _PROMISES.format(
        moment="<= %(known_by)s" if question.past else "IS NOT NULL",
        wanted=wanted.replace("p.desk_id", "t.id"),
        columns="".join(f", {columns[dim]}" for dim in question.by),
        endings=known.endings("far", past=question.past),
        desks=_TAKEN_BY.format(holder=holder) if asks_desks else "",
        known="p.made_at <= %(known_by)s" if question.past else "true",
    )


def _money(question: Question, by_loan: dict[int, list[Due]], day: date) -> dict[int, list[Money]]:
    """Confirmed money of these contracts that was not taken back, as known, from the first promise on."""
    found: dict[int, list[Money]] = defaultdict(list)
    if not by_loan:
        return found
    began = min(promise.made_on for some in by_loan.values() for promise in some)
    # Far enough to know of a reversal after the last day of grace.
    asked = parameters(question, began=began, far=max(day, question.as_of) + timedelta(days=1), loans=list(by_loan))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH money AS ({known.money("began", "far", past=question.past)})
                SELECT m.id, m.loan_id, m.paid_on, m.amount FROM money m
                WHERE m.status = 'confirmed' AND m.loan_id = ANY(%(loans)s) AND m.reversal_of_id IS NULL
                  AND NOT EXISTS (SELECT FROM money b WHERE b.reversal_of_id = m.id)
                ORDER BY m.paid_on, m.id""",
            asked,
        )
        for pk, loan, paid_on, amount in cursor.fetchall():
            found[loan].append(Money(pk, loan, paid_on, amount))
    return found


_DUE = _("还款日期在期间内、且已有结果的承诺：已兑现、部分兑现、未兑现")
_KEPT_RULE = _(
    "承诺日至宽限截止日之间确认到账的还款；一笔还款只计给一个承诺，先到期者先得；达到登记时定下的金额即为兑现"
)
_NOT_COUNTED = _("未到宽限截止日、尚无结果的，以及已取消的(含到期前案件已结束的)，均不计入，另列；减免不是还款")
_WHOSE = _("归登记承诺的人；机构登记的归当日持有案件的席位；阶段为承诺时的阶段")
DECIDED = ("kept", "part_kept", "broken")
STATES = (*DECIDED, "open", "cancelled")

KEPT_RATE_COUNT = Definition(
    name="kept_rate_count",
    label=_("承诺兑现率(件数)"),
    unit=Unit.PERCENT,
    event=_("已兑现的承诺"),
    population=_DUE,
    grain=_("承诺件数"),
    as_of=_("还款日期；结果按查询时已知的还款"),
    window=_KEPT_RULE,
    exclusions=_NOT_COUNTED,
    attribution=_WHOSE,
    dims=ACTED_DIMS,
    higher_is_better=True,
    counter="promise_rate",
)


@kpi_of(KEPT_RATE_COUNT)
def kept_rate_count(question: Question, version: InForce) -> Answer:
    """Promises kept ÷ promises that fell due in the period and are decided."""
    facts = ((one.values, {str(one.result.state): 1, "due": int(one.is_decided)}) for one in judged(question))
    found = tallied(question, facts, (*STATES, "due"))
    return answer(version, question, found, rate("kept", "due", *STATES[1:]))


KEPT_RATE_AMOUNT = Definition(
    name="kept_rate_amount",
    label=_("承诺兑现率(金额)"),
    unit=Unit.PERCENT,
    event=_("各承诺已计入的还款，以承诺金额为限"),
    population=_DUE,
    grain=_("承诺金额"),
    as_of=_("还款日期；结果按查询时已知的还款"),
    window=_KEPT_RULE,
    exclusions=_NOT_COUNTED,
    attribution=_WHOSE,
    dims=ACTED_DIMS,
    higher_is_better=True,
    counter="promise_rate",
)


@kpi_of(KEPT_RATE_AMOUNT)
def kept_rate_amount(question: Question, version: InForce) -> Answer:
    """Money counted for the promises due in the period, of each at most what was promised ÷ what was promised. Yuan."""

    def figures(one: Judged) -> dict[str, Decimal | int]:
        if not one.is_decided:
            return {f"{one.result.state}_promised": one.amount}
        return {"paid": one.paid, "promised": one.amount, "promises": 1}

    found = tallied(
        question,
        ((one.values, figures(one)) for one in judged(question)),
        ("paid", "promised", "promises", "open_promised", "cancelled_promised"),
    )
    return answer(version, question, found, rate("paid", "promised", "promises", "open_promised", "cancelled_promised"))
