from datetime import date

import pytest
from django.core.management import call_command

from collection_ops.core.models import AuditEvent, WorkDay
from collection_ops.core.services import calendar

pytestmark = pytest.mark.django_db


def test_a_saturday_worked_to_make_up_for_a_holiday_is_a_business_day():
    calendar.seed(years=range(2026, 2027))
    assert calendar.is_business_day(date(2026, 2, 14))  # Saturday before Spring Festival, announced as a workday
    assert not calendar.is_business_day(date(2026, 2, 17))  # Tuesday, first day of the year
    assert calendar.next_business_day(date(2026, 2, 14)) == date(2026, 2, 24)
    assert calendar.previous_business_day(date(2026, 2, 24)) == date(2026, 2, 14)


def test_a_year_nobody_has_announced_is_judged_by_weekday_and_said_to_be():
    done = calendar.seed(years=range(2026, 2028))
    assert done.unknown_years == (2027,)
    assert calendar.knows_year(2026) and not calendar.knows_year(2027)
    assert calendar.is_business_day(date(2027, 3, 1)) and not calendar.is_business_day(date(2027, 3, 6))


def test_seeding_again_changes_nothing_and_a_day_edited_by_hand_stays():
    calendar.seed(years=range(2026, 2027))
    WorkDay.objects.filter(day=date(2026, 1, 1)).update(is_business_day=True, note="加班", is_edited=True)
    WorkDay.objects.filter(day=date(2026, 1, 2)).update(is_business_day=True, note="损坏")
    again = calendar.seed(years=range(2026, 2027))
    assert (again.added, again.corrected, again.kept) == (0, 1, 1)
    assert WorkDay.objects.get(day=date(2026, 1, 1)).note == "加班"
    assert calendar.seed(years=range(2026, 2027)).corrected == 0


def test_counting_business_days_crosses_a_holiday():
    calendar.seed(years=range(2026, 2027))
    assert calendar.add_business_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert calendar.add_business_days(date(2026, 10, 8), -1) == date(2026, 9, 30)
    assert calendar.add_business_days(date(2026, 3, 7), 0) == date(2026, 3, 7)
    assert calendar.business_days(date(2026, 9, 29), date(2026, 10, 9)) == [
        date(2026, 9, 29), date(2026, 9, 30), date(2026, 10, 8), date(2026, 10, 9),
    ]  # fmt: skip


def test_a_calendar_without_a_business_day_is_an_error_not_an_endless_search():
    days = calendar.business_days(date(2026, 1, 1), date(2026, 4, 30))
    WorkDay.objects.bulk_create(WorkDay(day=day, is_business_day=False) for day in days)
    with pytest.raises(calendar.NoBusinessDay):
        calendar.next_business_day(date(2026, 1, 5))


def test_the_command_is_idempotent(capsys):
    call_command("seed_reference")
    rows = WorkDay.objects.count()
    call_command("seed_reference")
    assert WorkDay.objects.count() == rows > 100
    assert "core.calendar: 0 days added, 0 corrected" in capsys.readouterr().out


def test_an_administrator_edits_a_day_and_the_change_is_on_record(admin_user, client_as, clerk):
    calendar.seed(years=range(2026, 2027))
    form = {"is_business_day": "on", "note": "抢修值班"}
    assert client_as(clerk).post("/admin/core/workday/2026-01-01/change/", form).status_code == 302
    assert not WorkDay.objects.get(day=date(2026, 1, 1)).is_edited
    answer = client_as(admin_user).post("/admin/core/workday/2026-01-01/change/", form)
    assert answer.status_code == 302
    day = WorkDay.objects.get(day=date(2026, 1, 1))
    assert day.is_business_day and day.is_edited
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.object_id) == ("reference.changed", "2026-01-01")
