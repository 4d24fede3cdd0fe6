"""Money: 回款率 of a book, all in and of the principal, money received, money that waits for its contract."""

# ruff: noqa: S608  statements are put together from constants only

from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.allocation import MONEY_IN_PARTS, MONEY_IN_PARTS_THEN
from reports.kpis.asked import Answer, Dim, Question
from reports.kpis.definitions import Definition, InForce, Unit, kpi_of
from reports.kpis.relations import MONEY_MEASURES, counted, paid_in, recovered
from reports.kpis.rows import amount, answer, base, days_of, grouped, opening_files, rate

BOOK_DIMS = (Dim.STAGE, Dim.PRODUCT, Dim.REGION, Dim.SOURCE, Dim.DESK, Dim.TEAM, Dim.AGENCY)

RECOVERY_RATE = Definition(
    name="recovery_rate",
    label=_("回款率"),
    unit=Unit.PERCENT,
    event=_("期间内已确认的还款减去冲正，按还款日期计；减免不是还款，另列"),
    population=_("期初账簿：期间开始前一日各来源最新文件列出的合同，取其余额为正者的逾期总额"),
    grain=_("金额；合同不重复"),
    as_of=_("余额取期初账簿当日；还款截至期末"),
    window=_("期间首日至末日，含首末两日"),
    exclusions=_("待确认还款、待匹配还款、期间内才进入账簿的合同；余额为零或负的合同不进分母，其还款仍计入分子"),
    attribution=_("阶段、产品、地区按期初账簿；席位按期初账簿次日的持有人(日初持有人；在案件池者为当日首个领案席位)"),
    dims=BOOK_DIMS,
    higher_is_better=True,
    counter="complaint_rate",
)


@kpi_of(RECOVERY_RATE)
def recovery_rate(question: Question, version: InForce) -> Answer:
    """Confirmed money that the debts of the opening book paid in the period ÷ their positive balances at the opening."""
    select = {
        "money": "sum(x.money)",
        "owed": "sum(x.positive)",
        "owed_all": "sum(x.total)",
        "debts": "sum(x.debts)",
    }
    if not question.facts:  # who paid twice is one payer: nothing that days could be added up to
        select["payers"] = "sum(x.payers)"
    found = counted(question, recovered(question), select)
    return answer(
        version, question, found, rate("money", "owed", *list(select)[2:]), files=days_of(opening_files(question))
    )


RECOVERY_RATE_PRINCIPAL = Definition(
    name="recovery_rate_principal",
    label=_("本金回款率"),
    unit=Unit.PERCENT,
    event=_("期间内已确认的还款中抵充本金的部分，减去冲正；抵充次序按来源约定，与案件档案所示相同"),
    population=_("期初账簿：期间开始前一日各来源最新文件列出的合同，取其本金为正者的本金"),
    grain=_("本金金额；全部回款另列"),
    as_of=_("本金取期初账簿当日；还款截至期末"),
    window=_("期间首日至末日，含首末两日"),
    exclusions=_("抵充费用、利息、违约金的部分和超出欠款的部分；待确认、待匹配还款。已撤销导入的头寸不再作抵充的依据"),
    attribution=_("按期初账簿的阶段、产品、地区；席位按期初账簿次日的持有人"),
    dims=BOOK_DIMS,
    higher_is_better=True,
    counter="recovery_rate",
)


def money_in_parts(question: Question) -> tuple[str, dict[str, Any]]:
    """The statement of cases/allocation.py for the period, and its parameters besides those of the question."""
    return MONEY_IN_PARTS_THEN if question.past else MONEY_IN_PARTS, {"last": question.as_of, "loans": None}


@kpi_of(RECOVERY_RATE_PRINCIPAL)
def recovery_rate_principal(question: Question, version: InForce) -> Answer:
    """What the debts of the opening book paid of their principal in the period ÷ their principal at the opening.

    The parts of a payment are those of cases/allocation.py, the same that a record shows.
    """
    in_parts, more = money_in_parts(question)
    found = grouped(
        question,
        ctes={
            "base": base(question),
            "parts": f"""SELECT loan_id, sum(principal) AS principal, sum(amount) AS amount
                FROM ({in_parts}) p GROUP BY 1""",
        },
        select={
            "principal": "sum(p.principal)",
            "owed": "sum(greatest(b.principal, 0))",
            "money": "sum(p.amount)",
            "debts": "count(*)",
        },
        source="base b LEFT JOIN parts p ON p.loan_id = b.loan_id",
        relation="b",
        **more,
    )
    return answer(
        version, question, found, rate("principal", "owed", "money", "debts"), files=days_of(opening_files(question))
    )


MONEY_IN = Definition(
    name="money_in",
    label=_("回款额"),
    unit=Unit.YUAN,
    event=_("期间内已确认的还款减去冲正；待确认还款另列"),
    population=_("全部还款，含待匹配合同的还款"),
    grain=_("金额"),
    as_of=_("截至期末"),
    window=_("期间首日至末日，按还款日期"),
    exclusions=_("减免不是还款"),
    attribution=_("按还款所属来源"),
    dims=(Dim.SOURCE,),
    higher_is_better=True,
    counter="complaint_rate",
)


@kpi_of(MONEY_IN)
def money_in(question: Question, version: InForce) -> Answer:
    """Confirmed money of the period, whoever's; beside it what is claimed only, what was taken back, what waits."""
    found = counted(question, paid_in(question), {name: f"sum(x.{name})" for name in MONEY_MEASURES})
    return answer(version, question, found, amount("money", "claimed", "taken_back", "waiting", "payments"))


UNMATCHED_MONEY = Definition(
    name="unmatched_money",
    label=_("待匹配还款"),
    unit=Unit.YUAN,
    event=_("期间内已确认、合同不在账簿中的还款减去冲正"),
    population=_("期间内全部已确认还款"),
    grain=_("金额与笔数"),
    as_of=_("截至期末"),
    window=_("期间首日至末日，按还款日期"),
    exclusions=_("后来匹配到合同的还款，自匹配之时起不再计入"),
    attribution=_("按还款所属来源"),
    dims=(Dim.SOURCE,),
    higher_is_better=False,
)


@kpi_of(UNMATCHED_MONEY)
def unmatched_money(question: Question, version: InForce) -> Answer:
    """Confirmed money of the period whose contract is in no book, in yuan and in payments."""
    found = counted(question, paid_in(question), {name: f"sum(x.{name})" for name in MONEY_MEASURES})
    return answer(version, question, found, amount("waiting", "waiting_payments", "money", "payments"))
