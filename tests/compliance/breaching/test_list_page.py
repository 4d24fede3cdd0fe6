"""The list of contacts against a rule: what stands, what was withdrawn, whose it is."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.invariants import check_all
from collection_ops.core.models import User
from compliance.gate import open_attempt
from compliance.models import Breach, ContactAttempt, GateDecision
from compliance.services.log import PastContact, mark_misdirected, record_past, record_past_contacts
from tests.compliance.conftest import Person, monday

pytestmark = pytest.mark.django_db


def night_call(person: Person, clock_time: str = "23:00", **options) -> ContactAttempt:
    return record_past(
        case=person.card, point=person.mobile, channel="call", result="no_answer", started_at=monday(clock_time),
        now=monday("23:30"), **{"actor": None, "org": "agency-a", **options},
    )  # fmt: skip


def shown(client, **query: str) -> str:
    answer = client.get(reverse("compliance:breaches"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_breach_is_listed_with_rule_and_organisation_and_goes_when_it_was_none(
    person: Person, compliance_officer: User, collector: User, client_as
) -> None:
    client = client_as(compliance_officer)
    assert "没有违规联系" in shown(client)
    attempt = night_call(person)
    night_call(person, "22:30", actor=collector, org="own")
    listed = shown(client)
    assert "22:00 至次日 8:00" in listed
    assert "agency-a" in listed
    assert listed.count("data-breach=") == 2
    assert shown(client, org="agency-a").count("data-breach=") == 1
    assert shown(client, rule="CN-F-01").count("data-breach=") == 0
    mark_misdirected(attempt=attempt, actor=collector, now=monday("23:40"))
    assert shown(client).count("data-breach=") == 1
    assert shown(client, state="withdrawn").count("data-breach=") == 1
    assert "agency-a" in shown(client, state="withdrawn")


def test_a_collector_does_not_see_the_list(collector: User, client_as) -> None:
    assert client_as(collector).get(reverse("compliance:breaches")).status_code == 403


def test_hand_made_addresses_do_no_harm(person: Person, auditor: User, client_as) -> None:
    night_call(person)
    client = client_as(auditor)
    for query in ({"state": "x"}, {"before": "x"}, {"after": "9" * 30}, {"rule": "x" * 99}, {"org": "'; --"}):
        assert client.get(reverse("compliance:breaches"), query).status_code == 200


def test_the_list_costs_the_same_with_many(person: Person, auditor: User, client_as) -> None:
    client = client_as(auditor)
    night_call(person, "22:01")
    shown(client)
    with CaptureQueriesContext(connection) as few:
        shown(client)
    calls = [PastContact(person.card, person.mobile, "call", "no_answer", monday(f"22:{n}")) for n in range(10, 59)]
    record_past_contacts(calls, actor=None, now=monday("23:30"), org="agency-a")
    with CaptureQueriesContext(connection) as many:
        assert shown(client).count("data-breach=") == 50
    assert len(many) <= len(few)


def test_what_was_said_and_what_happened_cannot_be_taken_out_of_the_tables(person: Person, collector: User) -> None:
    night_call(person)
    open_attempt(case=person.card, point=person.mobile, actor=collector, now=monday("23:50"))
    for act in (
        lambda: GateDecision.objects.update(verdict="allow"),
        lambda: GateDecision.objects.all().delete(),
        lambda: Breach.objects.all()._raw_delete("default"),
        lambda: ContactAttempt.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match=r"append-only|is kept"), transaction.atomic():
            act()
    assert (GateDecision.objects.get().verdict, ContactAttempt.objects.count()) == ("block", 1)


def test_the_invariants_find_a_contact_that_was_refused(person: Person, collector: User, supervisor: User) -> None:
    def broken() -> list[str]:
        return [
            found["code"] for found in check_all(now=clock.now()) if found["code"].startswith("I14") and found["count"]
        ]

    attempt = open_attempt(case=person.card, point=person.mobile, actor=collector, now=monday("10:00")).attempt
    assert attempt is not None
    assert broken() == []
    refused = open_attempt(case=person.card, point=person.mobile, actor=supervisor, now=monday("23:00")).decision
    ContactAttempt.objects.filter(pk=attempt.pk).update(gate=refused)
    assert broken() == ["I14"]
