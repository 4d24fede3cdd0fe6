"""From answers to a score. Pure.

    score = 100 × Σ weight × level / 2 ÷ Σ weight, over the items that apply; two places, half-up

A level is 2 (all of it), 1 (half of it) or 0; None: not applicable. Any critical error makes the score 0 and the result
failed, whatever else was good.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from compliance.quality.form import Form

WHOLE = 2
"""The level of an item that is fully met. Less is a fail of the item, where checkers are compared."""
Answers = Mapping[str, int | None]


@dataclass(frozen=True)
class Scored:
    """`open`: codes of items without an answer, in the order of the form; while there are any, the score is that of the rest
    (None: of nothing)."""

    score: Decimal | None
    passed: bool
    open: tuple[str, ...]


def score(form: Form, answers: Answers, critical: Collection[str] = ()) -> Scored:
    """Answers to items that the form does not have, and critical errors that it does not name, count for nothing."""
    answered = [item for item in form.items if item.code in answers]
    waiting = tuple(item.code for item in form.items if item.code not in answers)
    if set(critical) & {one.code for one in form.critical}:
        return Scored(Decimal("0.00"), False, waiting)
    counted = [(item.weight, level) for item in answered if (level := answers[item.code]) is not None]
    possible = sum(weight for weight, _level in counted)
    if not possible:
        return Scored(None, False, waiting)
    earned = Decimal(sum(weight * level for weight, level in counted)) / WHOLE
    found = (100 * earned / possible).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return Scored(found, found >= form.pass_mark, waiting)
