"""What is due, and that it is made once."""

import datetime as dt

import pytest

from cases.models import ImportRun
from collection_ops.core.models import Job, WorkDay
from collection_ops.core.services import jobs
from reports.models import ReportRun
from reports.regular import schedule
from reports.regular.periods import Period
from tests.cases.builders import add_position
from tests.core.conftest import bell  # noqa: F401  (the test is the worker)
from tests.core.races import at_once
from tests.reports.regular.cast import D1, D2, at, small_book

pytestmark = pytest.mark.django_db
APRIL_1 = dt.date(2026, 4, 1)  # a Wednesday


def told(now: dt.datetime) -> set[tuple[str, dt.date]]:
    return {(one.kind, one.period.first) for one in schedule.due(now=now)}


def test_the_morning_after_a_file_its_day_is_due_and_at_the_turn_of_the_month_the_month():
    small_book()
    february = ("monthly", dt.date(2026, 2, 1))
    assert told(at(D2, 11, 10)) == {("daily", D1), february}, (
        "the day is not over; last week had no file; one is caught up"
    )
    assert told(at(APRIL_1, 11, 10)) == {("daily", D1), ("daily", D2), ("monthly", dt.date(2026, 3, 1))}
    assert ("weekly", D1) in told(at(dt.date(2026, 4, 6), 11, 10)), "from Monday on"


def test_a_month_waits_for_its_first_business_day():
    small_book()
    ImportRun.objects.filter(as_of=D2).update(as_of=dt.date(2026, 4, 30))
    # 1 to 3 May 2026 are Friday (a holiday by the calendar, if it is seeded) and a weekend.
    for day in (1, 2, 3, 4, 5):
        WorkDay.objects.create(day=dt.date(2026, 5, day), is_business_day=False)
    assert ("monthly", dt.date(2026, 4, 1)) not in told(at(dt.date(2026, 5, 5), 11, 10))
    assert ("monthly", dt.date(2026, 4, 1)) in told(at(dt.date(2026, 5, 6), 11, 10))


@pytest.mark.usefixtures("bell")
def test_what_was_made_is_not_due_and_nothing_is_while_a_file_is_being_booked():
    small_book()
    ImportRun.objects.filter(as_of=D1).update(state="applying")
    assert told(at(APRIL_1, 11, 10)) == set()
    ImportRun.objects.filter(as_of=D1).update(state="applied")
    schedule.make_due(now=at(APRIL_1, 11, 10))
    for job in Job.objects.filter(kind=schedule.JOB):
        jobs.run(job.pk)
    assert {run.kind for run in ReportRun.objects.all()} == {"daily", "monthly"}
    assert told(at(APRIL_1, 12, 10)) == set()
    assert schedule.make_due(now=at(APRIL_1, 12, 10)) == []


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_ring_and_each_report_is_one_job():
    small_book()
    at_once(*[lambda: schedule.make_due(now=at(APRIL_1, 11, 10))] * 3)
    made = Job.objects.filter(kind=schedule.JOB)
    assert made.count() == 3 and {job.queue for job in made} == {"reports"}


def test_a_report_that_failed_is_tried_again_the_next_day():
    small_book()
    first = schedule.make_due(now=at(APRIL_1, 11, 10))
    Job.objects.update(state="failed")
    assert {job.pk for job in schedule.make_due(now=at(APRIL_1, 12, 10))} == {job.pk for job in first}
    again = schedule.make_due(now=at(dt.date(2026, 4, 2), 11, 10))
    assert again and not {job.pk for job in again} & {job.pk for job in first}


def test_back_fill_takes_whole_periods_with_a_file():
    small_book()
    assert schedule.periods_to_fill("daily", dt.date(2026, 2, 1), D2) == [
        Period(day, day) for day in (dt.date(2026, 2, 27), D1, D2)
    ]
    assert schedule.periods_to_fill("monthly", dt.date(2026, 2, 2), D2) == [Period(dt.date(2026, 3, 1), D2)]
    assert schedule.periods_to_fill("weekly", dt.date(2026, 3, 2), D2) == []


def test_reports_wait_for_the_mornings_files_but_not_for_ever():
    cases = small_book()
    assert told(at(APRIL_1, 9, 10)) == set(), "the source has sent nothing yet today"
    assert told(at(APRIL_1, 11, 0)) != set()
    add_position(cases["new"], APRIL_1, days=6, total="500.00")
    assert told(at(APRIL_1, 9, 10)) != set(), "it has"
    WorkDay.objects.create(day=dt.date(2026, 4, 2), is_business_day=False)
    assert told(at(dt.date(2026, 4, 2), 9, 10)) != set(), "nobody sends on a holiday"
