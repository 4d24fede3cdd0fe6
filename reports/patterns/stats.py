"""The arithmetic of comparing two shares. Pure: numbers in, numbers out; no library beyond Python's own.

Wilson (1927) interval of a share; Newcombe (1998, method 10) interval of a difference; a two-sided test of two shares
(normal with pooled variance, Fisher's exact test where fewer than ten are expected in a cell); Benjamini and Hochberg
(1995) for many tests at once.
"""

import math
from collections.abc import Sequence

Z95 = 1.959963984540054
SMALL = 10.0


def wilson(hits: int, size: int, z: float = Z95) -> tuple[float, float]:
    """95 % interval of the share `hits` of `size`; (0, 1) of nothing."""
    if size == 0:
        return 0.0, 1.0
    share, square = hits / size, z * z
    middle = share + square / (2 * size)
    spread = z * math.sqrt(share * (1 - share) / size + square / (4 * size * size))
    below, above = (middle - spread) / (1 + square / size), (middle + spread) / (1 + square / size)
    return max(0.0, below), min(1.0, above)


def newcombe(hits: int, size: int, other_hits: int, other_size: int) -> tuple[float, float]:
    """95 % interval of the difference of two shares."""
    share, other = hits / size, other_hits / other_size
    low, high = wilson(hits, size)
    other_low, other_high = wilson(other_hits, other_size)
    difference = share - other
    return (
        difference - math.sqrt((share - low) ** 2 + (other_high - other) ** 2),
        difference + math.sqrt((high - share) ** 2 + (other - other_low) ** 2),
    )


def two_shares(hits: int, size: int, other_hits: int, other_size: int) -> float:
    """Two-sided p-value of «both have the same share»; 1 where there is nothing to compare."""
    total, all_hits = size + other_size, hits + other_hits
    if size == 0 or other_size == 0 or all_hits in (0, total):
        return 1.0
    pooled = all_hits / total
    least = min(size, other_size) * min(pooled, 1 - pooled)
    if least < SMALL:
        return fisher(hits, size, other_hits, other_size)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / size + 1 / other_size))
    return math.erfc(abs(hits / size - other_hits / other_size) / spread / math.sqrt(2))


def fisher(hits: int, size: int, other_hits: int, other_size: int) -> float:
    """Fisher's exact test: all tables with the same margins that are no more probable than this one."""
    all_hits, total = hits + other_hits, size + other_size
    least, most = max(0, all_hits - other_size), min(size, all_hits)
    logs = [_log_choose(size, n) + _log_choose(other_size, all_hits - n) for n in range(least, most + 1)]
    whole = _log_choose(total, all_hits)
    seen = logs[hits - least]
    # Equally probable tables differ in the last digits only.
    return min(1.0, sum(math.exp(one - whole) for one in logs if one <= seen + 1e-9))


def _log_choose(size: int, hits: int) -> float:
    return math.lgamma(size + 1) - math.lgamma(hits + 1) - math.lgamma(size - hits + 1)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """The q-value of each: the least false discovery rate at which it is still a discovery."""
    order = sorted(range(len(p_values)), key=lambda n: p_values[n])
    found, least = [1.0] * len(p_values), 1.0
    for rank in range(len(order), 0, -1):
        at = order[rank - 1]
        least = min(least, p_values[at] * len(order) / rank)
        found[at] = least
    return found
