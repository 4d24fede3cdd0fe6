"""No case is on two desks at once: the database says so in every order of writing, to direct SQL too."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, NotSupportedError, connection, transaction

from cases.models import Custody
from collection_ops.core import clock
from tests.cases.builders import make_case, pool_desk
from tests.cases.test_kept_keys import guard_off
from tests.core.races import at_once

NOON = clock.now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=30)


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def held(case, start: float, end: float | None) -> Custody:
    with transaction.atomic():
        return Custody.objects.create(
            case=case, desk=pool_desk(), started_at=at(start), ended_at=None if end is None else at(end), reason="t"
        )


@pytest.fixture
def case(db):
    """With no custody at all."""
    case = make_case()
    Custody.objects.all().delete()
    return case


def test_periods_may_touch_and_be_empty(case):
    held(case, 0, 2)
    held(case, 2, 2)
    held(case, 2, 5)
    held(case, 5, None)
    held(case, 9, 9)  # nobody held it for no time
    assert Custody.objects.count() == 5


@pytest.mark.parametrize(
    "order",
    [
        [(0, 4), (2, 6)],
        [(2, 6), (0, 4)],
        [(0, 4), (2, None)],
        [(2, None), (0, 4)],
        [(2, None), (5, 6)],
        [(0, None), (5, None)],
        [(0, 4), (4, 6), (5, None)],
    ],
    ids=str,
)
def test_periods_that_overlap_are_refused_in_every_order(case, order):
    *before, last = order
    for period in before:
        held(case, *period)
    with pytest.raises(IntegrityError):
        held(case, *last)
    held(make_case(), -5, -4)  # another case is not in the way


def test_a_period_cannot_be_stretched_over_another(case):
    first, second = held(case, 0, 2), held(case, 3, None)
    for changes in ({"ended_at": at(4)}, {"ended_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Custody.objects.filter(pk=first.pk).update(**changes)
    with pytest.raises(IntegrityError), transaction.atomic():
        Custody.objects.filter(pk=second.pk).update(started_at=at(1))
    Custody.objects.filter(pk=second.pk).update(started_at=at(2))
    Custody.objects.filter(pk=second.pk).delete()
    Custody.objects.filter(pk=first.pk).update(ended_at=None)


def test_a_period_cannot_be_given_to_a_case_that_another_desk_held_then(case):
    other = make_case()
    Custody.objects.filter(case=other).delete()
    held(case, 0, None)
    moving = held(other, 1, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Custody.objects.filter(pk=moving.pk).update(case=case)


@pytest.mark.django_db(transaction=True)
def test_custody_is_not_written_where_two_writers_would_not_see_each_other():
    case = make_case()
    Custody.objects.all().delete()
    with pytest.raises(NotSupportedError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        Custody.objects.create(case=case, desk=pool_desk(), started_at=at(0), reason="t")


@pytest.fixture
def two_writers(transactional_db):
    """One opens a custody from hour 2 and one writes an ended one over it (1 to 4), neither having seen the other's."""
    case = make_case()
    Custody.objects.all().delete()
    pool_desk()
    written = [threading.Event(), threading.Event()]

    def write(mine: int, start: float, end: float | None):
        def act():
            with transaction.atomic():
                held(case, start, end)
                written[mine].set()
                written[1 - mine].wait(0.7)
            return "written"

        return act

    return lambda: at_once(write(0, 2, None), write(1, 1, 4))


def test_two_writers_of_one_case_at_once_one_is_refused(two_writers):
    results = two_writers()
    assert [r for r in results if r == "written"] == ["written"], results
    assert [type(r) for r in results if r != "written"] == [IntegrityError], results


def test_twin_without_the_guard_the_case_is_on_two_desks(two_writers):
    with guard_off("cases_custody", "custody_open_is_last_insert"):
        assert two_writers() == ["written", "written"]
    first, second = Custody.objects.order_by("started_at")
    assert first.ended_at > second.started_at
