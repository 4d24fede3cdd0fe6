"""Decide: the points of a month, worked out by a formula that anybody can repeat. Pure.

A line's value is its figure, or the share in per cent where it has a denominator. It earns its weight × how far the value
has come from `floor` (nothing) to `full` (all), never less than 0 nor more than 1. What cannot be measured (a share of
nothing) is left out, and the others' weights are scaled up to 100. The total is the sum of the rounded lines, so that it
adds up. An upheld complaint keeps the grade at `CAPPED`, whatever the money.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import partial
from math import ceil
from typing import Any

from django.utils.translation import gettext_lazy as _

from agents.reviews.month_facts import Figure

CENT = Decimal("0.01")
GRADES = ("A", "B", "C", "D")
CAPPED = "C"


@dataclass(frozen=True)
class Subject:
    """A line of the appraisal. `figure`: which figure it looks at, `step`: by how much that one can change."""

    name: str
    label: Any
    group: Any
    weight: int
    floor: int
    full: int
    unit: str
    step: Decimal = Decimal(1)
    figure: str = ""

    @property
    def high_is_good(self) -> bool:
        return self.full > self.floor


_RESULT, _COMPLAINT, _COMPLIANCE, _CONDUCT = _("业绩"), _("投诉情况"), _("合规情况"), _("出勤与纪律")
SUBJECTS = (
    Subject("target", _("目标完成"), _RESULT, 25, 50, 100, "%", CENT, "money"),
    Subject("recovery", _("回收（对同类）"), _RESULT, 20, 60, 110, "%", CENT, "money"),
    Subject("complaints", _("成立的投诉"), _COMPLAINT, 15, 2, 0, "n"),
    Subject("handled", _("投诉已处理"), _COMPLAINT, 5, 50, 100, "%"),
    Subject("breaches", _("违规联系"), _COMPLIANCE, 10, 3, 0, "n"),
    Subject("overridden", _("被拒后仍联系"), _COMPLIANCE, 5, 2, 0, "n"),
    Subject("notes", _("及时记录"), _COMPLIANCE, 5, 80, 98, "%"),
    Subject("recordings", _("有录音"), _COMPLIANCE, 5, 90, 100, "%"),
    Subject("attendance", _("出勤"), _CONDUCT, 5, 85, 100, "%"),
    Subject("conduct", _("纪律（处罚）"), _CONDUCT, 5, 2, 0, "n"),
)


@dataclass(frozen=True)
class Scored:
    """One line with its arithmetic: `weight` scaled to the lines that count, `share` of it earned (0 to 1)."""

    subject: Subject
    figure: Figure
    value: Fraction | None
    weight: Fraction
    share: Fraction
    points: Decimal
    floor: int
    full: int


@dataclass(frozen=True)
class Score:
    lines: tuple[Scored, ...]
    total: Decimal
    grade: str
    capped: bool


def value_of(figure: Figure) -> Fraction | None:
    if figure.of is None:
        return Fraction(figure.number)
    return Fraction(figure.number) * 100 / Fraction(figure.of) if figure.of else None


def rounded(exact: Fraction) -> Decimal:
    """Two places, half up."""
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(CENT, rounding=ROUND_HALF_UP)


def score(figures: Mapping[str, Figure], weights: Mapping[str, int], adjustment: Decimal = Decimal(0)) -> Score:
    """`weights`: the values of agents/reviews/weights.py by name. `adjustment`: the leader's points."""
    found = []
    for subject in SUBJECTS:
        figure = figures.get(subject.name)
        value = value_of(figure) if figure is not None else None
        found.append((subject, figure or Figure(Decimal(0), Decimal(0)), value, weights[f"{subject.name}_weight"]))
    measured = sum(weight for _s, _f, value, weight in found if value is not None)
    lines = []
    for subject, figure, value, weight in found:
        floor, full = weights[f"{subject.name}_floor"], weights[f"{subject.name}_full"]
        scaled, share = Fraction(0), Fraction(0)
        if value is not None and measured:
            scaled = Fraction(weight * 100, measured)
            share = min(max((value - floor) / (full - floor), Fraction(0)), Fraction(1))
        lines.append(Scored(subject, figure, value, scaled, share, rounded(scaled * share), floor, full))
    total = sum((line.points for line in lines), Decimal("0.00"))
    total = min(max(total + adjustment, Decimal("0.00")), Decimal("100.00"))
    upheld = figures["complaints"].number if "complaints" in figures else Decimal(0)
    earned = grade_of(total, weights)
    caps = 0 < weights["cap_from"] <= upheld and GRADES.index(earned) < GRADES.index(CAPPED)
    return Score(tuple(lines), total, CAPPED if caps else earned, caps)


def grade_of(total: Decimal, weights: Mapping[str, int]) -> str:
    for grade in GRADES[:-1]:
        if total >= weights[f"grade_{grade.lower()}"]:
            return grade
    return GRADES[-1]


@dataclass(frozen=True)
class Missing:
    """By how much one figure alone would have to change for a better grade: `change` in its own unit (yuan, times)."""

    labels: tuple[Any, ...]
    change: Decimal
    figure: str
    grade: str


def missing_for_next(
    figures: Mapping[str, Figure], weights: Mapping[str, int], adjustment: Decimal = Decimal(0)
) -> list[Missing]:
    """For each figure the least change with which, all else equal, the next grade is reached; figures that cannot do it
    alone are left out. Exact: the formula itself is asked, so rounding and the cap are in it."""
    now = score(figures, weights, adjustment)
    if now.grade == GRADES[0]:
        return []
    by_figure: dict[str, list[Scored]] = {}
    for line in now.lines:
        if line.value is not None:
            by_figure.setdefault(line.subject.figure or line.subject.name, []).append(line)
    found = []
    for name, lines in by_figure.items():
        step = lines[0].subject.step if lines[0].subject.high_is_good else -lines[0].subject.step
        most = max(_steps_to_full(line, abs(step)) for line in lines)
        better = partial(_better, figures, weights, adjustment, lines, step, now.grade)
        steps = _least(most, better)
        if steps:
            changed = _changed(figures, lines, step * steps)
            labels = tuple(line.subject.label for line in lines)
            found.append(Missing(labels, step * steps, name, score(changed, weights, adjustment).grade))
    return found


def _steps_to_full(line: Scored, step: Decimal) -> int:
    """After this many steps the line has all its points."""
    target = Fraction(line.full)
    if line.figure.of is not None:
        target = target * Fraction(line.figure.of) / 100
        if line.subject.step == 1:
            target = min(target, Fraction(line.figure.of))
    return max(ceil(abs(target - Fraction(line.figure.number)) / Fraction(step)), 0) if line.share < 1 else 0


def _changed(figures: Mapping[str, Figure], lines: Sequence[Scored], change: Decimal) -> dict[str, Figure]:
    moved = {
        line.subject.name: replace(line.figure, number=max(line.figure.number + change, Decimal(0))) for line in lines
    }
    return {**figures, **moved}


def _better(
    figures: Mapping[str, Figure],
    weights: Mapping[str, int],
    adjustment: Decimal,
    lines: Sequence[Scored],
    step: Decimal,
    grade: str,
    count: int,
) -> bool:
    changed = _changed(figures, lines, step * count)
    return GRADES.index(score(changed, weights, adjustment).grade) < GRADES.index(grade)


def _least(most: int, holds: Callable[[int], bool]) -> int:
    """The least number from 1 to `most` for which it holds (it holds for all above that); 0: for none."""
    if most < 1 or not holds(most):
        return 0
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
