"""Kinds of cases that are alike, and how kinds of too few cases are put together. Pure.

What a case can bring in hangs on its stage, on how long the agency has had it, on its balance, on the product and on how
many agencies have tried before; an agency is only to be held against what the pool made of the same.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

AGES = (0, 1, 2, 4, 7)
"""Whole calendar months since the placement at which a band begins."""
AGE_LABELS: tuple[Any, ...] = (_("当月委出"), _("第 2 个月"), _("第 3-4 个月"), _("第 5-7 个月"), _("第 8 个月及以后"))
BALANCES = (0, 1_000, 5_000, 20_000, 50_000)
"""Yuan at placement at which a band begins."""
BALANCE_LABELS: tuple[Any, ...] = (
    _("不足 1 千元"), _("1 千至 5 千元"), _("5 千至 2 万元"), _("2 万至 5 万元"), _("5 万元及以上"),
)  # fmt: skip
MOST_EARLIER = 2
EARLIER_LABELS: tuple[Any, ...] = (_("首次委外"), _("第二次委外"), _("第三次及以后委外"))
MERGED_LABELS: tuple[Any, ...] = (
    _("未合并"), _("合并产品"), _("合并产品、曾委外次数"), _("合并产品、曾委外次数、金额"),
    _("合并产品、曾委外次数、金额、账龄"), _("全部合并"),
)  # fmt: skip
"""By how many dimensions were left out, in the order of Stratum.coarse."""


@dataclass(frozen=True, slots=True, order=True)
class Stratum:
    """One kind. `age` and `balance` are bands; `earlier`: earlier placements of the contract, 2 is two or more."""

    stage: int
    age: int
    balance: int
    product: str
    earlier: int

    def coarse(self, level: int) -> tuple[Any, ...]:
        """What is left of it without the first `level` of product, earlier placements, balance, age, stage."""
        whole = (self.stage, self.age, self.balance, self.earlier, self.product)
        return whole[: len(whole) - level]


LEVELS = 5
Group = tuple[int, tuple[Any, ...]]
"""A group of strata: how many dimensions it leaves out, and what it keeps."""


def age_band(placed_on: date, month: date) -> int:
    """The band of a placement in a month."""
    months = (month.year - placed_on.year) * 12 + month.month - placed_on.month
    return bisect_right(AGES, max(months, 0)) - 1


def balance_band(amount: Decimal) -> int:
    return max(bisect_right(BALANCES, amount) - 1, 0)


def merged(cases: Mapping[Stratum, int], least: int) -> dict[Stratum, Group]:
    """The group of each stratum. `cases`: of the pool, all agencies together.

    A stratum of `least` cases stands alone. Those of fewer are put together without their product; what still has too few
    also without the earlier placements, then the balance, then the age, then the stage. Groups share nothing, so that what
    is expected of all agencies adds up to what they brought in. What is left too small at the end goes to the group that
    keeps most of what it has, the largest of them.
    """
    found: dict[Stratum, Group] = {}
    left = sorted(cases)
    for level in range(LEVELS + 1):
        groups: dict[tuple[Any, ...], list[Stratum]] = defaultdict(list)
        for one in left:
            groups[one.coarse(level)].append(one)
        left = []
        for key, members in groups.items():
            if sum(cases[one] for one in members) >= least:
                found |= dict.fromkeys(members, (level, key))
            else:
                left += members
    if left and not found:
        return dict.fromkeys(left, (LEVELS, ()))
    sizes: dict[Group, int] = defaultdict(int)
    for one, group in found.items():
        sizes[group] += cases[one]
    return found | {one: _nearest(one, sizes) for one in left}


def _nearest(one: Stratum, sizes: Mapping[Group, int]) -> Group:
    """The largest group that agrees with `one` in most of its leading dimensions."""

    def alike(group: Group) -> tuple[int, int, int]:
        mine, same = one.coarse(0), 0
        for kept, ours in zip(group[1], mine, strict=False):
            if kept != ours:
                break
            same += 1
        return same, sizes[group], group[0]

    return max(sorted(sizes, key=repr), key=alike)
