"""Ask a KPI for two periods and take the change apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from collection_ops.core.money import ZERO
from reports.facts.answers import figure
from reports.kpis.asked import Answer, Dim, Key, Question
from reports.kpis.definitions import Definition, Unit, definition_of
from reports.why.parts import Change, Pair, take_apart

GROUPS = (Dim.STAGE, Dim.PRODUCT)
"""By what a change is taken apart unless somebody asks otherwise."""


OVERLAPPING = ("complaint_rate",)
"""Rates per customer, who may be in several groups: their groups do not add up to the whole."""


def is_taken_apart(definition: Definition) -> bool:
    """Whether the changes of this KPI can be: a rate, told apart by something."""
    is_rate = definition.unit in (Unit.PERCENT, Unit.PER_10K)
    return is_rate and bool(definition.dims) and definition.name not in OVERLAPPING


class NotARate(Exception):
    """The KPI is an amount or a number; its change is the sum of its lines' changes."""


@dataclass(frozen=True)
class Why:
    """`before` and `after` are the answers that the change was taken from."""

    before: Answer
    after: Answer
    change: Change


def month_before(question: Question) -> Question:
    """The month before the question's, as far into it as the question is into its own; the whole of it where the question
    reaches its month's end."""
    last = question.first - timedelta(days=1)
    is_whole = (question.as_of + timedelta(days=1)).day == 1
    as_of = last if is_whole or question.as_of.day > last.day else last.replace(day=question.as_of.day)
    return question.narrowed(first=last.replace(day=1), as_of=as_of)


def why(name: str, question: Question, *, before: Question | None = None, by: Sequence[Dim] = GROUPS) -> Why:
    """Why the rate `name` of `question` is another one than that of `before` (the month before). Raises NotARate, and as
    `kpi` does (a group by which the KPI is not told apart is left out)."""
    groups = tuple(dim for dim in by if dim in definition_of(name).dims)
    after = figure(name, question.narrowed(by=groups))
    if after.total.denominator is None:
        raise NotARate(name)
    answers = figure(name, (before or month_before(question)).narrowed(by=groups)), after
    return Why(*answers, take_apart(_groups_of(answers[0]), _groups_of(answers[1])))


def _groups_of(answer: Answer) -> dict[Key, Pair]:
    """Numerator and denominator by group; of a KPI that has no groups the whole."""
    lines = answer.lines if answer.question.by else (answer.total,)
    return {line.key: (line.numerator, line.denominator or ZERO) for line in lines}
