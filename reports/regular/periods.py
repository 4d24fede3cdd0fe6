"""The periods of the rhythms: days, weeks from Monday, months."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DAY = timedelta(days=1)


class Rhythm(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, order=True)
class Period:
    """From `first` through `last`."""

    first: date
    last: date


def period_of(rhythm: Rhythm, day: date) -> Period:
    """The period that `day` lies in."""
    if rhythm == Rhythm.DAY:
        return Period(day, day)
    if rhythm == Rhythm.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + 6 * DAY)
    return Period(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def before(rhythm: Rhythm, period: Period) -> Period:
    return period_of(rhythm, period.first - DAY)


def after(rhythm: Rhythm, period: Period) -> Period:
    return period_of(rhythm, period.last + DAY)


def last_complete(rhythm: Rhythm, today: date) -> Period:
    """The newest period that is over before `today`."""
    return before(rhythm, period_of(rhythm, today))


def within(rhythm: Rhythm, first: date, last: date) -> list[Period]:
    """Every period that lies in the range as a whole, in order."""
    found = []
    period = period_of(rhythm, first)
    if period.first < first:
        period = after(rhythm, period)
    while period.last <= last:
        found.append(period)
        period = after(rhythm, period)
    return found
