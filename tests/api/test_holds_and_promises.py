"""What another program places on the record: reasons not to collect, and what was promised."""

import pytest

from cases.models import Hold, Promise
from collection_ops.core.models import AuditEvent
from tests.api.conftest import errors, program
from tests.compliance.conftest import monday

pytestmark = pytest.mark.django_db


def test_a_hold_that_is_placed_stops_the_dialler_and_one_that_is_lifted_does_not(world, at_ten):
    crm, dialler = program("crm", org="own"), program(org="agency-a")
    crm_all = program("crm")
    body = {"case": world.at_a.pk, "type": "stop_contact", "reason": "客户来电要求停止联系"}
    assert crm.post("holds/", body).status_code == 404, "that one is at an agency"
    placed = crm_all.post("holds/", body)
    assert placed.status_code == 201 and placed.json()["proven"] is False
    asked = dialler.post("attempts/", {"case": world.at_a.pk})
    assert (asked.status_code, asked.json()["verdict"]) == (200, "block")
    listed = dialler.get("holds/", {"case": world.at_a.pk}).json()["results"]
    assert [hold["type"] for hold in listed] == ["stop_contact"] and "reason" not in listed[0]

    again = crm_all.post("holds/", body)
    assert (again.status_code, errors(again)) == (409, [("refused", "")])
    hold = placed.json()["id"]
    assert program(scopes=("holds.place",)).post(f"holds/{hold}/lift/", {"reason": "撤回"}).status_code == 403
    assert (
        crm_all.post(f"holds/{hold}/lift/", {"reason": "客户书面撤回"}).json()["ends_at"].startswith("2026-03-02T10:00")
    )
    assert crm_all.post(f"holds/{hold}/lift/", {"reason": "客户书面撤回"}).status_code == 409
    assert dialler.post("attempts/", {"case": world.at_a.pk}).status_code == 201
    assert Hold.objects.get().reason == "客户来电要求停止联系"


def test_a_program_lifts_nothing_that_protects_a_person(world, at_ten):
    crm = program("crm")
    for type, status in (("self_harm", 409), ("no_contact_order", 409), ("illness", 200)):
        hold = crm.post("holds/", {"case": world.own.pk, "type": type, "reason": "来电告知"}).json()["id"]
        assert crm.post(f"holds/{hold}/lift/", {"reason": "已核实"}).status_code == status, type
    assert Hold.objects.in_force(monday("10:00")).count() == 2
    refused = crm.post("holds/", {"case": world.own.pk, "type": "complaint", "reason": "来电投诉"})
    assert refused.status_code == 400, "a complaint is registered, and holds by itself"


def test_a_dispute_says_how_much_of_the_contract_it_is_about(world, at_ten):
    crm, body = program("crm"), {"case": world.own.pk, "type": "dispute", "reason": "年费有异议"}
    without = crm.post("holds/", body)
    assert (without.status_code, errors(without)) == (409, [("refused", "amount")])
    too_much = crm.post("holds/", {**body, "amount": "99999999.00"})
    assert (too_much.status_code, errors(too_much)) == (409, [("refused", "amount")])
    placed = crm.post("holds/", {**body, "amount": "50.00"})
    assert (placed.status_code, placed.json()["amount"]) == (201, "50.00")
    assert Hold.objects.get().loan == world.own.loan
    assert crm.post("holds/", {**body, "type": "illness", "amount": "50.00"}).json()["amount"] is None


def test_a_hold_ends_after_it_began(world, at_ten):
    body = {"case": world.own.pk, "type": "illness", "reason": "住院", "ends_at": "2026-03-01T00:00:00+08:00"}
    assert program().post("holds/", body).status_code == 409
    assert program().post("holds/", {**body, "ends_at": "2026-04-01T00:00:00+08:00"}).status_code == 201


def test_a_promise_is_taken_down_for_the_collector_who_was_told(world, at_ten, collector):
    crm = program("crm", org="own")
    body = {"case": world.own.pk, "amount": "500.00", "due_on": "2026-03-04", "agent": collector.username}
    made = crm.post("promises/", body)
    assert made.status_code == 201, made.content
    assert (made.json()["amount"], made.json()["paid"], made.json()["state"]) == ("500.00", "0.00", "open")
    assert Promise.objects.get().made_by == collector
    assert AuditEvent.objects.get(action="promise.made").actor == collector
    listed = crm.get("promises/", {"case": world.own.pk, "state": "open"}).json()["results"]
    assert [promise["id"] for promise in listed] == [made.json()["id"]]
    assert crm.get("promises/", {"state": "kept"}).json()["results"] == []
    assert program(org="agency-a").get("promises/").json()["results"] == []
    assert program(org="agency-a").post("promises/", {"case": world.own.pk, "amount": "1.00"}).status_code == 400


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ({"amount": "99999.00"}, 409, "amount"),
        ({"amount": "0.01"}, 409, "amount"),
        ({"due_on": "2026-03-01"}, 409, "due_on"),
        ({"due_on": "2027-03-01"}, 409, "due_on"),
        ({"amount": "500.001"}, 400, "amount"),
        ({"amount": "500"}, 400, "amount"),
        ({"amount": 500.0}, 400, "amount"),
        ({"amount": "-5.00"}, 400, "amount"),
        ({"amount": "NaN"}, 400, "amount"),
        ({"amount": "１.00"}, 400, "amount"),
        ({"due_on": "2026-02-30"}, 400, "due_on"),
        ({"due_on": "20260304"}, 400, "due_on"),
        ({"paid": "500.00"}, 400, "paid"),
        ({"override_reason": "x"}, 400, "override_reason"),
    ],
    ids=str,
)
def test_a_promise_that_cannot_be_is_refused_with_its_field(world, at_ten, wrong, status, field):
    body = {"case": world.own.pk, "amount": "500.00", "due_on": "2026-03-04"}
    answer = program().post("promises/", {**body, **wrong})
    assert answer.status_code == status, answer.content
    assert {place for _code, place in errors(answer)} == {field}
    assert not Promise.objects.exists()
