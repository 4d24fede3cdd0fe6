"""Business days: public holidays and make-up workdays of mainland China, corrected by a manager.

Seeded from `chinesecalendar`, which knows the years the State Council has announced and raises for others. A day without
a row is judged by its weekday, and `knows_year` says so, because the page must tell people that a year is a guess.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
from django.db import transaction

from collection_ops.core.models import User, WorkDay
from collection_ops.core.services import audit

FRIDAY = 4
# A jump over more days than any holiday has means that the table is wrong.
LONGEST_BREAK = 31


class NoBusinessDay(Exception):
    """A month without a business day: somebody has edited the calendar into a dead end."""


def is_business_day(day: date) -> bool:
    """Whether people work on this day: by the calendar's row, else Monday to Friday."""
    row = WorkDay.objects.filter(day=day).values_list("is_business_day", flat=True).first()
    return _by_weekday(day) if row is None else bool(row)


def _by_weekday(day: date) -> bool:
    return day.weekday() <= FRIDAY


def next_business_day(day: date) -> date:
    """The first business day after `day`."""
    return add_business_days(day, 1)


def previous_business_day(day: date) -> date:
    """The last business day before `day`."""
    return add_business_days(day, -1)


def add_business_days(day: date, count: int) -> date:
    """`count` business days later (earlier when negative); with 0 the day itself, business day or not.

    Raises NoBusinessDay when the calendar has none within a month.
    """
    step = timedelta(days=1 if count > 0 else -1)
    span = timedelta(days=abs(count) * 2 + LONGEST_BREAK)
    first, last = (day, day + span) if count > 0 else (day - span, day)
    rows = dict(WorkDay.objects.filter(day__range=(first, last)).values_list("day", "is_business_day"))
    left, idle = abs(count), 0
    while left:
        day += step
        # Beyond the rows fetched at once only when the calendar is very thin.
        if rows.get(day, _by_weekday(day)) if first <= day <= last else is_business_day(day):
            left, idle = left - 1, 0
        else:
            idle += 1
            if idle > LONGEST_BREAK:
                raise NoBusinessDay(f"no business day within {LONGEST_BREAK} days of {day}")
    return day


def business_days(first: date, last: date) -> list[date]:
    """All business days from `first` to `last`, both included."""
    rows = dict(WorkDay.objects.filter(day__range=(first, last)).values_list("day", "is_business_day"))
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if rows.get(day, _by_weekday(day))]


def knows_year(year: int) -> bool:
    """Whether the year's holidays are in the calendar; else its days are judged by weekday."""
    return WorkDay.objects.filter(day__year=year).exists()


@dataclass(frozen=True)
class Seeded:
    added: int
    corrected: int
    kept: int  # edited by hand: not touched
    unknown_years: tuple[int, ...]


def seed(*, years: range, actor: User | None = None) -> Seeded:
    """Write the announced holidays and make-up workdays of `years`; again changes nothing. Days edited by hand stay."""
    wanted: dict[date, tuple[bool, str]] = {}
    unknown = []
    for year in years:
        try:
            wanted |= _announced(year)
        except NotImplementedError:
            unknown.append(year)
    with transaction.atomic():
        present = {row.day: row for row in WorkDay.objects.filter(day__in=wanted).select_for_update()}
        added = [
            WorkDay(day=day, is_business_day=works, note=note)
            for day, (works, note) in wanted.items()
            if day not in present
        ]
        WorkDay.objects.bulk_create(added)
        corrected = []
        for day, row in present.items():
            works, note = wanted[day]
            if not row.is_edited and (row.is_business_day, row.note) != (works, note):
                row.is_business_day, row.note = works, note
                corrected.append(row)
        WorkDay.objects.bulk_update(corrected, ["is_business_day", "note"])
        if added or corrected:
            audit.record(action="calendar.seeded", actor=actor, data={"added": len(added), "corrected": len(corrected)})
    edited = sum(row.is_edited for row in present.values())
    return Seeded(added=len(added), corrected=len(corrected), kept=edited, unknown_years=tuple(unknown))


def _announced(year: int) -> dict[date, tuple[bool, str]]:
    """Days of the year that differ from the weekday rule, and one anchor day, so that a known year has a row."""
    found: dict[date, tuple[bool, str]] = {}
    day = date(year, 1, 1)
    while day.year == year:
        _is_holiday, name = chinese_calendar.get_holiday_detail(day)
        works = chinese_calendar.is_workday(day)
        if works != _by_weekday(day) or name:
            found[day] = (works, HOLIDAY_NAMES.get(name, name) if name else "")
        day += timedelta(days=1)
    return found


# The announcements are Chinese; the notes are data, not interface, and stay as announced.
HOLIDAY_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利 70 周年纪念日",
}
