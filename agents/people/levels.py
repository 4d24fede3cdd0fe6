"""How hard the cases may be that somebody gets: 1 (easy) to 5.

Computed: what experience allows, and no more than the newest certificate is good for. A leader may put another level in its
place, with a reason. Without a valid certificate it is 0, whatever else is said: no assignment, no call.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from agents.models import Collector
from compliance.selectors_staff import OnFile, on_file

LOWEST, HIGHEST = 1, 5
MONTHS = (3, 6, 12, 24)
"""House rule: months since joining with which levels 2, 3, 4 and 5 begin."""


@dataclass(frozen=True)
class Level:
    """`level` in force (0: none); `computed` what it is without the leader's word."""

    level: int
    computed: int
    is_set: bool


def levels_on(users: Collection[int], day: date) -> dict[int, int]:
    """By person (ids); 0 for whoever has no file or no valid certificate on `day`. Two queries."""
    filed = on_file(users, day)
    files = {file.pk: file for file in Collector.objects.filter(pk__in=users)}
    return {user: level_of(files.get(user), filed[user], day).level for user in filed}


def level_of(file: Collector | None, on_day: OnFile, day: date) -> Level:
    """The level of one person from their file and certificates."""
    if file is None or not on_day.is_trained or on_day.trained_on is None:
        return Level(0, 0, False)
    computed = max(min(from_experience(file.joined_on, day), on_day.level), LOWEST)
    return Level(file.level_set or computed, computed, file.level_set is not None)


def from_experience(joined_on: date, day: date) -> int:
    """The level that the time since joining allows (1 to 5)."""
    months = whole_months(joined_on, day)
    return LOWEST + sum(months >= needed for needed in MONTHS)


def whole_months(since: date, day: date) -> int:
    """Complete months from `since` to `day`; negative before it."""
    return (day.year - since.year) * 12 + day.month - since.month - (day.day < since.day)
