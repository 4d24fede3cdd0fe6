"""Vintage (账龄曲线): what the debts of one month of entry have brought at each age."""

# ruff: noqa: S608  statements are put together from constants of this package only

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from cases import known
from reports.kpis.asked import Answer, Dim, Key, Line, Question
from reports.kpis.definitions import Definition, InForce, Unit, kpi_of
from reports.kpis.recovery import BOOK_DIMS
from reports.kpis.relations import entered as entered_cases
from reports.kpis.rows import answer, closing_files, days_of, grouped

MOST_MONTHS = 12
OF_A_CURVE = frozenset({Dim.COHORT, Dim.AGE})

VINTAGE = Definition(
    name="vintage",
    label=_("入催月累计回款率"),
    unit=Unit.PERCENT,
    event=_("自入催日起满若干个月内已确认的还款减去冲正，累计"),
    population=_("期间内入催的案件在首个文件中的逾期总额(余额为正者)，按入催月分组"),
    grain=_("金额；每一次逾期各为一个案件"),
    as_of=_("还款截至期末"),
    window=_("自各案件入催日起1至12个月"),
    exclusions=_("待确认还款、待匹配还款；再次逾期后的还款归新的案件"),
    attribution=_(
        "按首个文件的阶段、产品、地区；席位按入催日的持有人。只有本月最晚入催的案件也已满龄，该点才成熟(mature)，不同账龄不能相比"
    ),
    dims=(Dim.COHORT, Dim.AGE, *BOOK_DIMS),
    higher_is_better=True,
    counter="complaint_rate",
)


def entries(question: Question) -> dict[str, str]:
    """CTEs of the cases that entered in the period (`entries`: with the day on which their contract entered again) and, by
    case, of the money that is theirs (`received`: payment, day, amount)."""
    return {
        "entries": f"""SELECT e.*, lead(e.opened_on) OVER (PARTITION BY e.loan_id ORDER BY e.opened_on) AS next_on
            FROM ({entered_cases(question).ctes["entered"]}) e""",
        "received": f"""SELECT e.case_id, m.id AS repayment_id, m.paid_on, m.amount FROM entries e
            JOIN ({known.money("first", "as_of", past=question.past)}) m
              ON m.loan_id = e.loan_id AND m.held_on >= e.opened_on AND (e.next_on IS NULL OR m.held_on < e.next_on)
            WHERE m.status = 'confirmed'""",
    }


def by_age(question: Question) -> tuple[Question, dict[Dim, str]]:
    """The question without what only a curve can be asked for, and that: the month of entry, the age."""
    asked: dict[Dim, str] = {dim: value for dim, value in question.only.items() if dim in OF_A_CURVE}
    rest = {dim: value for dim, value in question.only.items() if dim not in asked}
    return question.narrowed(only=rest), asked


@kpi_of(VINTAGE)
def vintage(question: Question, version: InForce) -> Answer:
    """Confirmed money of the cases that entered in a month, from entry until each age in months ÷ their first balances.

    Always told apart by cohort (2026-03) and age (01 to 12). `mature` is 1 where the youngest case of the cohort is that
    old, else 0: money is still coming in. The total is all cohorts' money so far ÷ all their balances, at no age
    unless one is asked for.
    """
    also = tuple(dim for dim in question.by if dim not in OF_A_CURVE)
    asked = question.narrowed(by=(Dim.COHORT, Dim.AGE, *also))
    wanted, narrowed = by_age(question.narrowed(by=also))
    kept = [f"a.{dim} = %(only_{dim})s" for dim in narrowed]
    found = grouped(
        asked,
        ctes={
            **entries(wanted),
            # Of the whole cohort, not of a line: its lines become mature together.
            "youngest": "SELECT date_trunc('month', opened_on) AS month, max(opened_on) AS last_on FROM entries GROUP BY 1",
            "so_far": "SELECT case_id, sum(amount) AS amount FROM received GROUP BY 1",
            "at_age": f"""SELECT e.case_id, n.age, sum(r.amount) AS amount
                FROM entries e CROSS JOIN generate_series(1, {MOST_MONTHS}) n (age)
                JOIN received r ON r.case_id = e.case_id AND r.paid_on < e.opened_on + make_interval(months => n.age)
                GROUP BY 1, 2""",
            "aged": f"""SELECT e.*, greatest(e.total, 0) AS owed, to_char(e.opened_on, 'YYYY-MM') AS cohort,
                    lpad(n.age::text, 2, '0') AS age, n.age AS months, coalesce(r.amount, 0) AS paid,
                    coalesce(f.amount, 0) AS paid_so_far,
                    y.last_on + make_interval(months => n.age) <= %(as_of)s::date + 1 AS mature
                FROM entries e
                JOIN youngest y ON y.month = date_trunc('month', e.opened_on)
                JOIN generate_series(1, {MOST_MONTHS}) n (age)
                  ON y.month + make_interval(months => n.age - 1) <= %(as_of)s
                LEFT JOIN at_age r ON r.case_id = e.case_id AND r.age = n.age
                LEFT JOIN so_far f ON f.case_id = e.case_id""",
        },
        select={
            "money": "sum(a.paid)",
            "owed": "sum(a.owed)",
            "cases": "count(*)",
            "mature": "bool_and(a.mature)::int",
            "all_money": "sum(a.paid_so_far) FILTER (WHERE a.months = 1)",
            "all_owed": "sum(a.owed) FILTER (WHERE a.months = 1)",
            "all_cases": "count(*) FILTER (WHERE a.months = 1)",
        },
        source=f"aged a WHERE {' AND '.join(kept) or 'true'}",
        relation="a",
        hashed=True,
    )

    def line(key: Key, figures: Mapping[str, Decimal]) -> Line:
        parts = {name: figures[name] for name in ("cases", "mature")}
        return Line(key, figures["money"], figures["owed"], parts)

    answered = answer(version, asked, found, line, files=days_of(closing_files(asked)))
    total = found[1]
    so_far = "" if Dim.AGE in question.only else "all_"
    whole = Line((), total[f"{so_far}money"], total[f"{so_far}owed"], {"cases": total[f"{so_far}cases"]})
    return Answer(answered.name, answered.version, asked, answered.lines, whole, answered.files)
