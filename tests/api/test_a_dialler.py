"""An agency's dialler asks, calls and tells; the gate answers it like anybody else."""

import pytest

from collection_ops.core.models import AuditEvent
from compliance.models import AttemptState, ContactAttempt, GateDecision
from tests.api.conftest import errors, program
from tests.compliance.conftest import monday

pytestmark = pytest.mark.django_db


def test_it_finds_its_case_asks_calls_and_tells_what_came_of_it(world, at_ten):
    dialler = program(org="agency-a")
    listed = dialler.get("cases/").json()
    assert [case["id"] for case in listed["results"]] == [world.at_a.pk] and listed["next"] is None
    case = dialler.get(f"cases/{world.at_a.pk}/").json()
    assert (case["total"], case["stage"], case["desk"]) == ("2345.60", "M2", "agency-a")
    point = case["contact_points"][0]["id"]

    answer = dialler.post("attempts/", {"case": world.at_a.pk, "point": point})
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told["verdict"] in ("allow", "warn") and told["next_allowed_at"] is None
    at_ten(monday("10:03"))
    closed = dialler.post(
        f"attempts/{told['attempt']}/close/", {"result": "right_party", "ended_at": "2026-03-02T10:02:30+08:00"}
    )
    assert closed.status_code == 200
    assert closed.json()["state"] == "closed" and closed.json()["ended_at"] == "2026-03-02T10:02:30+08:00"
    attempt = ContactAttempt.objects.get()
    assert (attempt.org, attempt.result, attempt.actor, attempt.gate_id) == (
        "agency-a", "right_party", None, told["decision"]
    )  # fmt: skip
    names = set(AuditEvent.objects.filter(action__startswith="contact.").values_list("actor_name", flat=True))
    assert names == {str(dialler.token)}, "the trail says which program it was"


def test_a_refusal_is_an_answer_with_its_reasons_and_the_next_moment(world, at_ten):
    dialler = program(org="agency-a")
    at_ten(monday("23:30"))
    answer = dialler.post("attempts/", {"case": world.at_a.pk, "point": world.point(world.at_a).pk})
    assert answer.status_code == 200
    told = answer.json()
    assert told["verdict"] == "block" and told["attempt"] is None
    assert told["next_allowed_at"] == "2026-03-03T08:00:00+08:00"
    assert next(reason for reason in told["reasons"] if reason["verdict"] == "block")["statement"]
    assert GateDecision.objects.get().verdict == "block" and not ContactAttempt.objects.exists()
    at_ten(monday("10:00"))
    assert dialler.post("attempts/", {"case": world.at_a.pk}).status_code == 201


def test_the_words_of_an_answer_are_in_the_language_that_is_asked_for(world, at_ten):
    dialler = program(org="agency-a")
    at_ten(monday("23:30"))
    said = [
        dialler.post("attempts/", {"case": world.at_a.pk}, **headers).json()["reasons"][0]["statement"]
        for headers in ({}, {"Accept-Language": "en"})
    ]
    assert not said[0].isascii() and said[1].isascii()


def test_nothing_was_dialled_after_all(world, at_ten):
    dialler = program(org="agency-a")
    attempt = dialler.post("attempts/", {"case": world.at_a.pk}).json()["attempt"]
    assert dialler.post(f"attempts/{attempt}/cancel/").json()["state"] == "cancelled"
    assert dialler.get(f"attempts/{attempt}/").json()["state"] == "cancelled"
    late = dialler.post(f"attempts/{attempt}/close/", {"result": "no_answer"})
    assert late.status_code == 409 and errors(late) == [("refused", "")]
    assert ContactAttempt.objects.get().state == AttemptState.CANCELLED


def test_what_was_said_is_told_although_the_case_was_taken_away_meanwhile(world, at_ten):
    dialler = program(org="agency-a")
    attempt = dialler.post("attempts/", {"case": world.at_a.pk}).json()["attempt"]
    type(world.at_a).objects.filter(pk=world.at_a.pk).update(desk=world.at_b.desk)
    assert dialler.get(f"cases/{world.at_a.pk}/").status_code == 404
    assert dialler.post(f"attempts/{attempt}/close/", {"result": "no_answer"}).status_code == 200


def test_the_lenders_dialler_asks_for_a_collector_who_may_work_on_the_case(world, at_ten, collector, supervisor):
    dialler = program(org="own")
    body = {"case": world.own.pk, "agent": collector.username}
    first = dialler.post("attempts/", body)
    assert first.status_code == 201 and ContactAttempt.objects.get().actor == collector
    again = dialler.post("attempts/", body)
    assert again.status_code == 409 and errors(again) == [("attempt_still_open", "agent")]
    other = dialler.post("attempts/", {**body, "agent": "nobody"})
    assert other.status_code == 400 and errors(other) == [("agent_unknown", "agent")]
    foreign = program(org="agency-a").post("attempts/", {"case": world.at_a.pk, "agent": supervisor.username})
    assert errors(foreign) == [("agent_unknown", "agent")], "an agency's people have no account with the lender"


def test_a_result_told_twice_is_one_and_another_one_is_refused(world, at_ten):
    dialler = program(org="agency-a")
    attempt = dialler.post("attempts/", {"case": world.at_a.pk}).json()["attempt"]
    for _time in range(2):
        assert dialler.post(f"attempts/{attempt}/close/", {"result": "no_answer"}).status_code == 200
    assert dialler.post(f"attempts/{attempt}/close/", {"result": "right_party"}).status_code == 409
    assert ContactAttempt.objects.get().result == "no_answer"
