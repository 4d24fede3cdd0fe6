"""An agency's own program reads what it has to put right, and answers; nobody else's is there for it."""

import base64
from pathlib import Path

import pytest

from tests.api.conftest import errors, program
from tests.cases.care.files import BAD, GOOD
from tests.vendors.rectification.cast import make_agency, raised
from vendors.models import Rectification

pytestmark = pytest.mark.django_db
SCOPE = ("rectifications.answer",)


@pytest.fixture
def rows(vendor_manager) -> tuple[Rectification, Rectification]:
    return raised(make_agency("ag-a"), vendor_manager), raised(make_agency("ag-b"), vendor_manager)


def body(row: Rectification, text: str = "已整改", **more: object) -> dict[str, object]:
    return {"answers": [{"finding": one.pk, "text": text} for one in row.findings.all()], **more}


def file(content: bytes, name: str = "证据.pdf") -> dict[str, str]:
    return {"name": name, "content": base64.b64encode(content).decode()}


def test_it_reads_its_own_and_another_agency_its_own_and_the_lenders_people_none(rows):
    ours, theirs = rows
    found = program(org="ag-a", scopes=SCOPE).get("rectifications/").json()
    assert [one["number"] for one in found["results"]] == [ours.number] and found["next"] is None
    (one,) = found["results"]
    assert (one["state"], one["matter"], one["due_on"]) == ("open", "信息安全", ours.due_on.isoformat())
    assert [finding["what"] for finding in one["findings"]] == ["名单存于个人电脑", "账号共用"]
    theirs_read = program(org="ag-b", scopes=SCOPE).get("rectifications/").json()
    assert [one["number"] for one in theirs_read["results"]] == [theirs.number]
    assert program(org="own", scopes=SCOPE).get("rectifications/").json()["results"] == []
    assert len(program(scopes=SCOPE).get("rectifications/", {"limit": 1}).json()["results"]) == 1
    assert program(org="ag-a", scopes=SCOPE).get("rectifications/", {"state": "closed"}).json()["results"] == []
    assert program(org="ag-a", scopes=("contacts.report",)).get("rectifications/").status_code == 403


def test_it_answers_its_own_once_with_evidence_and_anothers_is_not_there(rows):
    ours, theirs = rows
    agency = program("ag-a 系统", org="ag-a", scopes=SCOPE)
    address = f"rectifications/{ours.pk}/answer/"
    refused = agency.post(f"rectifications/{theirs.pk}/answer/", body(theirs))
    missing = agency.post("rectifications/999999/answer/", body(ours))
    assert (refused.status_code, refused.json()) == (missing.status_code, missing.json()) and refused.status_code == 404
    assert errors(agency.post(address, body(theirs))) == [("not_found", "answers")], "findings of somebody else"

    sent = body(ours, files=[file(GOOD["pdf"])])
    first = agency.post(address, sent, key="k" * 20)
    assert first.status_code == 201 and first.json()["state"] == "answered"
    again = agency.post(address, sent, key="k" * 20)
    assert (again.status_code, again.json()) == (201, first.json())
    ours.refresh_from_db()
    assert (ours.state, ours.answered_by, ours.files.get().sent_by) == ("answered", None, "ag-a 系统")
    assert {one.sent_by for finding in ours.findings.all() for one in finding.answers.all()} == {"ag-a 系统"}
    assert agency.post(address, body(ours)).status_code == 409, "another key, and nothing is waited for"
    theirs.refresh_from_db()
    assert theirs.state == "open"


def test_half_an_answer_or_evidence_of_a_wrong_kind_leaves_nothing(rows, settings):
    ours, _theirs = rows
    agency, address = program(org="ag-a", scopes=SCOPE), f"rectifications/{ours.pk}/answer/"
    half = {"answers": body(ours)["answers"][:1]}  # type: ignore[index]
    assert agency.post(address, half).status_code == 409
    wrong = agency.post(address, body(ours, files=[file(next(iter(BAD.values())))]))
    assert errors(wrong) == [("refused", "file")]
    mixed = [file(GOOD["pdf"]), file(next(iter(BAD.values())))]
    assert agency.post(address, body(ours, files=mixed)).status_code == 409
    assert not [*Path(settings.MEDIA_ROOT).rglob("*/*")], "the good one before it is gone as well"
    assert errors(agency.post(address, body(ours, files=[{"name": "x", "content": "???"}])))[0][0] == "not_base64"
    assert agency.post(address, {"answers": []}).status_code == 400
    assert agency.post(address, body(ours, note="x")).status_code == 400
    ours.refresh_from_db()
    assert (ours.state, ours.files.count(), ours.steps.count()) == ("open", 0, 1)
