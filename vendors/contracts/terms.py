"""Terms of a contract as plain rows, and what rows must never be. Pure.

Rates are shares (0.18 is 18 %), money is yuan, ages are whole months since the placement.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

MOST_RATE = Decimal("0.60")
"""No row pays more than that of the money: a rate typed as a percentage would be a hundred times too high."""
PLACES = Decimal("0.000001")


class Method(StrEnum):
    WHOLE = "whole"
    """全额: all money of the month at the rate of the band that the month's recovery rate reached."""
    PROGRESSIVE = "progressive"
    """超额累进: each slice of the money at the rate of its own band."""


class Rounding(StrEnum):
    LINE = "line"
    """Each line to the cent, half-up."""
    STATEMENT = "statement"
    """Lines to the cent so that they add up to the whole, rounded once."""


class Event(StrEnum):
    """What is counted beside the money."""

    COMPLAINT = "complaint"
    BREACH = "breach"
    CRITICAL_BREACH = "critical_breach"
    LATE_FILE = "late_file"
    UNTOUCHED = "untouched"
    CLEAN_MONTH = "clean_month"


EVENT_LABELS: Mapping[Event, Any] = {
    Event.COMPLAINT: _("属实投诉(件)"),
    Event.BREACH: _("违规(起)"),
    Event.CRITICAL_BREACH: _("严重违规(起)"),
    Event.LATE_FILE: _("迟交文件(次)"),
    Event.UNTOUCHED: _("未达最低作业量的案件(件)"),
    Event.CLEAN_MONTH: _("全月无投诉无违规(月)"),
}
PENALISED = frozenset(Event) - {Event.CLEAN_MONTH}


class Measure(StrEnum):
    """What a target is set for, as the scorecard's month has it.

    recovery         per cent of the amount placed that came in
    contact          per cent of the cases with a talk with the debtor in person
    complaints       complaints for 10,000 contacted customers (compliance/complaints/rates)
    case_complaints  complaints for 1,000 cases in hand, as many contracts write it
    """

    RECOVERY = "recovery"
    CONTACT = "contact"
    COMPLAINTS = "complaints"
    CASE_COMPLAINTS = "case_complaints"


MEASURE_LABELS: Mapping[Measure, Any] = {
    Measure.RECOVERY: _("回款率(%)"),
    Measure.CONTACT: _("本人触达率(%)"),
    Measure.COMPLAINTS: _("投诉(每万名已联系客户)"),
    Measure.CASE_COMPLAINTS: _("千件投诉率(每千件案件)"),
}
AT_LEAST = frozenset({Measure.RECOVERY, Measure.CONTACT})
"""Should be no less than the figure; the others no more."""
OF_THE_WHOLE = frozenset({Measure.COMPLAINTS, Measure.CASE_COMPLAINTS})
"""Complaints are about an agency and not about a stage."""
MOST_FIGURE: Mapping[Measure, int] = {
    Measure.RECOVERY: 200,
    Measure.CONTACT: 100,
    Measure.COMPLAINTS: 10_000,
    Measure.CASE_COMPLAINTS: 1_000,
}
"""Money beyond what was placed can come in (interest runs on, and in days of grace); twice as much is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Band:
    """From a recovery rate of `floor` on, money is paid with `rate`."""

    floor: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class FeeRow:
    """One row of the fee table. `stages` and `products`: empty is any; ages from `age_from` through `age_to` (None: any)."""

    number: int
    bands: tuple[Band, ...]
    method: Method = Method.WHOLE
    stages: frozenset[int] = frozenset()
    products: frozenset[str] = frozenset()
    age_from: int = 0
    age_to: int | None = None

    def fits(self, *, stage: int, product: str, age: int) -> bool:
        return (
            (not self.stages or stage in self.stages)
            and (not self.products or product in self.products)
            and self.age_from <= age
            and (self.age_to is None or age <= self.age_to)
        )


@dataclass(frozen=True, slots=True)
class Step:
    """From a compliance score of `floor` on, commissions are multiplied by `factor`."""

    floor: Decimal
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Target:
    """What the agency promised for every month. `figure` in the unit of the measure: 5 is 5 % of the money. `stages`: at
    placement, empty is all."""

    number: int
    measure: Measure
    figure: Decimal
    stages: frozenset[int] = frozenset()

    @property
    def is_at_least(self) -> bool:
        return self.measure in AT_LEAST

    def overlaps(self, other: "Target") -> bool:
        """Whether both say something about one measure of one stage."""
        all_of_one = not self.stages or not other.stages
        return self.measure == other.measure and (all_of_one or bool(self.stages & other.stages))


@dataclass(frozen=True)
class Terms:
    """A version of a contract. `cap`: most that one month's commission may be, None without one. `events`: yuan a piece, a
    penalty for all but a clean month, which is a bonus. `coefficient`: the compliance coefficient by score (CN-A-04)."""

    version: int
    effective_from: date
    rows: tuple[FeeRow, ...]
    coefficient: tuple[Step, ...] = ()
    events: Mapping[Event, Decimal] = field(default_factory=dict)
    grace_days: int = 0
    clawback_days: int = 90
    cap: Decimal | None = None
    tax_rate: Decimal = Decimal("0.06")
    rounding: Rounding = Rounding.LINE
    least_attempts: int = 0
    targets: tuple[Target, ...] = ()

    def row_for(self, *, stage: int, product: str, age: int) -> FeeRow | None:
        """The first row that fits, in the order of the contract."""
        return next((row for row in self.rows if row.fits(stage=stage, product=product, age=age)), None)

    def factor(self, score: Decimal) -> Decimal:
        """The compliance coefficient for a score; 1 without a curve."""
        reached = [step.factor for step in self.coefficient if step.floor <= score]
        return reached[-1] if reached else Decimal(1)


def in_force(versions: Sequence[Terms], day: date) -> Terms | None:
    """The version that counts on a day: the newest that has begun."""
    begun = [one for one in versions if one.effective_from <= day]
    return max(begun, key=lambda one: (one.effective_from, one.version), default=None)


def faults(terms: Terms) -> Iterator[Any]:
    """Why these rows cannot be put in force, a sentence each. No sentence: they can."""
    if not terms.rows:
        yield _("没有费率行：至少要有一行")
    for row in terms.rows:
        yield from _faults_of(row)
    if terms.rows and not any(_is_open(row) for row in terms.rows):
        yield _("没有兜底行：最后要有一行适用于全部阶段、产品与账龄，否则有的还款没有费率")
    yield from _faults_of_conduct(terms)
    if terms.cap is not None and terms.cap <= 0:
        yield _("月度封顶要大于 0，不封顶则留空")


def _is_open(row: FeeRow) -> bool:
    return not row.stages and not row.products and row.age_from == 0 and row.age_to is None


def _faults_of(row: FeeRow) -> Iterator[Any]:
    said = {"number": row.number}
    floors = [band.floor for band in row.bands]
    if not floors or floors[0] != 0:
        yield _("第 %(number)s 行：第一档要从回款率 0 开始") % said
    if floors != sorted(set(floors)):
        yield _("第 %(number)s 行：各档的回款率要由低到高，不能重复") % said
    if any(not 0 <= band.rate <= MOST_RATE for band in row.bands):
        yield _("第 %(number)s 行：费率要在 0 与 %(most)s 之间，18%% 写作 0.18") % {**said, "most": MOST_RATE}
    if row.age_to is not None and row.age_to < row.age_from:
        yield _("第 %(number)s 行：账龄的上限小于下限") % said


def _faults_of_conduct(terms: Terms) -> Iterator[Any]:
    """CN-A-04: no pay by recovery alone. Conduct must be able to lower the pay, and complaints must cost."""
    floors = [step.floor for step in terms.coefficient]
    if floors != sorted(set(floors)) or (floors and floors[0] != 0):
        yield _("合规系数：各档的得分要从 0 开始由低到高，不能重复")
    if any(not 0 <= step.factor <= Decimal("1.5") for step in terms.coefficient):
        yield _("合规系数要在 0 与 1.5 之间")
    lowers = any(step.factor < 1 for step in terms.coefficient)
    costs = terms.events.get(Event.COMPLAINT, Decimal(0)) > 0
    if not lowers or not costs:
        yield _("不得只按回款计酬(CN-A-04)：合规系数至少要有一档小于 1，属实投诉要有扣款")
    if any(amount < 0 for amount in terms.events.values()):
        yield _("扣款与奖励都写正数")


def faults_of_targets(targets: Sequence[Target]) -> Iterator[Any]:
    """What targets can never be, draft or not: a sentence each."""
    for at, one in enumerate(targets):
        said = {"number": one.number, "measure": MEASURE_LABELS[one.measure], "most": MOST_FIGURE[one.measure]}
        if not 0 <= one.figure <= MOST_FIGURE[one.measure]:
            yield _("第 %(number)s 项目标：%(measure)s要在 0 与 %(most)s 之间") % said
        if one.stages and one.measure in OF_THE_WHOLE:
            yield _("第 %(number)s 项目标：%(measure)s按机构计，不分阶段，阶段请都不选") % said
        for earlier in targets[:at]:
            if one.overlaps(earlier):
                yield _("第 %(first)s 项与第 %(number)s 项目标：%(measure)s的阶段重叠，同一阶段只能有一个目标") % {
                    **said, "first": earlier.number,
                }  # fmt: skip
