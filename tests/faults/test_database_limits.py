"""PostgreSQL has no connection left, or ends a statement that takes too long: asked for patience, nothing half written, and
all is well as soon as it is.
"""

import contextlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg2
import pytest
from django.db import close_old_connections, connection
from django.test import Client
from django.urls import reverse
from psycopg2 import sql

from cases import jobs as case_jobs
from cases.imports import run as runs
from cases.models import ImportRun, RunState, Source
from cases.services.sources import add_source
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, FormToken, Job, JobState, Notification, User
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import new_token
from collection_ops.core.views import errors
from tests.cases.imports.conftest import DAY_1, at, debt, write_csv
from tests.core.conftest import bell  # noqa: F401  (jobs are done by the test)
from tests.faults.holds import assert_everything_holds, assert_in_the_book_once
from tests.real_programs import database, locked

pytestmark = pytest.mark.django_db(transaction=True)

CHECK = "/health/check/"
SENTENCE = {"zh-hans": "数据库暂时没有响应", "en": "The database does not answer"}
languages = pytest.mark.parametrize("language", ["zh-hans", "en"])


class Browser(Client):
    """The server looks after its connections before each request, which Django's test client leaves out."""

    def request(self, **request: Any) -> Any:
        close_old_connections()
        return super().request(**request)


def browser(user: User, language: str = "zh-hans") -> Client:
    client = Browser(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["language"] = language
    return client


def assert_asks_for_patience(answer: Any, language: str = "zh-hans") -> None:
    text = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert SENTENCE[language] in text
    assert not [word for word in ("Traceback", "psycopg2", "too many", "timeout") if word in text]


# No connection left -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Last:
    """The way to an account's only connection, and how to look from outside."""

    way: dict[str, Any]
    as_before: dict[str, Any]


@pytest.fixture
def last_connection(transactional_db: None) -> Iterator[Last]:
    """Django's connection is turned to an account that may have one connection; gives the way to take it."""
    as_before = database()
    role, password = f"test_limit_{secrets.token_hex(4)}", secrets.token_hex(8)
    known = connection.settings_dict
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                sql.SQL("CREATE ROLE {} LOGIN INHERIT CONNECTION LIMIT 1 PASSWORD %s").format(sql.Identifier(role)),
                [password],
            )
        except Exception:
            pytest.skip("a database account that may make accounts is needed for one with a limit")
        cursor.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(known["USER"]), sql.Identifier(role)))
    before = {name: known[name] for name in ("USER", "PASSWORD")}
    connection.close()
    known.update(USER=role, PASSWORD=password)
    try:
        yield Last({**as_before, "user": role, "password": password}, as_before)
    finally:
        connection.close()
        known.update(before)
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def _until_nobody_is_connected(as_before: dict[str, Any], role: str) -> None:
    """The server counts a connection that was closed for a moment longer."""
    with contextlib.closing(psycopg2.connect(**as_before)) as other, other.cursor() as cursor:
        for _look in range(500):
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [role])
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.01)
    raise AssertionError(f"{role} is still connected")


@contextlib.contextmanager
def taken(last: Last) -> Iterator[None]:
    """Somebody else has the last connection."""
    connection.close()
    _until_nobody_is_connected(last.as_before, last.way["user"])
    other = psycopg2.connect(**last.way)
    try:
        yield
    finally:
        other.close()
        _until_nobody_is_connected(last.as_before, last.way["user"])


@languages
def test_without_a_connection_pages_ask_for_patience_and_come_back_at_once(
    last_connection: Last, auditor: User, language: str
) -> None:
    client, token = browser(auditor, language), new_token()
    visitor = Browser(raise_request_exception=False)
    assert client.get("/imports/").status_code == 200
    with taken(last_connection):
        assert_asks_for_patience(client.get("/imports/"), language)
        assert_asks_for_patience(client.post(CHECK, {"form_token": token}), language)
        assert_asks_for_patience(visitor.post("/sign-in/", {"username": "x", "password": "x"}))
        ready = visitor.get("/readyz")
        assert (ready.status_code, ready.json()["missing"]) == (503, ["database"])
        assert visitor.get("/healthz").status_code == 200
    assert client.get("/imports/").status_code == 200
    assert visitor.get("/readyz").status_code == 200
    assert client.post(CHECK, {"form_token": token}).status_code == 302
    assert Job.objects.count() == 1


def test_a_worker_without_a_connection_leaves_the_job_as_it_is_and_does_it_later(
    last_connection: Last, auditor: User
) -> None:
    job = jobs.enqueue(kind="core.check_invariants", params={}, actor=auditor)
    with taken(last_connection), pytest.raises(jobs.DATABASE_LOST):
        jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE


def test_twin_a_page_that_takes_it_for_a_fault_of_ours_says_something_false(
    last_connection: Last, auditor: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(errors, "OperationalError", ZeroDivisionError)
    client = browser(auditor)
    with taken(last_connection):
        answer = client.get("/imports/")
    assert answer.status_code == 500 and SENTENCE["zh-hans"] not in answer.content.decode()


# A statement that takes too long ------------------------------------------------------------------------------------


@pytest.fixture
def impatient(transactional_db: None) -> Iterator[None]:
    """Statements end after 0.3 s, as an operator may set for the account."""
    options = dict(connection.settings_dict["OPTIONS"])
    connection.close()
    connection.settings_dict["OPTIONS"] = {**options, "options": "-c statement_timeout=300"}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["OPTIONS"] = options


@languages
def test_a_page_whose_query_takes_too_long_asks_for_patience(impatient: None, clerk: User, language: str) -> None:
    client = browser(clerk, language)
    with locked("cases_importrun", "ACCESS EXCLUSIVE"):
        assert_asks_for_patience(client.get("/imports/"), language)
    assert client.get("/imports/").status_code == 200


def test_a_form_whose_statement_takes_too_long_leaves_nothing_and_works_when_sent_again(
    impatient: None, admin_user: User, clerk: User
) -> None:
    client, token = browser(admin_user), new_token()
    form = {"reason": "离职", "form_token": token}
    address = reverse("core:user_action", args=[clerk.pk, "disable"])
    events = AuditEvent.objects.count()
    with locked("core_auditevent"):  # the last statement of the act
        assert_asks_for_patience(client.post(address, form))
    clerk.refresh_from_db()
    assert clerk.is_active and not FormToken.objects.exists() and AuditEvent.objects.count() == events
    assert client.post(address, form).status_code == 302
    clerk.refresh_from_db()
    assert not clerk.is_active and AuditEvent.objects.count() == events + 1


ROWS = 20


@pytest.fixture
def applying(clerk: User, tmp_path: Any) -> Job:
    source: Source = add_source(code="card", name="信用卡系统", actor=None)
    path = write_csv(tmp_path / "1.csv", [debt(n) for n in range(ROWS)])
    run = runs.import_file(path=path, source=source, as_of=DAY_1, actor=clerk, now=at(DAY_1))
    return runs.request_apply(run=run, actor=clerk, now=at(DAY_1))


def test_an_apply_whose_statement_takes_too_long_is_done_again_and_once(applying: Job, impatient: None) -> None:
    with locked("cases_position"):
        jobs.run(applying.pk)
    applying.refresh_from_db()
    assert (applying.state, applying.attempts) == (JobState.QUEUED, 1)
    connection.settings_dict["OPTIONS"].pop("options")
    connection.close()
    jobs.sweep(now=clock.database_now())
    jobs.run(applying.pk)
    applying.refresh_from_db()
    assert (applying.state, applying.attempts) == (JobState.DONE, 2)
    assert_in_the_book_once(ImportRun.objects.get(), ROWS)
    assert_everything_holds()


def test_twin_a_job_that_takes_it_for_a_fault_of_its_own_is_not_done_again(
    applying: Job, impatient: None, monkeypatch: Any
) -> None:
    for place in (jobs, case_jobs):
        monkeypatch.setattr(place, "DATABASE_LOST", ())
    with locked("cases_position"):
        jobs.run(applying.pk)
    applying.refresh_from_db()
    assert applying.state == JobState.FAILED and "内部错误" in applying.error


def test_an_apply_that_always_takes_too_long_ends_with_a_sentence_and_frees_its_run(
    applying: Job, impatient: None, clerk: User
) -> None:
    with locked("cases_position"):
        for _try in range(Job.MAX_ATTEMPTS):
            jobs.run(applying.pk)
        jobs.sweep(now=clock.database_now())
    applying.refresh_from_db()
    assert (applying.state, applying.attempts) == (JobState.DEAD, Job.MAX_ATTEMPTS)
    assert Notification.objects.get(user=clerk).kind == "job.dead"
    assert runs.release_abandoned(now=clock.database_now()) == 1
    run = ImportRun.objects.get()
    assert run.state == RunState.PREVIEW and not run.positions.exists()
