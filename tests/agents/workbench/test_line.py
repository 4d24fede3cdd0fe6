"""The telephone line: dialled once a contact, its end and its recording taken over, and what it does not know."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from agents.workbench.telephony import LineDown, News, line
from agents.workbench.telephony.calls import catch_up, dial, take_over
from agents.workbench.telephony.simulator import SimulatedLine
from cases.models import ContactPoint
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, User
from collection_ops.core.services.form_tokens import new_token
from compliance.gate import open_attempt
from compliance.models import ContactAttempt, ContactDetail
from compliance.services.call_details import LogRefused
from compliance.services.log import close_attempt
from tests.compliance.conftest import Person, add_phone, monday, person

__all__ = ["person"]

pytestmark = pytest.mark.django_db
SIMULATED = "agents.workbench.telephony.simulator.SimulatedLine"


def ring(person: Person, actor: User, *, point: ContactPoint | None = None) -> ContactAttempt:
    return ring_at(person, actor, "10:00", point=point)


def ring_at(person: Person, actor: User, time: str, *, point: ContactPoint | None = None) -> ContactAttempt:
    answer = open_attempt(case=person.card, point=point or person.mobile, actor=actor, now=monday(time))
    assert answer.attempt is not None
    return answer.attempt


def dialled(person: Person, actor: User, number: str = "") -> ContactAttempt:
    attempt = ring(person, actor, point=add_phone(person.card, number) if number else None)
    dial(attempt=attempt, line=SimulatedLine(), actor=actor, now=monday("10:00"))
    return attempt


class BrokenLine(SimulatedLine):
    def dial(self, **_call) -> str:
        raise LineDown("no trunk")

    def news(self, **_call) -> News:
        raise LineDown("no trunk")


def test_the_recording_and_the_end_come_with_the_line(person: Person, collector: User) -> None:
    attempt = dialled(person, collector)
    take_over(attempt=attempt, line=SimulatedLine(), now=monday("10:04"))
    closed = close_attempt(attempt=attempt, result="right_party", actor=collector, now=monday("10:04"))
    detail = ContactDetail.objects.get()
    assert closed.started_at == detail.connected_at == monday("10:00") + dt.timedelta(seconds=6)
    assert closed.ended_at == monday("10:00") + dt.timedelta(seconds=56)
    assert detail.recording_ref.endswith(".wav")
    assert len(detail.recording_hash) == 64
    assert not detail.no_recording


def test_a_talk_without_a_recording_is_marked_until_one_arrives(person: Person, collector: User) -> None:
    attempt = dialled(person, collector)
    close_attempt(attempt=attempt, result="right_party", actor=collector, now=monday("10:00"))
    assert ContactDetail.objects.get().no_recording
    assert catch_up(line=SimulatedLine(), now=monday("10:03")) == 1
    detail = ContactDetail.objects.get()
    assert (detail.no_recording, bool(detail.recording_ref)) == (False, True)
    assert catch_up(line=SimulatedLine(), now=monday("10:04")) == 0


def test_nobody_on_the_line_is_no_missing_recording(person: Person, collector: User) -> None:
    attempt = dialled(person, collector, "13900003330")
    take_over(attempt=attempt, line=SimulatedLine(), now=monday("10:02"))
    close_attempt(attempt=attempt, result="no_answer", actor=collector, now=monday("10:02"))
    detail = ContactDetail.objects.get()
    assert (detail.connected_at, detail.no_recording, detail.recording_ref) == (None, False, "")


def test_a_number_that_is_answered_and_not_recorded_stays_marked(person: Person, collector: User) -> None:
    attempt = dialled(person, collector, "13900003339")
    close_attempt(attempt=attempt, result="connected", actor=collector, now=monday("10:06"))
    catch_up(line=SimulatedLine(), now=monday("10:10"))
    assert ContactDetail.objects.get().no_recording


def test_an_old_answer_of_the_gate_dials_nothing_any_more_and_what_was_said_is_still_told(
    person: Person, collector: User
) -> None:
    attempt = ring(person, collector)
    with pytest.raises(LogRefused, match="已超过 10 分钟"):
        dial(attempt=attempt, line=SimulatedLine(), actor=collector, now=monday("10:10"))
    assert not ContactDetail.objects.exclude(call_ref="").exists()
    told = close_attempt(attempt=attempt, result="right_party", actor=collector, now=monday("10:20"))
    assert told.result == "right_party"
    again = ring_at(person, collector, "10:25")
    assert dial(attempt=again, line=SimulatedLine(), actor=collector, now=monday("10:34")).call_ref


def test_one_contact_is_dialled_once(person: Person, collector: User) -> None:
    attempt = dialled(person, collector)
    with pytest.raises(LogRefused, match="已经拨过号"):
        dial(attempt=attempt, line=SimulatedLine(), actor=collector, now=monday("10:01"))
    close_attempt(attempt=attempt, result="busy", actor=collector, now=monday("10:02"))
    with pytest.raises(LogRefused, match="已经结束"):
        dial(attempt=attempt, line=SimulatedLine(), actor=collector, now=monday("10:03"))
    said = AuditEvent.objects.get(action="contact.dialled").data
    assert said["number"] == "139****1111"


def test_a_line_that_is_down_dials_nothing_and_loses_nothing(person: Person, collector: User) -> None:
    attempt = ring(person, collector)
    with pytest.raises(LogRefused, match="线路没有接通"):
        dial(attempt=attempt, line=BrokenLine(), actor=collector, now=monday("10:00"))
    assert not ContactDetail.objects.exists()
    dial(attempt=attempt, line=SimulatedLine(), actor=collector, now=monday("10:01"))
    take_over(attempt=attempt, line=BrokenLine(), now=monday("10:05"))
    close_attempt(attempt=attempt, result="right_party", actor=collector, now=monday("10:05"))


@pytest.fixture
def browser(collector: User, client_as, monkeypatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: monday("10:00"))
    return client_as(collector)


def send(browser: Client, route: str, attempt: ContactAttempt, **data):
    return browser.post(reverse(f"workbench:{route}", args=[attempt.pk]), {"form_token": new_token(), **data})


def page(browser: Client, attempt: ContactAttempt) -> str:
    return browser.get(reverse("workbench:attempt", args=[attempt.pk])).content.decode()


def test_without_a_line_people_dial_from_the_number_they_opened(browser, person: Person, collector: User) -> None:
    attempt = ring(person, collector)
    assert line() is None
    assert "attempt_dial" not in page(browser, attempt)
    assert send(browser, "attempt_dial", attempt).status_code == 404
    opened = reverse("cases:reveal", args=[person.card.pk, person.mobile.pk])
    asked = {"reason": "contact", "note": ""}
    assert 'href="tel:13900001111"' in browser.post(opened, {**asked, "dials": "1"}).content.decode()
    assert 'href="tel:' not in browser.post(opened, asked).content.decode()


def test_with_a_line_the_page_dials_follows_and_keeps_the_recording(
    browser, person: Person, collector: User, settings, monkeypatch
) -> None:
    settings.TELEPHONY_LINE = SIMULATED
    attempt = ring(person, collector)
    assert "模拟线路" in page(browser, attempt)
    assert send(browser, "attempt_dial", attempt)["Location"] == reverse("workbench:attempt", args=[attempt.pk])
    assert "呼叫中" in page(browser, attempt)
    monkeypatch.setattr(clock, "now", lambda: monday("10:00") + dt.timedelta(seconds=20))
    assert "通话中" in page(browser, attempt)
    assert ContactDetail.objects.get().connected_at is None  # looking writes nothing
    again = send(browser, "attempt_dial", attempt)
    assert again.status_code == 409
    assert "已经拨过号" in again.content.decode()
    monkeypatch.setattr(clock, "now", lambda: monday("10:03"))
    assert "已录音" in page(browser, attempt)
    send(browser, "attempt_record", attempt, code="TALKED")
    detail = ContactDetail.objects.get()
    assert detail.recording_ref
    assert not detail.no_recording
