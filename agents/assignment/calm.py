"""Whom the plan spares hard cases for a while: people about whom complaints come far more often than about the house."""

from collections.abc import Collection
from datetime import date, timedelta

from compliance.complaints.rates import Line, rates

DAYS = 90
LEAST = 2
"""Complaints; one alone says nothing of a person."""
OVER_PERCENT = 150
"""Of the house's rate. Half of all people are above an average, whatever they do."""


def to_spare(users: Collection[int], day: date) -> frozenset[int]:
    """By the complaint rates of the 90 days up to `day`. Eight queries."""
    first = day - timedelta(days=DAYS - 1)
    (house,) = rates(first, day)
    return spared(rates(first, day, "user", users), house)


def spared(people: Collection[Line], house: Line) -> frozenset[int]:
    """Decide: who has a rate (enough customers were contacted), complaints enough, and far more than the house."""
    if not house.rate:
        return frozenset()
    return frozenset(
        int(line.key)
        for line in people
        if line.rate and line.counts.complaints >= LEAST and line.rate * 100 > house.rate * OVER_PERCENT
    )
