"""Agency A never meets agency B's case: by no route, no filter, no id, in no list of rows. The twin opens the scope."""

import pytest

from cases.models import Custody, Hold, Promise
from cases.querysets import CaseQuerySet
from cases.services.holds import place_hold
from compliance.models import ContactAttempt
from tests.api.conftest import World, errors, program
from tests.api.test_returned import agencies_of
from tests.compliance.conftest import monday
from vendors.models import PaymentClaim
from vendors.returns import gather

pytestmark = pytest.mark.django_db

MISSING = 987_654_321


def visits(dialler, case_id: int, hold_id: int, attempt_id: int) -> list[tuple[str, int, bytes]]:
    """Every way to name something of a case: (route, status, body)."""
    row = {
        "reference": "r1", "channel": "call", "result": "no_answer", "started_at": "2026-03-02T09:40:00+08:00",
    }  # fmt: skip
    answers = {
        "case": dialler.get(f"cases/{case_id}/"),
        "holds of a case": dialler.get("holds/", {"case": case_id}),
        "attempt": dialler.post("attempts/", {"case": case_id}),
        "hold": dialler.post("holds/", {"case": case_id, "type": "illness", "reason": "住院"}),
        "promises of a case": dialler.get("promises/", {"case": case_id}),
        "promise": dialler.post("promises/", {"case": case_id, "amount": "500.00", "due_on": "2026-03-04"}),
        "lift": dialler.post(f"holds/{hold_id}/lift/", {"reason": "出院"}),
        "read attempt": dialler.get(f"attempts/{attempt_id}/"),
        "close": dialler.post(f"attempts/{attempt_id}/close/", {"result": "no_answer"}),
        "cancel": dialler.post(f"attempts/{attempt_id}/cancel/"),
        "row": dialler.post("contacts/bulk/", {"rows": [{**row, "case": case_id}]}),
        "claim row": dialler.post(
            "payment-claims/",
            {
                "rows": [
                    {
                        "reference": "p1",
                        "case": case_id,
                        "paid_on": "2026-03-02",
                        "amount": "100.00",
                        "place": "agency",
                    }
                ]
            },
        ),
        "promise row": dialler.post(
            "promises/bulk/",
            {
                "rows": [
                    {
                        "reference": "c1",
                        "case": case_id,
                        "amount": "500.00",
                        "due_on": "2026-03-04",
                    }
                ]
            },
        ),
    }
    return [(name, answer.status_code, answer.content) for name, answer in answers.items()]


ROWS = ("row", "claim row", "promise row")
"""What is told for each row, in an answer of 200."""


@pytest.fixture
def foreign(world: World, at_ten) -> tuple[int, int, int]:
    """Case, hold and open attempt of agency B; both have their cases by a batch."""
    agencies_of(world)
    other = program(org="agency-b")
    attempt = other.post("attempts/", {"case": world.at_b.pk}).json()["attempt"]
    hold = place_hold(debtor=world.at_b.loan.debtor, type="disaster", reason="洪水", actor=None, now=monday("10:00"))
    return world.at_b.pk, hold.pk, attempt


def test_what_is_somebody_elses_and_what_is_not_there_are_told_alike(world, foreign):
    dialler = program(org="agency-a")
    theirs = visits(dialler, *foreign)
    nothing = visits(dialler, *([MISSING] * 3))
    assert theirs == nothing
    assert {status for name, status, _body in theirs if name not in ROWS} == {404}
    assert [status for name, status, _body in theirs if name in ROWS] == [200] * len(ROWS)
    assert not PaymentClaim.objects.exists() and not Promise.objects.exists()
    assert not Hold.objects.filter(type="illness").exists()
    assert set(ContactAttempt.objects.values_list("org", "state")) == {("agency-b", "open")}


def test_twin_with_the_scope_open_the_answers_differ(world, foreign, monkeypatch):
    monkeypatch.setattr(CaseQuerySet, "for_org", lambda self, org: self)
    monkeypatch.setattr(CaseQuerySet, "once_with", lambda self, org: self)
    dialler = program(org="agency-a")
    differ = {a[0] for a, b in zip(visits(dialler, *foreign), visits(dialler, *([MISSING] * 3)), strict=True) if a != b}
    assert differ >= {"case", "holds of a case", "promises of a case", "promise", "attempt", "hold", "lift", "row"}


@pytest.mark.parametrize(
    "query", [{}, {"status": "all"}, {"desk": "agency-b"}, {"stage": "M2"}, {"updated_since": "2000-01-01"}]
)
def test_no_filter_shows_it(world, query):
    listed = program(org="agency-a").get("cases/", query).json()["results"]
    assert {case["id"] for case in listed} <= {world.at_a.pk}
    # Refusal and success side by side: the lender's own program without a narrowing sees all three.
    assert world.at_b.pk in {case["id"] for case in program().get("cases/", query).json()["results"]}


def test_each_sees_its_own(world):
    seen = {
        org: {case["id"] for case in program(org=org).get("cases/").json()["results"]}
        for org in ("agency-a", "agency-b", "own", "", "agency-x")
    }
    a, b, own = world.at_a.pk, world.at_b.pk, world.own.pk
    assert seen == {"agency-a": {a}, "agency-b": {b}, "own": {own}, "": {a, b, own}, "agency-x": set()}


def test_each_sees_its_own_placements_and_none_of_another(world):
    agencies_of(world)
    seen = {
        org: [placed["case"] for placed in program(org=org).get("placements/").json()["results"]]
        for org in ("agency-a", "agency-b")
    }
    assert seen == {"agency-a": [world.at_a.pk], "agency-b": [world.at_b.pk]}


def test_twin_with_the_periods_of_all_desks_a_claim_about_anothers_case_is_taken(world, foreign, monkeypatch):
    monkeypatch.setattr(gather, "_BY_CASE", gather._BY_CASE.replace("AND u.desk_id = %(desk)s", ""))
    dialler = program(org="agency-a")
    differ = {a[0] for a, b in zip(visits(dialler, *foreign), visits(dialler, *([MISSING] * 3)), strict=True) if a != b}
    assert differ == {"claim row", "promise row"}


def test_a_point_of_another_debtor_is_not_dialled(world, at_ten):
    dialler = program(org="agency-a")
    for point in (world.point(world.at_b).pk, MISSING):
        answer = dialler.post("attempts/", {"case": world.at_a.pk, "point": point})
        assert (answer.status_code, errors(answer)) == (404, [("not_found", "point")])
    rows = [
        {"reference": f"p{n}", "case": world.at_a.pk, "point": point, "channel": "call", "result": "no_answer",
         "started_at": "2026-03-02T09:40:00+08:00"}
        for n, point in enumerate((world.point(world.at_b).pk, MISSING))
    ]  # fmt: skip
    told = dialler.post("contacts/bulk/", {"rows": rows}).json()["rows"]
    assert [line["errors"][0]["field"] for line in told] == ["point", "point"]


def test_an_agency_tells_of_contacts_about_a_case_that_it_held_before(world, at_ten):
    """Recalled yesterday, called all the same today: that is a fact, and it is written down."""
    Custody.objects.filter(case=world.at_a).update(ended_at=monday("09:45"))
    type(world.at_a).objects.filter(pk=world.at_a.pk).update(desk=None)
    dialler = program(org="agency-a")
    row = {"reference": "r1", "case": world.at_a.pk, "channel": "call", "result": "no_answer",
           "started_at": "2026-03-02T09:50:00+08:00"}  # fmt: skip
    assert dialler.get(f"cases/{world.at_a.pk}/").status_code == 404
    assert dialler.post("contacts/bulk/", {"rows": [row]}).json()["recorded"] == 1
    assert program(org="agency-b").post("contacts/bulk/", {"rows": [row]}).json()["refused"] == 1


def test_what_is_personal_is_masked_whoever_asks(world):
    for org in ("", "own", "agency-a"):
        text = program(org=org).get("cases/").content.decode()
        text += program().get(f"cases/{world.at_a.pk}/").content.decode()
        for secret in ("金丝雀", "15488880000", "110101199003070000"):
            assert secret not in text
    assert "154****0000" in text and "金*雀" in text
