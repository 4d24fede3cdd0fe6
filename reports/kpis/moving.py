"""Movement: the roll matrix 迁徙率 and what follows from it, the book by stage, what enters."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from operator import add
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from collection_ops.core.money import ZERO
from reports.kpis.asked import Answer, Dim, Key, Line, Question
from reports.kpis.definitions import Definition, InForce, Unit, kpi_of
from reports.kpis.recovery import BOOK_DIMS
from reports.kpis.relations import DESTINATIONS, ENDS, FORWARD, PARTS, book, counted, moved
from reports.kpis.relations import entered as entered_cases
from reports.kpis.rows import (
    COLUMNS,
    Found,
    amount,
    answer,
    closing_files,
    days_of,
    key_names,
    newest_files,
    opening_files,
    parameters,
    rate,
)

_WHERE_FROM = _("期初账簿中、期间内其来源又有文件的合同；新进合同不计入")
_WHEN = _("期初为期间开始前一日各来源的最新文件，期末为期间内各来源的最新文件")


def _files(question: Question) -> dict[str, tuple[str, ...]]:
    return days_of(opening_files(question), closing_files(question))


Went = dict[str, tuple[int, Decimal]]
"""Debts and their opening amount by destination."""


def _went(question: Question) -> tuple[Found, dict[Key, Went]]:
    """The followed debts by key: figures debts, debts_forward, owed, forward; and by destination. One statement, of which
    the total is the sum: a debt is in one group and goes to one place."""
    relation, by = moved(question), question.by
    columns = "".join(f"{COLUMNS[dim].format(r='x')}, " for dim in by)
    numbers = ", ".join(str(n + 1) for n in range(len(by) + 1))
    sums = ", ".join(f"sum({measure})" for measure in _MEASURES.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"{relation.with_} SELECT {columns}x.destination, {sums} FROM {relation.name} x GROUP BY {numbers}",  # noqa: S608
            parameters(question),
        )
        rows = cursor.fetchall()
    named, wide = key_names(question), len(by)
    found: dict[Key, list[Any]] = {}
    went: dict[Key, Went] = {}
    for row in rows:
        key, destination, measures = named(row[:wide]), row[wide], row[wide + 1 :]
        if key in found:
            found[key] = list(map(add, found[key], measures))
        else:
            found[key], went[key] = list(measures), {}
        _add(went[key], destination, measures)
    if not by:
        return ({}, _figures(found.get((), _NOTHING))), went
    everywhere: Went = {}
    for places in went.values():
        for destination, (debts, owed) in places.items():
            _add(everywhere, destination, (debts, owed))
    total = _figures([sum(column) for column in zip(_NOTHING, *found.values(), strict=True)])
    return ({key: _figures(values) for key, values in found.items()}, total), went | {(): everywhere}


def _add(places: Went, destination: str, measures: Sequence[Any]) -> None:
    """`measures` begin with debts and owed."""
    debts, owed = places.get(destination, _NOWHERE)
    places[destination] = debts + measures[0], owed + measures[1]


_MEASURES = {
    "debts": "x.debts",
    "owed": "x.owed",
    "debts_forward": f"CASE WHEN {FORWARD} THEN x.debts ELSE 0 END",
    "forward": f"CASE WHEN {FORWARD} THEN x.owed ELSE 0 END",
}
_NOTHING = [0, ZERO, 0, ZERO]
_NOWHERE = (0, ZERO)


def _figures(values: Sequence[Any]) -> dict[str, Decimal]:
    """Values of _MEASURES, in their order; numbers of debts stay whole."""
    debts, owed, debts_forward, forward = values
    return {"debts": Decimal(debts), "owed": owed, "debts_forward": Decimal(debts_forward), "forward": forward}


_TO_NOWHERE: dict[str, Decimal] = {
    name: nought
    for place in DESTINATIONS
    for name, nought in ((f"count_to_{place}", Decimal(0)), (f"amount_to_{place}", ZERO))
}

ROLL_MATRIX = Definition(
    name="roll_matrix",
    label=_("迁徙矩阵"),
    unit=Unit.PERCENT,
    event=_(
        "期末阶段比期初重的合同；部分列出各去向：各阶段、已还清(paid)、其他原因结案(closed)、缺席待解释(absent)，各去向之和等于期初"
    ),
    population=_WHERE_FROM,
    grain=_("期初逾期总额，件数另列"),
    as_of=_WHEN,
    window=_("期初账簿日之后至期末"),
    exclusions=_("期间内没有新文件的来源"),
    attribution=_("按期初账簿的阶段、产品、地区；席位按期初账簿次日的持有人"),
    dims=BOOK_DIMS,
    higher_is_better=False,
)


@kpi_of(ROLL_MATRIX)
def roll_matrix(question: Question, version: InForce) -> Answer:
    """Where the debts of each opening stage stand at the end; the same debts are followed, newcomers never leak in.

    `parts`: count, and for every destination count_to_… and amount_to_… (yuan at the opening). A line's destinations add up
    to the line: what is out of the book is paid, closed for another reason, or absent, which is not paid.
    """
    if Dim.STAGE not in question.by:
        question = question.narrowed(by=(Dim.STAGE, *question.by))
    found, went = _went(question)

    def line(key: Key, figures: Mapping[str, Decimal]) -> Line:
        parts = {"count": figures["debts"], "count_forward": figures["debts_forward"], **_TO_NOWHERE}
        for place, (debts, owed) in went.get(key, {}).items():
            parts[f"count_to_{place}"], parts[f"amount_to_{place}"] = Decimal(debts), owed
        return Line(key, figures["forward"], figures["owed"], parts)

    return answer(version, question, found, line, files=_files(question))


ROLL_FORWARD_RATE = Definition(
    name="roll_forward_rate",
    label=_("迁徙率"),
    unit=Unit.PERCENT,
    event=_("期末文件中阶段比期初重的合同的期初逾期总额"),
    population=_WHERE_FROM,
    grain=_("期初逾期总额，件数另列"),
    as_of=_WHEN,
    window=_("期初账簿日之后至期末"),
    exclusions=_("期间内没有新文件的来源；余额之和之比(两个阶段合计相除)不是迁徙率"),
    attribution=_("按期初账簿的阶段、产品、地区；席位按期初账簿次日的持有人"),
    dims=BOOK_DIMS,
    higher_is_better=False,
    counter="complaint_rate",
)


@kpi_of(ROLL_FORWARD_RATE)
def roll_forward_rate(question: Question, version: InForce) -> Answer:
    """Opening amount of the debts that stand in a heavier stage at the end ÷ opening amount of all that are followed."""
    found, _went_where = _went(question)
    return answer(version, question, found, rate("forward", "owed", "debts_forward", "debts"), files=_files(question))


LEFT_RATE = Definition(
    name="left_rate",
    label=_("出册率"),
    unit=Unit.PERCENT,
    event=_("期末文件没有列出的合同；其中已还清、其他原因结案、缺席待解释分列。缺席不等于还清"),
    population=_WHERE_FROM,
    grain=_("件数"),
    as_of=_WHEN,
    window=_("期初账簿日之后至期末"),
    exclusions=_("期间内没有新文件的来源"),
    attribution=_("按期初账簿的阶段、产品、地区；席位按期初账簿次日的持有人"),
    dims=BOOK_DIMS,
)


@kpi_of(LEFT_RATE)
def left_rate(question: Question, version: InForce) -> Answer:
    """Debts of the opening book that the closing files do not list ÷ all that are followed, with what became of them."""
    found, went = _went(question)

    def line(key: Key, figures: Mapping[str, Decimal]) -> Line:
        places = went.get(key, {})
        out = {end: places.get(end, _NOWHERE) for end in ENDS}
        parts = {f"debts_{end}": Decimal(debts) for end, (debts, _owed) in out.items()}
        parts |= {f"owed_{end}": owed for end, (_debts, owed) in out.items()}
        return Line(key, Decimal(sum(debts for debts, _owed in out.values())), figures["debts"], parts)

    return answer(version, question, found, line, files=_files(question))


STAGE_DISTRIBUTION = Definition(
    name="stage_distribution",
    label=_("欠款额"),
    unit=Unit.YUAN,
    event=_("各合同的逾期总额；本金、利息、违约金、费用与件数另列"),
    population=_("期末账簿：截至期末各来源最新文件列出的合同"),
    grain=_("金额与件数"),
    as_of=_("期末各来源的最新文件"),
    window=_("时点数"),
    exclusions=_("文件没有列出的合同"),
    attribution=_("按期末账簿的阶段、产品、地区；席位按文件次日的持有人"),
    dims=BOOK_DIMS,
)


@kpi_of(STAGE_DISTRIBUTION)
def stage_distribution(question: Question, version: InForce) -> Answer:
    """What the newest files of or before the last day say is owed, by part."""
    select = {"total": "sum(x.total)", "count": "sum(x.debts)"}
    select |= {part: f"sum(x.{part})" for part in (*PARTS, "not_positive")}
    found = counted(question, book(question), select)
    files = days_of(newest_files(question))
    return answer(version, question, found, amount("total", "count", *PARTS, "not_positive"), files=files)


NEW_DEBT = Definition(
    name="entered",
    label=_("新增逾期"),
    unit=Unit.YUAN,
    event=_("期间内进入账簿的案件在首个文件中的逾期总额；再次逾期的合同另列"),
    population=_("全部案件"),
    grain=_("金额与件数"),
    as_of=_("入催日期"),
    window=_("期间首日至末日"),
    exclusions=_("余额为零或负的案件只计件数"),
    attribution=_("按首个文件的阶段、产品、地区；席位按文件次日的持有人"),
    dims=BOOK_DIMS,
    higher_is_better=False,
)


@kpi_of(NEW_DEBT)
def entered(question: Question, version: InForce) -> Answer:
    """Cases that entered the book in the period, with the balance of their first file."""
    select = {"owed": "sum(x.entered_owed)", "cases": "sum(x.entered)", "again": "sum(x.entered_again)"}
    found = counted(question, entered_cases(question), select)
    return answer(version, question, found, amount("owed", "cases", "again"))
