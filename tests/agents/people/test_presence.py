"""Who is there: by calendar, shift and leave; the same days as attendance counts."""

import datetime as dt
from typing import Any

import pytest

from agents.models import Leave, Shift
from agents.people.attendance import attendance
from agents.people.board_limits import BREAK, IDLE, board_limits
from agents.people.presence import Presence, presences
from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import User
from tests.compliance.conftest import CHINA, monday
from tests.staff import place

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 3, 2)


def leave(user: User, **columns: Any) -> Leave:
    values: dict[str, Any] = {"kind": "annual", "first_day": MONDAY, "last_day": MONDAY, "state": "approved", **columns}
    return Leave.objects.create(user=user, asked_at=monday("08:00", day=1), **values)


def presence(user: User, now: str = "10:00", day: dt.date = MONDAY) -> Presence:
    person = User.objects.select_related("collector__shift").get(pk=user.pk)
    moment = dt.datetime.combine(day, dt.time.fromisoformat(now), tzinfo=CHINA)
    return presences([person], day=day, now=moment, limits=board_limits(day))[user.pk]


def hours(found: Presence) -> list[str]:
    return [f"{begin.astimezone(CHINA):%H:%M}-{end.astimezone(CHINA):%H:%M}" for begin, end in found.hours]


@pytest.mark.parametrize(
    ("now", "there"),
    [("08:59", "before"), ("09:00", "on"), ("12:00", "break"), ("13:00", "on"), ("18:00", "after")],
)
def test_a_day_without_a_shift_goes_by_the_hours_of_the_house(collector: User, now: str, there: str) -> None:
    place(collector)
    assert presence(collector, now).there == there


def test_a_shift_brings_its_hours_and_its_days(collector: User) -> None:
    early = Shift.objects.create(name="早班", starts=dt.time(8), ends=dt.time(16), weekdays=[6, 7])
    place(collector, shift=early)
    assert presence(collector).there == "off"
    saturday = dt.date(2026, 3, 7)
    assert hours(presence(collector, day=saturday)) == ["08:00-12:00", "13:00-16:00"]


def test_leave_is_shown_and_half_of_it_leaves_the_other_half(collector: User) -> None:
    place(collector)
    asked = leave(collector, state="asked")
    assert presence(collector).there == "on"
    Leave.objects.filter(pk=asked.pk).update(state="approved")
    assert (presence(collector).there, presence(collector).hours) == ("leave", ())
    Leave.objects.filter(pk=asked.pk).update(first_half="morning", last_half="morning")
    found = presence(collector, "10:00")
    assert (found.there, found.half_label, hours(found)) == ("before", "上午", ["13:00-18:00"])
    Leave.objects.filter(pk=asked.pk).update(first_half="afternoon", last_half="afternoon")
    found = presence(collector, "15:00")
    assert (found.there, found.half_label, hours(found)) == ("after", "下午", ["09:00-12:00"])


def test_the_days_are_those_that_attendance_counts(collector: User) -> None:
    place(collector, joined_on=dt.date(2026, 2, 24), left_on=dt.date(2026, 3, 13))
    leave(
        collector, first_day=MONDAY, first_half="afternoon", last_day=MONDAY + dt.timedelta(days=2), last_half="morning"
    )
    first, last = dt.date(2026, 2, 20), dt.date(2026, 3, 20)
    counted = attendance([collector.pk], first, last)
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(days=number)
        found = presence(collector, "09:30", day)
        assert {0: 0, 1: 0.5, 2: 1}[len(found.hours)] == counted[collector.pk, day], day


def test_the_limits_are_dated_settings(collector: User, supervisor: User) -> None:
    place(collector)
    for setting, value in ((IDLE, 30), (BREAK, 90)):
        set_value(setting, value, effective_from=MONDAY, reason="试行", actor=supervisor, now=monday("08:00"))
    assert board_limits(MONDAY).idle_minutes == 30
    assert hours(presence(collector)) == ["09:00-12:00", "13:30-18:00"]
    assert board_limits(MONDAY - dt.timedelta(days=1)).idle_minutes == 45
