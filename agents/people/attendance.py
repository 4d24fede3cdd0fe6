"""When people are there: the business calendar, their shift, approved leave, and when they came and left."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal

from agents.models import Collector, Half, Leave, LeaveState
from collection_ops.core.services.calendar import business_days

NONE, HALF, WHOLE = Decimal("0"), Decimal("0.5"), Decimal("1")


def attendance(users: Collection[int], first: date, last: date) -> dict[tuple[int, date], Decimal]:
    """By person (ids) and day, both ends included: 1 there, 0.5 for half of the day, 0 not. Three queries.

    A shift with weekdays of its own goes by those; anybody else by the business calendar. The day of leaving is the last
    one at work. Somebody without a file is there on business days. Only approved leave counts."""
    wanted = sorted(set(users))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if not wanted or not days:
        return {}
    open_days = set(business_days(first, last))
    files = {
        user: (joined, left, frozenset(weekdays or ()))
        for user, joined, left, weekdays in Collector.objects.filter(pk__in=wanted).values_list(
            "pk", "joined_on", "left_on", "shift__weekdays"
        )
    }
    away = away_by_day(leave_between(wanted, first, last), first, last)
    nobody_asked: tuple[date, date | None, frozenset[int]] = (date.min, None, frozenset())
    found = {}
    for user in wanted:
        joined, left, weekdays = files.get(user, nobody_asked)
        for day in days:
            works = day.isoweekday() in weekdays if weekdays else day in open_days
            here = works and joined <= day and (left is None or day <= left)
            found[user, day] = max(WHOLE - away[user, day], NONE) if here else NONE
    return found


def leave_between(users: Collection[int], first: date, last: date) -> Iterable[Leave]:
    """Approved leave of these people that touches the days."""
    approved = Leave.objects.filter(state=LeaveState.APPROVED, user__in=users)
    return approved.filter(first_day__lte=last, last_day__gte=first).order_by("user_id", "first_day")


def away_by_day(leaves: Iterable[Leave], first: date, last: date) -> defaultdict[tuple[int, date], Decimal]:
    """By person and day how much of the day is taken (0 where nothing is), within `first` to `last`."""
    away: defaultdict[tuple[int, date], Decimal] = defaultdict(lambda: NONE)
    for leave in leaves:
        day = max(leave.first_day, first)
        while day <= min(leave.last_day, last):
            away[leave.user_id, day] += part_of(leave, day)
            day += timedelta(days=1)
    return away


def part_of(leave: Leave, day: date) -> Decimal:
    """How much of `day`, which lies within it, a leave takes."""
    halves = {leave.first_day: leave.first_half, leave.last_day: leave.last_half}
    return WHOLE if halves.get(day, Half.WHOLE) == Half.WHOLE else HALF
