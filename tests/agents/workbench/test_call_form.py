"""The call form as page and as fragment: what it shows before and after the identity is confirmed, and what it keeps."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Promise
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import new_token
from compliance.gate import open_attempt
from compliance.models import ContactAttempt, ContactDetail
from compliance.reference import seed_talking_points
from compliance.services.log import record_past
from tests.compliance.conftest import Person, monday, person

__all__ = ["person"]

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
TOTAL = "1,234.56"


@pytest.fixture
def browser(collector: User, client_as, monkeypatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: monday("10:00"))
    seed_talking_points()
    return client_as(collector)


@pytest.fixture
def attempt(person: Person, collector: User) -> ContactAttempt:
    found = open_attempt(case=person.card, point=person.mobile, actor=collector, now=monday("10:00")).attempt
    assert found is not None
    return found


def page(browser: Client, attempt: ContactAttempt, **query) -> str:
    answer = browser.get(reverse("workbench:attempt", args=[attempt.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def send(browser: Client, route: str, number: int, *, headers=None, token: str = "", **data):
    data = {"form_token": token or new_token(), **data}
    return browser.post(reverse(f"workbench:{route}", args=[number]), data, headers=headers or {})


def test_no_amount_stands_on_the_screen_before_two_right_answers(browser, attempt: ContactAttempt) -> None:
    assert TOTAL not in page(browser, attempt)
    assert "data-hides-amounts" in page(browser, attempt)
    for factors in ([], ["name"], ["name", "name"], ["name", "shoe_size"]):
        refused = send(browser, "attempt_confirm", attempt.pk, factors=factors)
        assert refused.status_code == 409
        assert "至少 2 项" in refused.content.decode()
        assert TOTAL not in refused.content.decode()
    confirmed = send(browser, "attempt_confirm", attempt.pk, factors=["name", "id_last4"])
    assert confirmed["Location"] == reverse("workbench:attempt", args=[attempt.pk])
    shown = page(browser, attempt)
    assert "data-hides-amounts" not in shown
    assert shown.count(TOTAL) >= 2  # the panel, and the words that say what is owed
    assert ContactDetail.objects.get().identity_factors == ["name", "id_last4"]


def test_the_aunts_screen_never_shows_an_amount_nor_words_about_the_debt(
    browser, person: Person, collector: User, monkeypatch
) -> None:
    for day in (2, 3, 4):
        record_past(
            case=person.card, point=person.mobile, channel="call", result="no_answer", actor=collector,
            started_at=monday("10:00", day=day), now=monday("10:05", day=day),
        )  # fmt: skip
    monkeypatch.setattr(clock, "now", lambda: monday("11:00", day=4))
    aunt = open_attempt(case=person.card, point=person.aunt, actor=collector, now=clock.now()).attempt
    assert aunt is not None
    shown = page(browser, aunt)
    refused = send(browser, "attempt_confirm", aunt.pk, factors=["name", "id_last4"])
    assert refused.status_code == 409
    for screen in (shown, refused.content.decode()):
        assert TOTAL not in screen
        assert "征信" not in screen
        assert "请您帮忙转告" in screen
        assert 'value="PTP"' not in screen
        assert 'value="THIRD_REFUSED"' in screen


def test_the_words_follow_reason_and_temper_and_come_in_the_readers_language(browser, attempt: ContactAttempt) -> None:
    shown = page(browser, attempt)
    assert re.search(r'data-reason="job_lost" data-temper="">失业期间', shown)
    assert re.search(r'data-reason="" data-temper="angry">', shown)
    assert "批准之前我不能承诺结果" in shown
    browser.cookies["language"] = "en"
    assert "being out of work" in page(browser, attempt).lower()


def test_the_form_is_a_fragment_for_a_script_and_a_page_without_one(browser, person: Person) -> None:
    opened = send(browser, "contact_open", person.card.pk, point=person.mobile.pk, headers=HX, then="next")
    assert opened.status_code == 302
    assert opened["Location"].endswith("?then=next")
    fragment = browser.get(opened["Location"], headers=HX).content.decode()
    whole = browser.get(opened["Location"]).content.decode()
    assert "<html" not in fragment
    assert "<html" in whole
    for screen in (fragment, whole):
        assert '<input type="hidden" name="then" value="next">' in screen
        assert "保存并下一件" in screen
    numbers = browser.get(reverse("workbench:contact", args=[person.card.pk]), headers=HX).content.decode()
    assert "<html" not in numbers
    assert "data-point=" in numbers


def test_saved_by_a_script_the_browser_is_led_on_once(browser, attempt: ContactAttempt) -> None:
    token = new_token()
    first, second = (
        send(browser, "attempt_record", attempt.pk, headers=HX, token=token, code="NO_ANSWER") for _n in range(2)
    )
    contact = reverse("workbench:contact", args=[attempt.case_id])
    assert (first.status_code, first["HX-Redirect"]) == (204, contact)
    assert (second.status_code, second["HX-Redirect"]) == (204, contact)
    other = send(browser, "attempt_record", attempt.pk, headers=HX, token=token, code="BUSY")
    assert other.status_code == 409


def test_a_promise_left_half_comes_back_with_everything_typed(browser, attempt: ContactAttempt) -> None:
    typed = {"code": "PTP", "willingness": "willing", "promise-amount": "500", "note": "周五发工资", "said_org": "on"}
    answer = send(browser, "attempt_record", attempt.pk, **typed, headers=HX)
    shown = answer.content.decode()
    assert answer.status_code == 400
    assert "请填写还款日期" in shown
    assert re.search(r'value="PTP"[^>]*checked', shown)
    assert re.search(r'value="willing"[^>]*checked', shown)
    assert 'value="500"' in shown
    assert "周五发工资" in shown
    attempt.refresh_from_db()
    assert attempt.state == "open"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"promise-amount": "999999", "promise-due_on": "2026-03-06"}, "promise-amount"),
        ({"promise-amount": "500.123", "promise-due_on": "2026-03-06"}, "金额最多两位小数"),
        ({"promise-amount": "500", "promise-due_on": "2026-02-01"}, "promise-due_on"),
    ],
)
def test_a_promise_that_cannot_be_is_refused_beside_its_entry(
    browser, attempt: ContactAttempt, typed, sentence: str
) -> None:
    answer = send(browser, "attempt_record", attempt.pk, code="PTP", note="先记着", **typed)
    shown = answer.content.decode()
    assert answer.status_code in (400, 409)
    assert sentence in shown
    assert "is-invalid" in shown
    assert "先记着" in shown
    assert not Promise.objects.exists()
    done = send(
        browser, "attempt_record", attempt.pk, code="PTP", **{"promise-amount": "500", "promise-due_on": "2026-03-06"}
    )
    assert done.status_code == 302
    assert Promise.objects.count() == 1


@pytest.mark.parametrize(
    "typed",
    [
        {"code": "CALLBACK"},
        {"code": "CALLBACK", "callback_at": "2026-03-01T10:00"},
        {"code": "TALKED", "callback_at": "周五"},
        {"code": "TALKED", "recording_ref": "r-1", "recording_hash": "zz"},
        {"code": "TALKED", "willingness": "eager"},
        {"code": "NO_SUCH_CODE"},
        {"code": "TALKED", "note": "长" * 1001},
    ],
)
def test_wrong_values_get_a_sentence_and_change_nothing(browser, attempt: ContactAttempt, typed) -> None:
    answer = send(browser, "attempt_record", attempt.pk, **typed)
    assert answer.status_code in (400, 409)
    assert re.search('invalid-feedback|role="alert"', answer.content.decode())
    attempt.refresh_from_db()
    assert attempt.state == "open"


def test_what_was_ticked_before_nobody_answered_is_not_kept(browser, attempt: ContactAttempt) -> None:
    send(browser, "attempt_record", attempt.pk, code="NO_ANSWER", willingness="willing", said_org="on", dispute="on")
    detail = ContactDetail.objects.get()
    assert (detail.willingness, detail.said_org, detail.dispute, detail.no_recording) == ("", False, False, False)
    assert detail.action.code == "CALL_OWN"


def test_an_opening_that_lacked_something_is_said_at_once(browser, attempt: ContactAttempt) -> None:
    done = send(browser, "attempt_record", attempt.pk, code="TALKED", said_org="on", said_own_org="on")
    shown = browser.get(done["Location"]).content.decode()
    assert "开场缺：" in shown
    for words in ("报工号", "告知录音", "核实身份"):
        assert words in shown


def test_no_number_of_somebody_elses_call_opens_it(attempt: ContactAttempt, client_as, manager: User, browser) -> None:
    from collection_ops.core.access import Role
    from tests.conftest import _person  # another collector of another team

    other = client_as(_person("bie.collector", "别催收", Role.COLLECTOR, unit="team-b"))
    assert other.get(reverse("workbench:attempt", args=[attempt.pk])).status_code == 404
    for route in ("attempt_record", "attempt_confirm", "attempt_dial", "attempt_cancel"):
        assert send(other, route, attempt.pk, code="TALKED", factors=["name", "id_last4"]).status_code == 404
        assert send(client_as(manager), route, attempt.pk).status_code == 403
    assert not ContactDetail.objects.exists()


def test_the_form_costs_the_same_however_many_words_there_are(browser, attempt: ContactAttempt) -> None:
    page(browser, attempt)
    with CaptureQueriesContext(connection) as few:
        page(browser, attempt)
    seed_talking_points()
    assert len(few) <= 16
