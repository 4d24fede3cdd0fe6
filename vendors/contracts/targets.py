"""What was promised for a month beside what the month came to. Pure: scorecard, meeting and statement all ask here.

A target is judged by the whole pieces of which its figure is made (yuan and cents, cases, complaints), never by a rounded
per cent: a cent too little is missed. The value is cut so that it never looks like the figure where that was missed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from vendors.contracts.terms import Measure, Target

PLACES = Decimal("0.01")
"""Of a value, as of a figure: cut downwards where at least the figure was promised, one reads below it just if it is."""
CENT, PIECE = Decimal("0.01"), Decimal(1)
_PER: Mapping[Measure, int] = {
    Measure.RECOVERY: 100,
    Measure.CONTACT: 100,
    Measure.COMPLAINTS: 10_000,
    Measure.CASE_COMPLAINTS: 1_000,
}


class Outcome(StrEnum):
    REACHED = "reached"
    MISSED = "missed"
    UNJUDGED = "unjudged"


OUTCOME_LABELS: Mapping[Outcome, Any] = {
    Outcome.REACHED: _("达成"),
    Outcome.MISSED: _("未达成"),
    Outcome.UNJUDGED: _("无从判断"),
}


class Why(StrEnum):
    """Why there is nothing to judge."""

    NO_CASES = "no_cases"
    NO_CONTACTS = "no_contacts"
    FEW_CONTACTS = "few_contacts"


WHY_LABELS: Mapping[Why, Any] = {
    Why.NO_CASES: _("当月没有在手案件"),
    Why.NO_CONTACTS: _("没有联系记录"),
    Why.FEW_CONTACTS: _("联系的客户太少，且没有投诉"),
}


@dataclass(frozen=True, slots=True)
class Promised:
    """The targets of a version of a contract (its primary key)."""

    version: int
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class StageMonth:
    """The cases of a stage at placement that were in hand in the month. `placed`, `money`: yuan; `reached`: cases with a
    talk with the debtor in person."""

    cases: int = 0
    placed: Decimal = Decimal("0.00")
    money: Decimal = Decimal("0.00")
    reached: int = 0


@dataclass(frozen=True)
class AgencyMonth:
    """`has_contacts`: whether it told of any contact at all; `contacted`: customers, of whom at least `least_contacted` make
    a rate (compliance/complaints/rates)."""

    stages: Mapping[int, StageMonth] = field(default_factory=dict)
    has_contacts: bool = False
    complaints: int = 0
    contacted: int = 0
    least_contacted: int = 1


@dataclass(frozen=True, slots=True)
class JudgedTarget:
    """`part` of `whole` make the `value`, in the unit of the target's figure, two places. `gap`: value less figure.
    `short`: of one that was missed by how much more (or, of complaints, fewer) of `part` it would have been reached: yuan,
    cases, complaints. Nothing but `why` where there is nothing to judge."""

    target: Target
    outcome: Outcome
    why: Why | None = None
    part: Decimal | None = None
    whole: Decimal | None = None
    value: Decimal | None = None
    gap: Decimal | None = None
    short: Decimal | None = None


def judge(targets: Iterable[Target], month: AgencyMonth) -> tuple[JudgedTarget, ...]:
    """Each target beside the month, in their order."""
    return tuple(_judged(one, month) for one in targets)


def _judged(target: Target, month: AgencyMonth) -> JudgedTarget:
    measured = _measured(target, month)
    if isinstance(measured, Why):
        return JudgedTarget(target, Outcome.UNJUDGED, measured)
    part, whole = measured
    per, piece = _PER[target.measure], CENT if target.measure == Measure.RECOVERY else PIECE
    # The least, or most, number of whole pieces that keeps the promise.
    rounding = ROUND_CEILING if target.is_at_least else ROUND_FLOOR
    bound = (target.figure * whole / per / piece).to_integral_value(rounding) * piece
    short = bound - part if target.is_at_least else part - bound
    cut = ROUND_FLOOR if target.is_at_least else ROUND_CEILING
    value = (part * per / whole).quantize(PLACES, cut)
    missed = short > 0
    return JudgedTarget(
        target, Outcome.MISSED if missed else Outcome.REACHED, None, part, whole, value, value - target.figure,
        short if missed else None,
    )  # fmt: skip


def _measured(target: Target, month: AgencyMonth) -> tuple[Decimal, Decimal] | Why:
    """Part and whole of the measure in the stages of the target."""
    found = [one for stage, one in month.stages.items() if not target.stages or stage in target.stages]
    cases = sum(one.cases for one in found)
    if not cases:
        return Why.NO_CASES
    if target.measure == Measure.RECOVERY:
        placed = sum((one.placed for one in found), Decimal("0.00"))
        return (sum((one.money for one in found), Decimal("0.00")), placed) if placed > 0 else Why.NO_CASES
    if target.measure == Measure.CONTACT:
        reached = sum(one.reached for one in found)
        return (Decimal(reached), Decimal(cases)) if month.has_contacts else Why.NO_CONTACTS
    if target.measure == Measure.CASE_COMPLAINTS:
        return Decimal(month.complaints), Decimal(cases)
    few = month.contacted < month.least_contacted
    if few and not month.complaints:
        return Why.FEW_CONTACTS
    return Decimal(month.complaints), Decimal(max(month.contacted, month.least_contacted))


def counted(outcomes: Sequence[str]) -> tuple[int, int, int]:
    """How many targets there are, how many were reached, and missed."""
    return len(outcomes), outcomes.count(Outcome.REACHED), outcomes.count(Outcome.MISSED)
