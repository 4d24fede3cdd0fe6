"""An agency's program tells of payments and promises, and asks for its placed cases."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Promise, Repayment
from collection_ops.core.access import Role
from tests.api.conftest import errors, program
from tests.compliance.conftest import monday
from tests.core.races import at_once
from tests.vendors.settlement.house import person
from vendors.models import Agency, PaymentClaim, Placement, PlacementBatch, ReturnedFact

pytestmark = pytest.mark.django_db


@pytest.fixture
def agencies(world) -> dict[str, Agency]:
    return agencies_of(world)


def agencies_of(world) -> dict[str, Agency]:
    """Both have their cases by a batch."""
    now, boss = monday("09:30"), person("place.boss", Role.SUPERVISOR)
    batch = PlacementBatch.objects.create(
        number="WB-1", as_of=now.date(), seed=1, state="applied", applied_at=now, approved_at=now, approved_by=boss
    )
    found = {}
    for case in (world.at_a, world.at_b):
        one = found[case.desk.code] = Agency.objects.create(desk=case.desk, name=case.desk.code, state="active")
        Placement.objects.create(
            batch=batch, agency=one, case=case, loan=case.loan, stage=case.stage, amount=case.total,
            placed_on=dt.date(2026, 3, 2),
        )  # fmt: skip
    return found


def claim(case, n: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "reference": f"P-{n}",
        "case": case.pk,
        "paid_on": "2026-03-02",
        "amount": "100.00",
        "place": "agency",
        **changes,
    }


def promise(case, n: int = 1, **changes: Any) -> dict[str, Any]:
    return {"reference": f"C-{n}", "case": case.pk, "amount": "500.00", "due_on": "2026-03-04", **changes}


def told(answer: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    assert answer.status_code == 200, answer.content
    return [(row["state"], [(e["code"], e["field"]) for e in row["errors"]]) for row in answer.json()["rows"]]


def test_each_claim_is_written_once_and_is_no_money(world, at_ten, agencies):
    agency = program(org="agency-a")
    first = agency.post("payment-claims/", {"rows": [claim(world.at_a)]}).json()
    assert (first["recorded"], first["rows"][0]["id"]) == (1, PaymentClaim.objects.get().pk)
    again = agency.post("payment-claims/", {"rows": [claim(world.at_a), claim(world.at_a, amount="99.00")]})
    assert told(again) == [("repeated", []), ("refused", [("reference_reused", "reference")])]
    new = agency.post("payment-claims/", {"rows": [claim(world.at_a, 5), claim(world.at_a, 5, amount="99.00")]})
    assert told(new) == [("refused", [("reference_reused", "reference")])] * 2, "only the agency knows which is right"
    again = agency.post("payment-claims/", {"rows": [claim(world.at_a), claim(world.at_a, 2)]})
    assert [state for state, _errors in told(again)] == ["repeated", "recorded"]
    assert PaymentClaim.objects.count() == 2 and not Repayment.objects.exists()


def test_promises_are_taken_within_the_limits(world, at_ten, agencies):
    agency = program(org="agency-a")
    rows = [promise(world.at_a), promise(world.at_a, 2), promise(world.at_a, 3, amount="0.00")]
    answer = agency.post("promises/bulk/", {"rows": rows})
    assert told(answer) == [("recorded", []), ("refused", [("refused", "")]), ("refused", [("min_value", "amount")])]
    assert answer.json()["rows"][0]["id"] == Promise.objects.get().pk
    assert "已有 1 个承诺" in answer.json()["rows"][1]["errors"][0]["message"]
    assert told(agency.post("promises/bulk/", {"rows": rows[:1]})) == [("repeated", [])]
    assert ReturnedFact.objects.get().promise == Promise.objects.get()


@pytest.mark.parametrize(("address", "row"), [("payment-claims/", claim), ("promises/bulk/", promise)])
def test_a_wrong_row_is_refused_by_itself(world, at_ten, agencies, address, row):
    wrong = [
        (row(world.at_b, 1), [("not_found", "case")]),
        ({**row(world.at_a, 2), "case": 987_654_321}, [("not_found", "case")]),
        (row(world.own, 3), [("not_found", "case")]),
        (row(world.at_a, 4, amount=100), [("invalid", "amount")]),
        (row(world.at_a, 5, agent="x"), [("unknown_field", "agent")]),
        (None, [("null", "")]),
    ]
    answer = program(org="agency-a").post(address, {"rows": [line for line, _errors in wrong] + [row(world.at_a, 9)]})
    assert told(answer) == [("refused", expected) for _line, expected in wrong] + [("recorded", [])]
    assert len({str(line["errors"]) for line in answer.json()["rows"][:3]}) == 1, "told alike"


@pytest.mark.parametrize(("address", "row"), [("payment-claims/", claim), ("promises/bulk/", promise)])
def test_only_an_agency_tells_and_only_so_much(world, at_ten, agencies, address, row):
    for org in ("", "own", "agency-x"):
        answer = program(org=org).post(address, {"rows": [row(world.at_a)]})
        assert (answer.status_code, errors(answer)) == (404, [("not_found", "")])
    agency = program(org="agency-a")
    answer = agency.post(address, {"rows": [row(world.at_a, n) for n in range(501)]})
    assert (answer.status_code, errors(answer)) == (400, [("max_length", "rows")])
    assert not PaymentClaim.objects.exists() and not Promise.objects.exists()
    assert told(agency.post(address, {"rows": []})) == []


def test_statements_do_not_grow_with_the_claims(world, at_ten, agencies):
    agency = program(org="agency-a")

    def statements(rows: list[dict[str, Any]]) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert agency.post("payment-claims/", {"rows": rows}).json()["recorded"] == len(rows)
        return len(caught)

    few = statements([claim(world.at_a, n) for n in range(2)])
    assert statements([claim(world.at_a, n) for n in range(10, 60)]) <= few


def test_a_payment_of_tomorrow_is_none(world, at_ten, agencies):
    answer = program(org="agency-a").post("payment-claims/", {"rows": [claim(world.at_a, paid_on="2026-03-03")]})
    assert told(answer) == [("refused", [("future", "paid_on")])]


@pytest.mark.django_db(transaction=True)
def test_two_senders_of_one_claim_at_once_write_it_once(world, at_ten, agencies):
    agency = program(org="agency-a")

    def send() -> str:
        return told(agency.post("payment-claims/", {"rows": [claim(world.at_a)]}))[0][0]

    assert sorted(at_once(send, send, send)) == ["recorded", "repeated", "repeated"]


def test_placed_cases_are_told_to_their_agency_masked_and_page_by_page(world, agencies):
    seen = {
        org: [row["case"] for row in program(org=org).get("placements/").json()["results"]]
        for org in ("agency-a", "agency-b", "own", "", "agency-x")
    }
    a, b = world.at_a.pk, world.at_b.pk
    assert seen == {"agency-a": [a], "agency-b": [b], "own": [], "": [a, b], "agency-x": []}
    first = program().get("placements/", {"limit": 1}).json()
    second = program().get("placements/", {"limit": 1, "cursor": first["next"]}).json()
    assert [row["case"] for row in (*first["results"], *second["results"])] == [a, b] and second["next"] is None
    row = program(org="agency-a").get("placements/").json()["results"][0]
    assert (row["contract_no"], row["debtor"], row["total"], row["batch"]) == ("API-0", "金*雀", "2345.60", "WB-1")
    assert set(row) == {
        "id", "case", "batch", "placed_on", "contract_no", "product", "debtor", "stage", "days_past_due", "total", "as_of",
    }  # fmt: skip


def test_what_came_back_is_no_longer_told(world, agencies):
    Placement.objects.filter(case=world.at_a).update(recalled_on=dt.date(2026, 3, 3), recall_reason="到期")
    assert program(org="agency-a").get("placements/").json()["results"] == []
    assert len(program(org="agency-b").get("placements/").json()["results"]) == 1
