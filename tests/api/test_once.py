"""A POST has one effect, however often it is sent."""

import datetime as dt
import threading

import pytest
from django.db import transaction
from django.utils import timezone

from cases.models import Hold
from collection_ops.core.api import idempotency
from collection_ops.core.models import IdempotencyKey
from collection_ops.core.services import housekeeping
from tests.api.conftest import errors, program
from tests.core.races import at_once

KEY = "key-of-one-act-0001"


def hold(world, **changes):
    return {"case": world.own.pk, "type": "illness", "reason": "住院", **changes}


@pytest.mark.django_db
def test_the_same_again_gets_the_same_answer_and_has_no_second_effect(world):
    crm = program()
    first, second = (crm.post("holds/", hold(world), key=KEY) for _time in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotency-Replayed" not in first and second["Idempotency-Replayed"] == "true"
    assert Hold.objects.count() == 1


@pytest.mark.django_db
def test_twin_with_a_key_each_the_second_is_judged_anew(world):
    crm = program()
    assert [crm.post("holds/", hold(world)).status_code for _time in range(2)] == [201, 409]


@pytest.mark.django_db
def test_the_same_key_with_another_body_or_at_another_address_is_refused(world):
    crm = program()
    made = crm.post("holds/", hold(world), key=KEY).json()
    for address, body in (("holds/", hold(world, reason="手术")), (f"holds/{made['id']}/lift/", {"reason": "出院"})):
        answer = crm.post(address, body, key=KEY)
        assert (answer.status_code, errors(answer)) == (409, [("idempotency_key_reused", "Idempotency-Key")])
    assert Hold.objects.get().lifted_by is None and Hold.objects.get().lift_reason == ""


@pytest.mark.django_db
def test_keys_of_two_programs_are_two(world):
    first, second = program(), program()
    assert first.post("holds/", hold(world), key=KEY).status_code == 201
    assert second.post("holds/", hold(world, type="disaster"), key=KEY).status_code == 201


@pytest.mark.django_db
def test_without_a_key_nothing_happens(world):
    crm = program()
    answer = crm.post("holds/", hold(world), **{"Idempotency-Key": ""})
    assert (answer.status_code, errors(answer)) == (400, [("idempotency_key_missing", "Idempotency-Key")])
    for key in ("short", "x" * 65, "with space in the middle", "冒号冒号冒号冒号冒号冒号冒号冒号"):
        answer = crm.post("holds/", hold(world), key=key)
        assert (answer.status_code, errors(answer)) == (400, [("idempotency_key_invalid", "Idempotency-Key")])
    assert not Hold.objects.exists()


@pytest.mark.django_db
def test_a_refused_request_may_be_corrected_under_its_key(world):
    crm = program()
    assert crm.post("holds/", hold(world, type="flood"), key=KEY).status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert crm.post("holds/", hold(world), key=KEY).status_code == 201


@pytest.mark.django_db
def test_keys_are_kept_for_a_week(world):
    crm = program()
    crm.post("holds/", hold(world), key=KEY)
    now = timezone.now()
    assert housekeeping.clean(now=now + dt.timedelta(days=6))["idempotency_keys"] == 0
    assert housekeeping.clean(now=now + dt.timedelta(days=8))["idempotency_keys"] == 1


@pytest.mark.django_db(transaction=True)
def test_sent_four_times_at_once_there_is_one_effect_and_one_answer(world):
    crm = program()
    answers = at_once(*[lambda: crm.post("holds/", hold(world), key=KEY)] * 4)
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.content for answer in answers}) == 1
    assert Hold.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_keys_row_each_has_its_own_effect(world, at_ten, monkeypatch):
    """What the story above rests on: the row that all four want to write."""
    dialler = program()
    body = {"case": world.own.pk, "channel": "letter"}

    def act():
        return dialler.post("attempts/", body, key=KEY).json()["attempt"]

    assert len(set(at_once(*[act] * 3))) == 1
    # A row that is never there: its token is another one each time.
    claimed = idempotency._claimed
    monkeypatch.setattr(idempotency, "_claimed", lambda token, key, digest: claimed(program().token, key, digest))
    assert len(set(at_once(*[act] * 3))) == 3


@pytest.mark.django_db(transaction=True)
def test_behind_a_request_that_hangs_one_waits_no_longer_than_agreed(world, monkeypatch):
    monkeypatch.setattr(idempotency, "WAITS_SECONDS", 1)
    crm = program()
    begun, go_on = threading.Event(), threading.Event()

    def hangs():
        with transaction.atomic():
            IdempotencyKey.objects.create(token=crm.token, key=KEY, digest="0" * 64)
            begun.set()
            go_on.wait(timeout=30)
            transaction.set_rollback(True)

    def comes_again():
        begun.wait(timeout=30)
        try:
            return crm.post("holds/", hold(world), key=KEY)
        finally:
            go_on.set()

    _hung, waited = at_once(hangs, comes_again)
    assert (waited.status_code, errors(waited)) == (409, [("request_in_progress", "Idempotency-Key")])
    assert waited["Retry-After"] == "1"
    assert crm.post("holds/", hold(world), key=KEY).status_code == 201, "the first came to nothing"
