"""Talks without a recording: found when they are told, looked into by compliance, gone when a recording comes."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import new_token
from compliance.gate import open_attempt
from compliance.models import ContactDetail, ResultCode
from compliance.services.call_details import CallDetails, LogRefused
from compliance.services.log import close_attempt
from compliance.services.recordings import note_line, review_missing
from tests.compliance.conftest import Person, monday, person

__all__ = ["person"]

pytestmark = pytest.mark.django_db


def talk(person: Person, actor: User, clock: str = "10:00", *, code: str = "TALKED", **details) -> ContactDetail:
    attempt = open_attempt(case=person.card, point=person.mobile, actor=actor, now=monday(clock)).attempt
    assert attempt is not None
    told = CallDetails(result_code=ResultCode.objects.get(code=code), **details)
    return close_attempt(attempt=attempt, details=told, actor=actor, now=monday(clock)).detail


def listed(client, **query) -> str:
    answer = client.get(reverse("compliance:recordings"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_talk_without_a_recording_is_listed_and_one_with_is_not(
    person: Person, collector: User, compliance_officer: User, client_as
) -> None:
    officer = client_as(compliance_officer)
    assert "没有待核查的通话" in listed(officer)
    missing = talk(person, collector)
    kept = talk(person, collector, "11:00", recording_ref="rec-7", recording_hash="ab" * 32)
    missed = talk(person, collector, "12:00", code="NO_ANSWER")
    shown = listed(officer)
    assert f'data-attempt="{missing.pk}"' in shown
    for other in (kept, missed):
        assert f'data-attempt="{other.pk}"' not in shown
    assert client_as(collector).get(reverse("compliance:recordings")).status_code == 403


def test_a_finding_takes_it_off_the_list_and_stays(
    person: Person, collector: User, compliance_officer: User, client_as
) -> None:
    detail, officer = talk(person, collector), client_as(compliance_officer)
    address = reverse("compliance:recording_review", args=[detail.pk])
    empty = officer.post(address, {"form_token": new_token(), "finding": ""})
    assert empty.status_code == 400
    assert "请写明没有录音的原因" in empty.content.decode()
    assert officer.post(address, {"form_token": new_token(), "finding": "录音服务中断"}).status_code == 302
    assert f'data-attempt="{detail.pk}"' not in listed(officer)
    assert "录音服务中断" in listed(officer, show="reviewed")
    detail.refresh_from_db()
    assert (detail.no_recording, detail.recording_reviewed_by) == (True, compliance_officer)
    with pytest.raises(LogRefused, match="已由他人核查"):
        review_missing(detail=detail, finding="再看", actor=compliance_officer, now=monday("12:00"))


def test_a_recording_that_arrives_clears_the_mark_and_cannot_be_reviewed_away(
    person: Person, collector: User, compliance_officer: User, client_as
) -> None:
    detail = talk(person, collector)
    assert note_line(attempt=detail.attempt, recording_ref="rec-9", recording_hash="cd" * 32)
    assert not note_line(attempt=detail.attempt, recording_ref="rec-10", recording_hash="ef" * 32)
    detail.refresh_from_db()
    assert (detail.no_recording, detail.recording_ref) == (False, "rec-9")
    with pytest.raises(LogRefused, match="已有录音"):
        review_missing(detail=detail, finding="没有", actor=compliance_officer, now=monday("12:00"))
    address = reverse("compliance:recording_review", args=[detail.pk])
    assert client_as(compliance_officer).post(address, {"form_token": new_token(), "finding": "x"}).status_code == 404


def test_the_database_keeps_the_row_and_its_form(person: Person, collector: User) -> None:
    detail = talk(person, collector)
    wrong = (
        {"recording_ref": "x"},  # marked as missing at the same time
        {"recording_hash": "ab" * 32},
        {"identity_confirmed_at": monday("10:00"), "identity_factors": ["name"]},
    )
    for columns in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            ContactDetail.objects.filter(pk=detail.pk).update(**columns)
    from django.db import DatabaseError

    with pytest.raises(DatabaseError), transaction.atomic():
        ContactDetail.objects.filter(pk=detail.pk)._raw_delete("default")


def test_the_list_costs_the_same_however_long(
    person: Person, collector: User, compliance_officer: User, supervisor: User, client_as
) -> None:
    officer = client_as(compliance_officer)
    talk(person, collector, "09:00")
    listed(officer)
    with CaptureQueriesContext(connection) as few:
        listed(officer)
    talk(person, supervisor, "10:00")
    talk(person, collector, "11:00")
    with CaptureQueriesContext(connection) as many:
        assert listed(officer).count("data-attempt=") == 3
    assert len(many) == len(few)
