"""Contacts that took place, by the hundred: written down once, whatever they were, and flagged where against a rule."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.facts import gather
from compliance.gate import open_attempt
from compliance.models import AgencyFeed, Breach, ContactAttempt, ReportedContact
from compliance.services import feeds
from tests.api.conftest import errors, program
from tests.cases.builders import make_case
from tests.compliance.conftest import monday
from tests.core.races import at_once


def row(case, n: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "reference": f"A-{n}", "case": case.pk, "channel": "call", "result": "no_answer",
        "started_at": f"2026-03-02T08:{n % 60:02d}:00+08:00", **changes,
    }  # fmt: skip


@pytest.mark.django_db
def test_each_row_is_written_once_however_often_it_is_sent(world, at_ten):
    agency = program(org="agency-a")
    rows = [row(world.at_a, n, result="no_answer") for n in range(1, 4)]
    first = agency.post("contacts/bulk/", {"rows": rows}).json()
    assert (first["recorded"], first["repeated"], first["refused"]) == (3, 0, 0)
    second = agency.post("contacts/bulk/", {"rows": [*rows, row(world.at_a, 9)]}).json()
    assert (second["recorded"], second["repeated"], second["refused"]) == (1, 3, 0)
    assert [line["attempt"] for line in second["rows"][:3]] == [line["attempt"] for line in first["rows"]]
    assert set(ContactAttempt.objects.values_list("org", "state", "gate")) == {("agency-a", "closed", None)}
    assert ContactAttempt.objects.count() == 4
    # The same reference of another sender is another entry.
    assert program(org="agency-b").post("contacts/bulk/", {"rows": [row(world.at_b)]}).json()["recorded"] == 1


@pytest.mark.django_db
def test_a_reference_with_other_content_is_refused_and_the_first_stays(world, at_ten):
    agency = program(org="agency-a")
    agency.post("contacts/bulk/", {"rows": [row(world.at_a)]})
    told = agency.post("contacts/bulk/", {"rows": [row(world.at_a, result="right_party")]}).json()
    assert [(e["code"], e["field"]) for e in told["rows"][0]["errors"]] == [("reference_reused", "reference")]
    within = [row(world.at_a, 5), row(world.at_a, 5), row(world.at_a, 5, result="busy")]
    told = agency.post("contacts/bulk/", {"rows": within}).json()
    assert [line["state"] for line in told["rows"]] == ["recorded", "repeated", "refused"]
    assert sorted(ContactAttempt.objects.values_list("result", flat=True)) == ["no_answer", "no_answer"]


@pytest.mark.django_db
def test_a_wrong_row_is_refused_by_itself_with_its_reasons(world, at_ten):
    agency = program(org="agency-a")
    wrong: list[tuple[Any, list[tuple[str, str]]]] = [
        (row(world.at_a, 1, started_at="2026-03-02T08:00:00"), [("zone", "started_at")]),
        (row(world.at_a, 2, started_at="2026-03-02T18:00:00+08:00"), [("times", "started_at")]),
        (row(world.at_a, 3, result="忙"), [("invalid_choice", "result")]),
        (row(world.at_a, 4, note="a\x00b"), [("null_characters_not_allowed", "note")]),
        ({**row(world.at_a, 5), "case": 10**30}, [("max_value", "case")]),
        (row(world.at_a, 6, ended_At="x"), [("unknown_field", "ended_At")]),
        (row(world.at_b, 7), [("not_found", "case")]),
        (row(world.at_a, 8, started_at="1901-01-01T00:00:00+08:00"), [("range", "started_at")]),
        ("no row", [("invalid", "")]),
        (None, [("null", "")]),
    ]
    rows = [line for line, _errors in wrong]
    told = agency.post("contacts/bulk/", {"rows": [*rows, row(world.at_a, 20)]})
    assert told.status_code == 200, told.content
    found = [[(e["code"], e["field"]) for e in line["errors"]] for line in told.json()["rows"]]
    assert found == [expected for _line, expected in wrong] + [[]]
    assert ContactAttempt.objects.count() == 1
    # Corrected, the same reference is welcome: it stands for nothing yet.
    assert agency.post("contacts/bulk/", {"rows": [row(world.at_a, 1)]}).json()["recorded"] == 1


@pytest.mark.django_db
def test_five_hundred_rows_are_taken_and_five_hundred_and_one_are_not(world, at_ten):
    agency = program(org="agency-a")
    rows = [row(world.at_a, n, started_at=f"2026-03-02T08:{n % 60:02d}:{n // 60:02d}+08:00") for n in range(501)]
    answer = agency.post("contacts/bulk/", {"rows": rows})
    assert (answer.status_code, errors(answer)) == (400, [("max_length", "rows")])
    assert not ContactAttempt.objects.exists()
    assert agency.post("contacts/bulk/", {"rows": rows[:500]}).json()["recorded"] == 500


@pytest.mark.django_db
def test_what_is_against_a_rule_is_kept_and_flagged(world, at_ten):
    agency = program(org="agency-a")
    at_night = row(world.at_a, 1, started_at="2026-03-01T23:40:00+08:00", result="right_party")
    assert agency.post("contacts/bulk/", {"rows": [at_night]}).json()["recorded"] == 1
    breach = Breach.objects.get(rule="CN-T-01")
    assert breach.state == "open" and breach.attempt.org == "agency-a"


@pytest.mark.django_db
def test_an_agencys_calls_and_the_lenders_share_the_debtors_limit(world, at_ten, collector):
    agency = program(org="agency-a")
    type(world.own.loan).objects.filter(pk=world.own.loan_id).update(debtor=world.at_a.loan.debtor)
    rows = [row(world.at_a, n, result="right_party") for n in (1, 20, 40)]
    agency.post("contacts/bulk/", {"rows": rows})
    own = type(world.own).objects.select_related("loan").get(pk=world.own.pk)
    answer = open_attempt(case=own, point=None, actor=collector, now=monday("10:00"))
    assert not answer.allowed


@pytest.mark.django_db
def test_statements_grow_with_debtors_and_not_with_rows(world, at_ten):
    agency = program(org="agency-a")

    def statements(rows: list[dict[str, Any]]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            told = agency.post("contacts/bulk/", {"rows": rows}).json()
        assert told["recorded"] == len(rows)
        return len(caught)

    few = statements([row(world.at_a, n) for n in range(2)])
    many = statements([row(world.at_a, n) for n in range(10, 50)])
    # The second file alone breaks the limit of the day: its breaches enter the register, however many, in seven.
    assert many <= few + 7, (few, many)
    assert Breach.objects.count() > 7


# Whether its counts can be relied on --------------------------------------------------------------------------------


def feeds_of(case, clock: str = "12:00") -> dict[str, dt.datetime]:
    return {feed.org: feed.received_at for feed in gather(debtor_id=case.loan.debtor_id, now=monday(clock)).facts.feeds}


@pytest.mark.django_db
def test_an_agency_is_as_fresh_as_its_last_feed_also_an_empty_one(world, at_ten):
    agency = program(org="agency-a")
    assert feeds_of(world.at_a) == {"agency-a": monday("09:30")}, "silent since it was given the case"
    told = agency.post("contacts/bulk/", {"rows": []})
    assert told.json()["rows"] == []
    assert feeds_of(world.at_a) == {"agency-a": monday("10:00")}
    assert feeds_of(world.at_b) == {"agency-b": monday("09:30")} and feeds_of(world.own) == {}
    program(org="own").post("contacts/bulk/", {"rows": []})
    assert set(AgencyFeed.objects.values_list("org", flat=True)) == {"agency-a"}, "the lender is no agency"


@pytest.mark.django_db
def test_the_gate_warns_after_an_hour_of_silence(world, at_ten, supervisor):
    program(org="agency-a").post("contacts/bulk/", {"rows": []})

    def warned(clock: str) -> bool:
        answer = open_attempt(case=world.at_a, point=None, actor=None, channel="call", now=monday(clock))
        return "CN-F-02A" in {reason.rule for reason in answer.verdict.reasons}

    assert (warned("10:59"), warned("11:01")) == (False, True)
    late = make_case(desk=world.at_a.desk)
    assert feeds_of(late), "also for a case that it has just been given"


@pytest.mark.django_db(transaction=True)
def test_two_senders_of_one_reference_at_once_write_it_once(world, at_ten):
    agency = program(org="agency-a")

    def send() -> tuple[int, int]:
        told = agency.post("contacts/bulk/", {"rows": [row(world.at_a)]}).json()
        return told["recorded"], told["repeated"]

    assert sorted(at_once(send, send, send)) == [(0, 1), (0, 1), (1, 0)]
    assert ReportedContact.objects.count() == ContactAttempt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twin_without_their_turn_the_second_fails(world, at_ten, monkeypatch):
    from threading import Barrier

    both = Barrier(2)
    monkeypatch.setattr(feeds, "_one_sender_at_a_time", lambda org: None)
    check = feeds.check_times

    def check_and_wait(contact, *, now):
        check(contact, now=now)
        both.wait(timeout=10)  # each has looked for the reference before either writes it

    monkeypatch.setattr(feeds, "check_times", check_and_wait)
    agency = program(org="agency-a")
    answers = at_once(*[lambda: agency.post("contacts/bulk/", {"rows": [row(world.at_a)]})] * 2)
    assert sorted(answer.status_code for answer in answers) == [200, 500]
