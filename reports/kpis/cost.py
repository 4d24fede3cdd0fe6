"""成本收入比 and 人均产出: what money costs, and what a person brings in a day."""

# ruff: noqa: S608  statements are put together from constants of this package only

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from agents.credit import Credit, credited
from agents.people.attendance import attendance
from cases import known
from cases.models import Desk, DeskKind
from collection_ops.core import clock
from reports.kpis.asked import Answer, Dim, Key, Line, Question
from reports.kpis.definitions import Definition, InForce, Unit, kpi_of
from reports.kpis.inputs import Entered, entered_for, months_of
from reports.kpis.rows import HOLDER, answer, grouped, rate
from reports.kpis.tally import tallied
from reports.models import OWN, OWN_COSTS, InputKind

COST_TO_COLLECT = Definition(
    name="cost_to_collect",
    label=_("成本收入比"),
    unit=Unit.PERCENT,
    event=_("期间各月录入的全部成本：自有团队的人员、坐席与场地、通信、法务、管理分摊，委外机构的佣金及其他"),
    population=_("期间内已确认的还款减去冲正"),
    grain=_("金额"),
    as_of=_("成本按所属月份；还款按还款日期"),
    window=_("期间应为整月，未满的月份仍计全月成本"),
    exclusions=_(
        "待确认与待匹配的还款；自有团队少录任何一项、机构少录佣金，则不给出比率，见missing：不含分摊的自有团队总是显得更便宜"
    ),
    attribution=_("还款归还款日零时持有案件的机构，其余归自有团队(机构一栏为空)"),
    dims=(Dim.AGENCY,),
    higher_is_better=False,
    counter="complaint_rate",
)


def held_by(question: Question) -> dict[str, str]:
    """CTE `held`: confirmed money of contracts in the period (payment, contract, day, amount) with the agency that held the
    case as the day began; empty: the own team."""
    narrowed = " WHERE m.agency = %(only_agency)s" if Dim.AGENCY in question.only else ""
    return {
        "paid": f"""SELECT m.* FROM ({known.money("first", "as_of", past=question.past)}) m
            WHERE m.status = 'confirmed' AND m.loan_id IS NOT NULL""",
        "held": f"""SELECT * FROM (
            SELECT m.id, m.loan_id, m.paid_on, m.amount, CASE WHEN d.kind = 'agency' THEN d.code ELSE '' END AS agency
            FROM paid m
            LEFT JOIN LATERAL (
                SELECT c.id FROM cases_case c WHERE c.loan_id = m.loan_id AND c.opened_on <= m.held_on
                ORDER BY c.opened_on DESC, c.episode DESC LIMIT 1
            ) c ON true
            {HOLDER.format(case="c.id", day="m.held_on")}
        ) m{narrowed}""",
    }


@kpi_of(COST_TO_COLLECT)
def cost_to_collect(question: Question, version: InForce) -> Answer:
    """All costs of the months ÷ confirmed money; the own team with its overheads beside each agency. No rate where an input
    is missing. Raises ValueError for one source of the book, whose costs nobody tells apart."""
    if question.source is not None or question.desks is not None:
        raise ValueError(f"{version.definition.name} is of the whole house")
    lines, total = grouped(
        question.narrowed(by=(Dim.AGENCY,)),
        ctes=held_by(question),
        select={"money": "sum(m.amount)"},
        source="held m",
        relation="m",
    )
    entered, months = entered_for(question), months_of(question)
    wanted = question.only.get(Dim.AGENCY)
    keys = {key for (key,) in lines} | {"" if org == OWN else org for org in entered.orgs} | {""}
    costs: dict[str, dict[str, Decimal]] = {}
    for key in sorted(keys):
        if wanted in (None, key):
            costs[key] = _costs(entered, months, key)
    nothing = {"money": Decimal(0)}
    found: dict[Key, dict[str, Decimal]] = {(key,): lines.get((key,), nothing) | cost for key, cost in costs.items()}
    whole = {str(name): sum((cost[name] for cost in costs.values()), Decimal(0)) for name in _NAMES}

    def line(key: Key, figures: Mapping[str, Decimal]) -> Line:
        parts = {str(name): figures[name] for name in (*_COSTS, "missing")}
        return Line(key, figures["cost"], figures["money"], parts, bool(figures["missing"]))

    return answer(version, question, (found if question.by else {}, {"money": total["money"], **whole}), line)


_COSTS = tuple(kind for kind in InputKind if kind != InputKind.AMOUNT_DUE)
_NAMES = (*_COSTS, "cost", "missing")


def _costs(entered: Entered, months: Sequence[date], key: str) -> dict[str, Decimal]:
    """Yuan by kind, their sum, and how many figures that are needed were not entered. `key`: an agency, or "" for the own
    team."""
    found = dict.fromkeys(map(str, _NAMES), Decimal(0))
    for month in months:
        for kind in _COSTS:
            yuan = entered.of(month, kind, org=key or OWN)
            found[kind] += yuan or 0
            found["cost"] += yuan or 0
            if yuan is None and kind in (OWN_COSTS if not key else (InputKind.AGENCY_FEE,)):
                found["missing"] += 1
    return found


MONEY_PER_HEAD = Definition(
    name="money_per_head",
    label=_("人日均回款"),
    unit=Unit.YUAN,
    event=_("记到个人名下的已确认还款减去冲正，含代管分成"),
    population=_("期间内催收员在岗的人日：按工作日历与班次，扣除已批准的休假；入职前、离职后不计"),
    grain=_("元 ÷ 人日"),
    as_of=_("还款日期"),
    window=_("期间首日至末日，不晚于查询当日"),
    exclusions=_("在案件池或机构的案件的还款；没有席位的人"),
    attribution=_("还款日零时持有案件的人；小组为席位现在的小组"),
    dims=(Dim.DESK, Dim.TEAM),
    higher_is_better=True,
    counter="complaint_rate",
)


_OF_DESK = {Dim.DESK: "code", Dim.TEAM: "unit"}


def desks_of_people(question: Question) -> QuerySet[Desk]:
    """Desks of collectors that the question asks for."""
    desks = Desk.objects.filter(kind=DeskKind.COLLECTOR, owner__isnull=False)
    if question.desks is not None:
        desks = desks.filter(pk__in=question.desks)
    for dim, value in question.only.items():
        desks = desks.filter(**{_OF_DESK[dim]: value})
    return desks


def credited_to(question: Question, owners: Collection[int]) -> list[Credit]:
    """Money of the period that is credited to these people. One query."""
    return credited(first=question.first, last=question.as_of, users=owners, known_by=question.known_by)


@kpi_of(MONEY_PER_HEAD)
def money_per_head(question: Question, version: InForce) -> Answer:
    """Confirmed money credited to people (agents/credit) ÷ days on which they were there (agents/people/attendance). Raises
    ValueError for one source of the book, of which nobody's days are told apart."""
    if question.source is not None:
        raise ValueError(f"{version.definition.name} is of the whole book")
    columns = [_OF_DESK[dim] for dim in question.by]
    owners = {owner: values for owner, *values in desks_of_people(question).values_list("owner", *columns)}
    last = min(question.as_of, clock.business_date(question.known_by or clock.now()))
    facts: list[tuple[Sequence[Any], dict[str, Decimal | int]]] = [
        (owners[credit.user_id], {"money": credit.amount}) for credit in credited_to(question, owners)
    ]
    days: dict[int, Decimal] = defaultdict(Decimal)
    for (owner, _day), part in attendance(owners, question.first, last).items():
        days[owner] += part
    facts += [(owners[owner], {"days": part, "people": int(part > 0)}) for owner, part in days.items()]
    return answer(
        version, question, tallied(question, facts, ("money", "days", "people")), rate("money", "days", "people")
    )
