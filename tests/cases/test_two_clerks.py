"""The same file by two clerks at the same moment, through the pages, with connections of their own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases.imports import applying as applying_steps
from cases.models import ImportRun, Position, RunState, Source
from cases.services.desks import pool_desk
from cases.services.sources import add_source
from collection_ops.core.access import Role
from collection_ops.core.models import Job, JobState
from collection_ops.core.services import jobs
from collection_ops.core.services.accounts import create_user
from collection_ops.core.services.form_tokens import new_token
from tests.cases.import_files import debt, upload_of
from tests.conftest import PASSWORD
from tests.core.conftest import bell  # noqa: F401  (the test is the worker)
from tests.core.races import at_once
from tests.faults.holds import assert_everything_holds

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def source(transactional_db: None) -> Source:
    pool_desk()
    return add_source(code="card", name="信用卡系统", actor=None)


@pytest.fixture
def clerks(source: Source, client_as: Callable[..., Client]) -> list[Client]:
    people = [
        create_user(username=name, display_name=name, password=PASSWORD, roles=[Role.CLERK], actor=None)
        for name in ("shu.clerk", "dan.clerk")
    ]
    return [client_as(person) for person in people]


def uploading(client: Client, source: Source, name: str) -> Callable[[], Any]:
    file = upload_of([debt(1), debt(2)], name=name)
    data = {"source": source.pk, "as_of": "2026-03-31", "file": file, "form_token": new_token()}
    return lambda: client.post(reverse("cases:import_upload"), data)


def applying(client: Client, run: ImportRun) -> Callable[[], Any]:
    return lambda: client.post(reverse("cases:import_apply", args=[run.pk]), {"form_token": new_token()})


def doing(job: Job) -> Callable[[], None]:
    return lambda: jobs.run(job.pk)


def work_at_once() -> None:
    """Two workers, all that waits, until nothing does."""
    for _round in range(4):
        waiting = list(Job.objects.filter(state=JobState.QUEUED).order_by("pk"))
        assert at_once(*map(doing, waiting)) == [None] * len(waiting)


def two_previews(clerks: list[Client], source: Source) -> list[ImportRun]:
    answers = at_once(*[uploading(c, source, f"逾期{n}.xlsx") for n, c in enumerate(clerks)])
    assert [a.status_code for a in answers] == [302, 302]
    work_at_once()
    found = list(ImportRun.objects.order_by("pk"))
    assert [run.state for run in found] == [RunState.PREVIEW] * 2
    return found


def test_uploaded_and_applied_by_both_at_once_it_is_in_the_book_once_and_the_other_is_told(clerks, source):
    previews = two_previews(clerks, source)
    assert [a.status_code for a in at_once(*map(applying, clerks, previews))] == [302, 302]
    work_at_once()
    # Whoever was told that another file is being applied tries once more.
    late = ImportRun.objects.filter(state=RunState.PREVIEW).first()
    assert late is not None
    applying(clerks[previews.index(late)], late)()
    work_at_once()
    late.refresh_from_db()
    assert (late.state, late.refusal["code"]) == (RunState.REFUSED, "already_imported")
    assert ImportRun.objects.filter(state=RunState.APPLIED).count() == 1
    assert Position.objects.count() == 2
    page = clerks[previews.index(late)].get(reverse("cases:import_run", args=[late.pk])).content.decode()
    assert "已拒收" in page
    assert_everything_holds()


def test_twin_with_its_checks_off_the_constraint_stops_the_second(clerks, source, monkeypatch):
    previews = two_previews(clerks, source)
    monkeypatch.setattr(applying_steps, "_ground_has_moved", lambda run, source: None)
    for client, run in zip(clerks, previews, strict=True):
        applying(client, run)()
        work_at_once()
    failed = Job.objects.get(kind="cases.import_apply", state=JobState.FAILED)
    assert "IntegrityError" in failed.error
    assert Position.objects.count() == 2


def test_the_same_press_twice_at_once_asks_for_one_apply(clerks, source):
    run = two_previews(clerks, source)[0]
    token = new_token()
    address = reverse("cases:import_apply", args=[run.pk])
    answers = at_once(*[lambda: clerks[0].post(address, {"form_token": token})] * 3)
    assert {a.status_code for a in answers} == {302}
    assert Job.objects.filter(kind="cases.import_apply").count() == 1
    work_at_once()
    assert_everything_holds()
