"""The book of a day, and what the book with which a period began brought since: asked of the catalogue of KPIs
(`stage_distribution`, `recovery_rate`), as it was known at a moment. The days of the files are given back, so that a
paper can say by which file each source is spoken of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from cases.models import Source
from cases.stage import OVERDUE_STAGES, Stage
from reports.kpis import Answer, Dim, NoBook, Question, kpi
from reports.kpis.asked import stage_name

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class SourceDay:
    """Of one source the newest business date that had a file."""

    source_id: int
    name: str
    day: date


@dataclass(frozen=True)
class StageSum:
    """Debts of a stage, yuan. `paid`: confirmed money of these debts in the period that was asked for, from `payers`."""

    count: int = 0
    total: Decimal = ZERO
    principal: Decimal = ZERO
    paid: Decimal = ZERO
    payers: int = 0


@dataclass(frozen=True)
class Book:
    """`version`: of the definition by which it was asked."""

    days: list[SourceDay] = field(default_factory=list)
    stages: Mapping[Stage, StageSum] = field(default_factory=dict)
    whole: StageSum = field(default_factory=StageSum)
    version: int = 1

    @property
    def as_of(self) -> date | None:
        """The newest business date in it."""
        return max((one.day for one in self.days), default=None)

    @property
    def listed(self) -> list[Stage]:
        """M1 to M7+ always, «not overdue» where a file lists such debts."""
        return [stage for stage in Stage if stage in OVERDUE_STAGES or self.of(stage).count]

    def of(self, stage: Stage) -> StageSum:
        return self.stages.get(stage, StageSum())


def book_on(*, day: date, known_by: datetime) -> Book:
    """欠款额 at the end of `day`; without days where there is no file."""
    question = Question(as_of=day, first=day, known_by=known_by, by=(Dim.STAGE,))
    return _book("stage_distribution", question, count="count")


def book_at_start(*, first: date, last: date, known_by: datetime) -> Book:
    """The book with which a period began, with the money of `first` through `last`: the base of 回款率. Totals are positive
    balances, as the rate divides by them."""
    question = Question(as_of=last, first=first, known_by=known_by, by=(Dim.STAGE,))
    return _book("recovery_rate", question, count="debts")


def _book(name: str, question: Question, *, count: str) -> Book:
    try:
        answer = kpi(name, question)
    except NoBook:
        return Book()
    stages = {stage_name(stage): stage for stage in Stage}
    sums = {stages[line.key[0]]: _sum(answer, line.key, count) for line in answer.lines}
    return Book(_days(answer), sums, _sum(answer, (), count), answer.version)


def _sum(answer: Answer, key: tuple[str, ...], count: str) -> StageSum:
    line = answer.line(*key) if key else answer.total
    number = int(line.parts[count])
    if line.denominator is None:
        return StageSum(number, line.numerator, line.parts.get("principal", ZERO))
    return StageSum(number, line.denominator, paid=line.numerator, payers=int(line.parts.get("payers", 0)))


def _days(answer: Answer) -> list[SourceDay]:
    names = {code: (pk, name) for code, pk, name in Source.objects.values_list("code", "pk", "name")}
    found = [
        SourceDay(*names[code], date.fromisoformat(max(days))) for code, days in answer.files.items() if code in names
    ]
    return sorted(found, key=lambda one: (one.name, one.source_id))
