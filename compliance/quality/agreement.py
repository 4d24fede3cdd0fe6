"""How far two checkers agree. Pure.

    exact = pairs that are the same ÷ pairs
    kappa = (exact − chance) ÷ (1 − chance), chance = Σ over values of (share of the first) × (share of the second)

Kappa (Cohen 1960) is 1 where they always agree and 0 where they agree no more often than by chance. Where both always
say the same one thing there is no chance to disagree by, and kappa is undefined.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

Pair = tuple[Hashable, Hashable]


@dataclass(frozen=True)
class Agreement:
    """`exact` 0 to 1; both None without pairs, `kappa` also where it is undefined."""

    pairs: int
    exact: float | None
    kappa: float | None


def agreement(pairs: Sequence[Pair]) -> Agreement:
    number = len(pairs)
    if not number:
        return Agreement(0, None, None)
    exact = sum(one == other for one, other in pairs) / number
    first, second = Counter(one for one, _other in pairs), Counter(other for _one, other in pairs)
    chance = sum(first[value] * second[value] for value in first) / number**2
    return Agreement(number, exact, None if chance == 1 else (exact - chance) / (1 - chance))
