"""Who is like whom, and the place among them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from agents.models import Collector, TargetSet
from agents.people.levels import levels_on
from agents.targets.measures import measure
from agents.targets.metrics import NOTHING, Metric

LEAST_PEOPLE = 5
"""Fewer people than that are no league: a place among three is chance."""


@dataclass(frozen=True)
class Place:
    """`rank` from 1; None where the group is too small or the person has nothing to be measured by. `group`: ids of the like
    people, the person among them."""

    rank: int | None
    of: int
    group: frozenset[int]
    level: int
    stages: tuple[int, ...]

    @property
    def least(self) -> int:
        return LEAST_PEOPLE


def like_people(user: int, day: date) -> tuple[frozenset[int], int, tuple[int, ...]]:
    """People with the same stages and the same level, at work on `day`; the person among them."""
    files = {file.pk: file for file in Collector.objects.filter(joined_on__lte=day)}
    if user not in files:
        return frozenset({user}), 0, ()
    levels = levels_on(list(files), day)
    mine = (levels.get(user, 0), tuple(sorted(files[user].stages)))
    group = {
        pk
        for pk, file in files.items()
        if (levels.get(pk, 0), tuple(sorted(file.stages))) == mine and (file.left_on is None or file.left_on >= day)
    }
    return frozenset(group | {user}), *mine


def place_of(user: int, values: Mapping[int, Decimal]) -> tuple[int | None, int]:
    """The rank by the share of the target reached, the highest first, equals sharing a rank; and of how many."""
    if len(values) < LEAST_PEOPLE or user not in values:
        return None, len(values)
    return 1 + sum(other > values[user] for other in values.values()), len(values)


def place_in_group(version: TargetSet, metric: Metric, user: int, *, day: date, last: date) -> Place:
    """By the share of the own target reached, so that a half-time month is measured by its own target."""
    group, level, stages = like_people(user, day)
    targets = dict(
        version.targets.filter(metric=metric.code, user__in=group, amount__gt=0).values_list("user", "amount")
    )
    figures = measure(metric.code, first=version.month, last=last, users=list(targets))
    values = {}
    for one, target in targets.items():
        value = metric.value(figures.get(one, NOTHING))
        if value is not None:
            values[one] = value / target
    rank, of = place_of(user, values)
    return Place(rank, of, group, level, stages)
