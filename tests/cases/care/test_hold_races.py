"""Two people at the same hold at the same moment."""

import datetime as dt
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from cases.models import Hold, HoldType
from cases.services import holds
from cases.services.holds import HoldRefused, lift_hold, place_hold, renew_hold
from collection_ops.core.models import AuditEvent
from tests.cases.builders import make_case
from tests.core.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
NINE = timezone.make_aware(dt.datetime(2026, 3, 2, 9, 0))


@pytest.fixture
def debtor(transactional_db):
    return make_case().loan.debtor


def placing(debtor, actor):
    return lambda: place_hold(debtor=debtor, type=HoldType.ILLNESS, reason="住院", actor=actor, now=NINE)


def test_of_two_who_place_the_same_hold_one_does_and_the_other_is_told(debtor, collector, supervisor):
    answers = at_once(placing(debtor, collector), placing(debtor, supervisor))
    assert sorted(type(answer).__name__ for answer in answers) == ["Hold", "HoldRefused"]
    assert Hold.objects.count() == 1
    assert AuditEvent.objects.filter(action="hold.placed").count() == 1


def test_twin_without_the_constraint_there_would_be_two(debtor, collector, supervisor):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'hold_one_of_a_type'")
        definition = cursor.fetchone()[0]
        cursor.execute("ALTER TABLE cases_hold DROP CONSTRAINT hold_one_of_a_type")
    try:
        at_once(placing(debtor, collector), placing(debtor, supervisor))
        assert Hold.objects.count() == 2
    finally:
        Hold.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE cases_hold ADD CONSTRAINT hold_one_of_a_type {definition}")


def placed_while_another_is_at_it(debtor, actor) -> bool:
    """Whether a hold can be placed while somebody else is in the middle of placing one."""
    placed: list[Hold] = []

    def place():
        try:
            placed.append(placing(debtor, actor)())
        finally:
            connection.close()

    waiting = Thread(target=place)
    with transaction.atomic():
        holds._in_turn(debtor.pk)
        waiting.start()
        waiting.join(timeout=1)
        meanwhile = bool(placed)
    waiting.join(timeout=30)
    assert placed
    return meanwhile


def test_the_second_waits_for_the_first_so_that_they_never_wait_for_each_other(debtor, collector):
    assert not placed_while_another_is_at_it(debtor, collector)


def test_twin_without_the_turn_both_are_at_it_at_once(debtor, collector, monkeypatch):
    """What the database then ends as a deadlock, if they meet at the constraint."""
    monkeypatch.setattr(holds, "_in_turn", lambda debtor_id: None)
    assert placed_while_another_is_at_it(debtor, collector)


@pytest.fixture
def hold(debtor, collector):
    return placing(debtor, collector)()


def lifting(hold, actor):
    return lambda: lift_hold(hold=hold, reason=f"{actor} 已核实", actor=actor, now=NINE + dt.timedelta(days=1))


def test_lifted_by_two_at_once_it_is_lifted_by_one(hold, supervisor, compliance_officer):
    answers = at_once(lifting(hold, supervisor), lifting(hold, compliance_officer))
    assert [isinstance(answer, HoldRefused) for answer in answers].count(True) == 1
    assert AuditEvent.objects.filter(action="hold.lifted").count() == 1


def test_twin_without_the_lock_both_believe_they_lifted_it(hold, supervisor, compliance_officer, monkeypatch):
    both = Barrier(2)

    def read_only(hold, now):
        found = Hold.objects.get(pk=hold.pk)
        both.wait(timeout=10)
        return found

    monkeypatch.setattr(holds, "_going_on", read_only)
    answers = at_once(lifting(hold, supervisor), lifting(hold, compliance_officer))
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert AuditEvent.objects.filter(action="hold.lifted").count() == 2


def test_the_last_renewal_is_given_once(hold, supervisor, compliance_officer):
    def renewing(actor, day):
        return lambda: renew_hold(hold=hold, last_day=dt.date(2026, 4, day), reason="住院", actor=actor, now=NINE)

    for day in (5, 10):
        renewing(supervisor, day)()
    answers = at_once(renewing(supervisor, 15), renewing(compliance_officer, 20))
    assert [isinstance(answer, HoldRefused) for answer in answers].count(True) == 1
    assert hold.renewals.count() == 3
