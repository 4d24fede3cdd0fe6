"""A case of others: on no page, in no count, in no file of somebody whose scope it is outside of.

The twin opens the scope, and the same walk must then find leaks: where it finds none it looks at nothing.
"""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Case
from cases.querysets import CaseQuerySet
from cases.services import export
from collection_ops.core.access import Role, has, matrix
from collection_ops.core.models import Job, JobState, User
from collection_ops.core.services import jobs
from collection_ops.core.services.accounts import create_user, disable, grant_role, revoke_role
from collection_ops.core.services.form_tokens import new_token
from tests.access import samples
from tests.access.walk import all_routes
from tests.cases.builders import desk_of, make_case, make_run, make_source

pytestmark = pytest.mark.django_db

PHONE, ID_NO = "15477770001", "110101199003071234"
# Contract, amount in two ways of writing: what a list, a count or a chart would show of it. Not the product: the names of
# products and regions are the filters' vocabulary, the same for everybody.
CANARIES = ("FOREIGN-1", "987,654.32", "987654.32", PHONE, ID_NO, "司马外人")
NARROW = (Role.COLLECTOR, Role.TEAM_LEADER, Role.CLERK, Role.VENDOR_MANAGER, Role.FINANCE)
# The import pages have one scope: who may see any may see all.
OF_EVERYBODY = ("cases:import",)


@pytest.fixture
def foreign(cast: samples.Cast) -> Case:
    """On the desk of another team's collector (from the pool a leader may take), of a file that somebody else brought long
    ago, without a payment."""
    stranger = create_user(
        username="yuan.collector", display_name="远催收", password="x" * 20, roles=[Role.COLLECTOR], actor=None,
        unit="team-far",
    )  # fmt: skip
    run = make_run(make_source("far", "远方系统"), dt.date(2025, 1, 31), uploaded_by=cast["supervisor"])
    case = make_case(
        contract_no="FOREIGN-1", name="司马外人", total="987654.32", id_no=ID_NO, phones=(PHONE,),
        source=run.source, run=run, as_of=run.as_of, desk=desk_of(stranger),
    )  # fmt: skip
    type(run).objects.filter(pk=run.pk).update(uploaded_at=dt.datetime(2025, 1, 31, tzinfo=dt.UTC))
    return case


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def leaks(cast: samples.Cast, case: Case) -> list[tuple[str, str]]:
    """(role, route) wherever the case is met by somebody in whose scope it is not."""
    found = []
    arguments = {
        "case_id": case.pk,
        "run_id": case.last_run_id,
        "contact_id": case.loan.debtor.contact_points.get().pk,
    }
    for role in NARROW:
        client = browser(cast[role])
        for route in all_routes():
            line = route.capability
            if line not in matrix()["capabilities"] or not has(cast[role], line) or route.name.startswith(OF_EVERYBODY):
                continue
            if not set(route.arguments) <= set(arguments):
                continue
            address = reverse(route.name, kwargs={name: arguments[name] for name in route.arguments} or None)
            answers = [client.get(address, {"status": "all"})]
            if "case_id" in route.arguments or route.name == "cases:search":
                answers.append(client.post(address, {"q": PHONE, "reason": "contact", "form_token": new_token()}))
            for answer in answers:
                body = b"".join(answer) if answer.streaming else answer.content
                opened = "case_id" in route.arguments and answer.status_code not in (404, 405)
                if opened or any(canary in body.decode("utf-8", "replace") for canary in CANARIES):
                    found.append((str(role), route.name))
        if has(cast[role], "cases.export"):
            found += [(str(role), "the file")] * exported_rows(cast[role])
    return found


def exported_rows(person: User) -> int:
    job = export.request_export(
        actor=person, query={"status": "all"}, file_format="csv", unmasked=False, reason="核对余额"
    )
    jobs.run(job.pk)
    job.refresh_from_db()
    return int(job.result["rows"])


def test_a_case_of_others_is_met_nowhere(cast, foreign):
    assert leaks(cast, foreign) == []


def test_twin_with_the_scope_open_the_walk_meets_it_for_everybody(cast, foreign, monkeypatch):
    monkeypatch.setattr(CaseQuerySet, "for_user", lambda self, user, capability="cases.view": self)
    found = leaks(cast, foreign)
    assert {role for role, _route in found} == {str(role) for role in NARROW}
    routes = {route for _role, route in found}
    assert {"cases:list", "cases:record", "cases:timeline", "cases:positions", "cases:reveal", "the file"} <= routes
    assert {"cases:list_totals", "reports:overview"} & routes, "a count tells as much"


# Rights that end while work is under way ----------------------------------------------------------------------------


def test_whoever_lost_the_right_before_the_worker_began_writes_no_book(cast, tmp_path):
    from cases.imports import run as runs
    from tests.cases.imports.conftest import DAY_1, at, debt, write_csv

    path = write_csv(tmp_path / "1.csv", [debt(1), debt(2)])
    run = runs.import_file(path=path, source=make_source(), as_of=DAY_1, actor=cast["clerk"], now=at(DAY_1))
    job = runs.request_apply(run=run, actor=cast["clerk"], now=at(DAY_1))
    revoke_role(user=cast["clerk"], role=Role.CLERK, actor=cast["admin"])
    jobs.run(job.pk)
    run.refresh_from_db()
    job.refresh_from_db()
    assert (run.state, run.refusal["code"], job.state) == ("preview", "right_withdrawn", JobState.FAILED)
    assert "权限" in job.error
    assert not Case.objects.exists()

    # With the right again, the same file goes in; and what is done stays done, whoever left since.
    grant_role(user=cast["clerk"], role=Role.CLERK, actor=cast["admin"])
    job = runs.request_apply(run=run, actor=cast["clerk"], now=at(DAY_1))
    jobs.run(job.pk)
    run.refresh_from_db()
    assert run.state == "applied"
    undo = runs.request_undo(run=run, actor=cast["clerk"], now=at(DAY_1))
    disable(user=cast["clerk"], actor=cast["admin"], reason="离职", now=at(DAY_1))
    jobs.run(undo.pk)
    run.refresh_from_db()
    assert run.state == "applied" and Case.objects.count() == 2


def test_a_press_on_a_page_that_was_opened_with_the_right_is_refused_without_it(cast):
    client = browser(cast["clerk"])
    assert client.get(reverse("cases:imports")).status_code == 200
    revoke_role(user=cast["clerk"], role=Role.CLERK, actor=cast["admin"])
    run = samples._import_run(cast)
    for step in ("apply", "discard", "undo", "answer"):
        address = reverse(f"cases:import_{step}", args=[run.pk])
        assert client.post(address, {"form_token": new_token()}).status_code == 403
    run.refresh_from_db()
    assert run.state == "uploaded" and not Job.objects.exists()


def test_a_file_that_one_asked_for_is_not_given_to_another(cast, foreign, settings):
    own = export.request_export(
        actor=cast["supervisor"], query={"status": "all"}, file_format="csv", unmasked=False, reason="核对余额"
    )
    jobs.run(own.pk)
    address = reverse("cases:export_file", args=[own.pk])
    answers: dict[str, Any] = {role: browser(cast[role]).get(address).status_code for role in Role.values}
    assert answers.pop("supervisor") == 200
    assert set(answers.values()) <= {403, 404}
    revoke_role(user=cast["supervisor"], role=Role.SUPERVISOR, actor=cast["admin"])
    assert browser(cast["supervisor"]).get(address).status_code == 403
