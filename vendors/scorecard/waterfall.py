"""How a score comes about: from 100 down, cause by cause. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from vendors.scorecard.criteria import WHOLE, Criterion


@dataclass(frozen=True)
class Fall:
    """What a criterion cost: the score before and after it, in points."""

    criterion: Criterion
    lost: Decimal
    before: Decimal
    after: Decimal


def waterfall(lost: Iterable[tuple[Criterion, Decimal]]) -> list[Fall]:
    """The dearest first, equal ones in the order of the criteria; what cost nothing is left out. The last one ends at the
    score, for the weights of a card add up to 100."""
    order = list(Criterion)
    found, so_far = [], WHOLE
    for criterion, points in sorted(lost, key=lambda one: (-one[1], order.index(one[0]))):
        if points:
            found.append(Fall(criterion, points, so_far, so_far - points))
            so_far -= points
    return found
