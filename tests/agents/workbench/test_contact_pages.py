"""The collector's call through the pages: allowed, refused, told, taken back; and what is shown to whom."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agents.workbench.queue import lock
from cases.models import Case, HoldType
from cases.services.holds import place_hold
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import new_token
from compliance.models import AttemptState, ContactAttempt, GateDecision
from compliance.services.log import record_past
from tests.cases.builders import desk_of, make_case
from tests.compliance.conftest import Person, add_phone, monday, person

__all__ = ["person"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def ten(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "10:00")


def at(monkeypatch: pytest.MonkeyPatch, moment: str, *, day: int = 2) -> None:
    monkeypatch.setattr(clock, "now", lambda: monday(moment, day=day))


@pytest.fixture
def browser(collector: User, client_as) -> Client:
    return client_as(collector)


def page(browser: Client, case: Case, **query: object) -> str:
    answer = browser.get(reverse("workbench:contact", args=[case.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def send(browser: Client, route: str, number: int, *, token: str = "", **data: object) -> HttpResponse:
    return browser.post(reverse(f"workbench:{route}", args=[number]), {"form_token": token or new_token(), **data})


def dial(browser: Client, person: Person, *, token: str = "") -> HttpResponse:
    return send(browser, "contact_open", person.card.pk, point=person.mobile.pk, token=token)


def test_a_call_goes_from_the_gate_to_the_timeline(ten, browser: Client, person: Person) -> None:
    answer = dial(browser, person)
    attempt = ContactAttempt.objects.get()
    assert answer.headers["Location"] == reverse("workbench:attempt", args=[attempt.pk])
    form = browser.get(answer.headers["Location"]).content.decode()
    assert "139****1111" in form
    assert "13900001111" not in form
    done = send(browser, "attempt_record", attempt.pk, code="TALKED", note="答应周五还")
    assert done.headers["Location"] == reverse("workbench:contact", args=[person.card.pk])
    attempt.refresh_from_db()
    assert (attempt.state, attempt.result, attempt.note) == (AttemptState.CLOSED, "right_party", "答应周五还")
    record = browser.get(reverse("cases:record", args=[person.card.pk])).content.decode()
    assert "电话：本人接听" in record
    assert "答应周五还" in record
    assert re.search(r"有效通话每日不超过 3 次.*?1 / 3", page(browser, person.card), re.DOTALL)


def test_a_case_that_somebody_else_has_open_is_not_called_about_until_it_is_left(
    ten, person: Person, collector: User, team_leader: User, client_as
) -> None:
    lock.take(case_id=person.card.pk, user=collector, now=monday("09:55"), lasts=dt.timedelta(minutes=10))
    leader = client_as(team_leader)
    refused = dial(leader, person)
    assert not ContactAttempt.objects.exists()
    assert "林催收 正在处理这件案件" in leader.get(refused.headers["Location"]).content.decode()
    lock.release(case_id=person.card.pk, user=collector)
    dial(leader, person)
    assert ContactAttempt.objects.get().actor == team_leader


def test_a_refused_call_says_why_and_from_when_on_and_is_kept(
    monkeypatch, browser: Client, person: Person, collector: User
) -> None:
    at(monkeypatch, "22:30")
    answer = dial(browser, person)
    decision = GateDecision.objects.get()
    assert (decision.verdict, decision.actor) == ("block", collector)
    shown = browser.get(answer.headers["Location"]).content.decode()
    assert "现在不能联系" in shown
    assert "2026-03-03 08:00" in shown
    assert "22:00 至次日 8:00" in shown
    assert not ContactAttempt.objects.exists()


def test_somebody_elses_refusal_is_not_shown_by_its_number(
    ten, browser: Client, person: Person, supervisor: User
) -> None:
    decision = GateDecision.objects.create(
        debtor=person.card.loan.debtor, case=person.card, actor=supervisor, channel="call", purpose="demand",
        decided_at=monday("09:00"), verdict="block", facts={},
    )  # fmt: skip
    assert "现在不能联系" not in page(browser, person.card, refused=decision.pk)
    for odd in ("x", "9" * 30, "-1", ""):
        assert "现在不能联系" not in page(browser, person.card, refused=odd)


def test_the_second_click_opens_no_second_call(ten, browser: Client, person: Person) -> None:
    token = new_token()
    first, second = (dial(browser, person, token=token) for _n in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert ContactAttempt.objects.count() == 1


def test_the_call_before_is_told_first(ten, browser: Client, person: Person) -> None:
    first = dial(browser, person)
    again = send(browser, "contact_open", person.loan.pk, point=person.mobile.pk)
    assert again.headers["Location"] == first.headers["Location"]
    assert "上一次联系还没有记录" in browser.get(again.headers["Location"]).content.decode()
    assert ContactAttempt.objects.count() == 1


def test_a_result_left_out_comes_back_with_what_was_typed(ten, browser: Client, person: Person) -> None:
    dial(browser, person)
    attempt = ContactAttempt.objects.get()
    answer = send(browser, "attempt_record", attempt.pk, note="在开会，稍后再打")
    assert answer.status_code == 400
    assert "请选择联系结果" in answer.content.decode()
    assert "在开会，稍后再打" in answer.content.decode()
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.OPEN


def test_what_was_told_by_another_window_is_not_overwritten(ten, browser: Client, person: Person) -> None:
    dial(browser, person)
    attempt = ContactAttempt.objects.get()
    send(browser, "attempt_record", attempt.pk, code="NO_ANSWER")
    answer = send(browser, "attempt_record", attempt.pk, code="TALKED", note="其实接了")
    assert answer.status_code == 409
    assert "已经记录为“无人接听”" in answer.content.decode()
    assert "其实接了" in answer.content.decode()


def test_a_call_not_dialled_is_given_back(ten, browser: Client, person: Person) -> None:
    dial(browser, person)
    send(browser, "attempt_cancel", ContactAttempt.objects.get().pk)
    assert ContactAttempt.objects.get().state == AttemptState.CANCELLED
    assert re.search(r"0 / 3", page(browser, person.card))


def test_a_case_taken_away_during_the_call_is_told_about_all_the_same(
    ten, browser: Client, person: Person, supervisor: User
) -> None:
    dial(browser, person)
    Case.objects.filter(pk=person.card.pk).update(desk=desk_of(supervisor))
    attempt = ContactAttempt.objects.get()
    answer = send(browser, "attempt_record", attempt.pk, code="BUSY")
    assert answer.headers["Location"] == reverse("cases:list")
    attempt.refresh_from_db()
    assert attempt.result == "busy"
    assert browser.get(reverse("workbench:contact", args=[person.card.pk])).status_code == 404


def test_the_aunt_is_not_offered_and_her_screen_hides_the_debt(
    monkeypatch, browser: Client, person: Person, collector: User
) -> None:
    at(monkeypatch, "11:00", day=4)
    shown = page(browser, person.card)
    assert f'data-point="{person.aunt.pk}" data-verdict="block"' in shown
    for day in (2, 3, 4):
        record_past(
            case=person.card, point=person.mobile, channel="call", result="no_answer", started_at=monday("10:00", day=day),
            actor=collector, now=monday("10:05", day=day),
        )  # fmt: skip
    assert f'data-point="{person.aunt.pk}" data-verdict="allow"' in page(browser, person.card)
    send(browser, "contact_open", person.card.pk, point=person.aunt.pk)
    attempt = ContactAttempt.objects.get(state="open")
    assert attempt.purpose == "relay"
    form = browser.get(reverse("workbench:attempt", args=[attempt.pk])).content.decode()
    assert "不透露欠款" in form
    assert "1,234.56" not in form


def test_the_aunt_of_one_who_has_died_is_asked_for_the_heirs(
    ten, browser: Client, person: Person, supervisor: User
) -> None:
    place_hold(
        debtor=person.card.loan.debtor, type=HoldType.DECEASED, reason="死亡证明", proof="证明 3", actor=supervisor,
        now=monday("09:00"),
    )  # fmt: skip
    shown = page(browser, person.card)
    assert f'data-point="{person.mobile.pk}" data-verdict="block"' in shown
    assert "寻找继承人" in shown
    send(browser, "contact_open", person.card.pk, point=person.aunt.pk)
    attempt = ContactAttempt.objects.get()
    assert attempt.purpose == "find_heir"
    form = browser.get(reverse("workbench:attempt", args=[attempt.pk])).content.decode()
    assert "只为寻找继承人" in form
    assert "1,234.56" not in form


def test_a_hold_is_told_before_anybody_calls(ten, browser: Client, person: Person, supervisor: User) -> None:
    place_hold(
        debtor=person.card.loan.debtor, type=HoldType.ILLNESS, reason="住院治疗", proof="病历", actor=supervisor,
        now=monday("09:00"), ends_at=monday("00:00", day=20),
    )  # fmt: skip
    shown = page(browser, person.card)
    assert "重大疾病" in shown
    assert "住院治疗" in shown
    assert "03-20 08:00 起" in shown


def test_a_number_of_somebody_else_cannot_be_dialled_from_here(
    ten, browser: Client, person: Person, supervisor: User
) -> None:

    other = add_phone(make_case(desk=desk_of(supervisor)), "13900009999")
    for point in (other.pk, "", "x", "9" * 25):
        assert send(browser, "contact_open", person.card.pk, point=point).status_code == 404
    assert not GateDecision.objects.exists()


def test_what_is_not_told_within_two_hours_is_seen_by_the_team_leader(
    monkeypatch, browser: Client, person: Person, collector: User, team_leader: User, client_as
) -> None:
    leader = client_as(team_leader)
    at(monkeypatch, "10:00")
    dial(browser, person)
    attempt = ContactAttempt.objects.get()
    mark = f'data-attempt="{attempt.pk}"'

    def listed(client: Client) -> str:
        return client.get(reverse("workbench:waiting")).content.decode()

    assert mark in listed(browser)
    assert "已超时" not in listed(browser)
    assert mark not in listed(leader)
    at(monkeypatch, "12:00")
    assert "已超时" not in listed(browser)
    at(monkeypatch, "12:01")
    assert "已超时" in listed(browser)
    assert mark in listed(leader)
    send(leader, "attempt_record", attempt.pk, code="NO_ANSWER")
    assert "没有待记录的通话" in listed(leader)
    assert "没有待记录的通话" in listed(browser)


def test_an_auditor_does_not_call(ten, auditor: User, client_as, person: Person) -> None:
    assert client_as(auditor).get(reverse("workbench:contact", args=[person.card.pk])).status_code == 403


def test_the_page_costs_the_same_however_long_the_log(ten, browser: Client, person: Person, collector: User) -> None:
    page(browser, person.card)
    with CaptureQueriesContext(connection) as few:
        page(browser, person.card)
    for n in range(20):
        record_past(
            case=person.card, point=person.mobile, channel="call", result="no_answer", actor=collector, now=monday("09:00"),
            started_at=monday("08:00") - dt.timedelta(hours=n),
        )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        page(browser, person.card)
    assert len(many) == len(few) <= 15
