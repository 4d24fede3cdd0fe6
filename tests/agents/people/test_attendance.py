"""Who is there on which day."""

from datetime import date, time
from decimal import Decimal

import pytest
from django.utils import timezone

from agents.models import Half, Leave, LeaveState, Shift
from agents.people.attendance import attendance
from collection_ops.core.models import User, WorkDay
from tests.staff import place

pytestmark = pytest.mark.django_db

MONDAY, FRIDAY, SATURDAY = date(2026, 11, 2), date(2026, 11, 6), date(2026, 11, 7)
HALF, WHOLE, NONE = Decimal("0.5"), Decimal(1), Decimal(0)


def on_leave(user: User, first: date, last: date, state: str = LeaveState.APPROVED, **halves: str) -> Leave:
    return Leave.objects.create(
        user=user, kind="annual", first_day=first, last_day=last, state=state, asked_at=timezone.now(), **halves
    )


def days_of(user: User, first: date = MONDAY, last: date = date(2026, 11, 8)) -> list[Decimal]:
    return [part for (_who, _day), part in sorted(attendance([user.pk], first, last).items())]


def test_people_are_there_on_business_days_and_on_those_that_make_up_for_a_holiday(collector: User) -> None:
    place(collector)
    WorkDay.objects.update_or_create(day=SATURDAY, defaults={"is_business_day": True})
    WorkDay.objects.update_or_create(day=MONDAY, defaults={"is_business_day": False})
    assert days_of(collector) == [NONE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, NONE]


def test_a_shift_with_weekdays_of_its_own_goes_by_them(collector: User) -> None:
    file = place(collector)
    file.shift = Shift.objects.create(name="周末班", starts=time(9), ends=time(18), weekdays=[6, 7])
    file.save()
    assert days_of(collector) == [NONE] * 5 + [WHOLE] * 2


def test_approved_leave_takes_its_days_and_halves_and_what_is_only_asked_for_nothing(collector: User) -> None:
    place(collector)
    on_leave(collector, MONDAY, date(2026, 11, 4), first_half=Half.AFTERNOON, last_half=Half.MORNING)
    on_leave(collector, FRIDAY, FRIDAY, state=LeaveState.ASKED)
    assert days_of(collector)[:5] == [HALF, NONE, HALF, WHOLE, WHOLE]


def test_two_halves_of_one_day_are_a_day(collector: User) -> None:
    place(collector)
    on_leave(collector, MONDAY, MONDAY, first_half=Half.MORNING, last_half=Half.MORNING)
    assert days_of(collector)[:2] == [HALF, WHOLE]


def test_nobody_is_there_before_they_came_or_after_they_left(collector: User) -> None:
    file = place(collector, joined_on=date(2026, 11, 3))
    file.left_on = date(2026, 11, 5)
    file.save()
    assert days_of(collector)[:5] == [NONE, WHOLE, WHOLE, WHOLE, NONE]


def test_a_month_of_many_people_is_three_queries(
    collector: User, team_leader: User, django_assert_num_queries: object
) -> None:
    place(collector)
    with django_assert_num_queries(3):  # type: ignore[operator]
        found = attendance([collector.pk, team_leader.pk], MONDAY, date(2026, 11, 30))
    assert len(found) == 2 * 29
    assert found[team_leader.pk, MONDAY] == WHOLE, "who has no file goes by the calendar"
    assert attendance([], MONDAY, FRIDAY) == {}
