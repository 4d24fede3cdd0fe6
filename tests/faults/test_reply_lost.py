"""The database commits and its answer never arrives: nobody can know, so everybody asks again, and nothing doubles.

A proxy between Django and PostgreSQL swallows the reply to a COMMIT and cuts the connection.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.test import Client

from cases.imports import run as runs
from cases.models import Source
from cases.services.sources import add_source
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, Job, JobState, User
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import new_token
from tests.cases.imports.conftest import DAY_1, at, debt, write_csv
from tests.core.conftest import bell  # noqa: F401  (jobs are done by the test)
from tests.faults.holds import assert_everything_holds, assert_in_the_book_once

pytestmark = pytest.mark.django_db(transaction=True)

COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"
FORMS = 30
CHECK = "/health/check/"


class Proxy:
    """Passes bytes on, and now and then loses the reply to a COMMIT together with the connection."""

    def __init__(self, host: str, port: int) -> None:
        self.server = (host, port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.every = 0  # each so many commits of work; 0 is none
        self.after = b""  # a statement that holds this: the commit that follows it
        self.commits = self.swallowed = 0
        self._armed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self.listener.accept()
                server = socket.create_connection(self.server)
                for source, target, replies in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pass, args=(source, target, replies), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, replies: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not replies and self.after and self.after in data:
                    self._armed, self.after = True, b""
                if replies and COMMITTED in data and self._lose():
                    self.swallowed += 1
                    break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # a close alone would wait for the other thread's read

    def _lose(self) -> bool:
        self.commits += 1
        if self._armed:
            self._armed = False
            return True
        return bool(self.every) and self.commits % self.every == 0


@pytest.fixture
def proxy(transactional_db: None) -> Iterator[Proxy]:
    known = connection.settings_dict
    before = {name: known[name] for name in ("HOST", "PORT")}
    proxy = Proxy(known["HOST"] or "127.0.0.1", int(known["PORT"] or 5432))
    options = dict(known["OPTIONS"])
    connection.close()
    known.update(HOST="127.0.0.1", PORT=proxy.port)
    known["OPTIONS"] |= {"sslmode": "disable"}  # the proxy has to see what passes
    try:
        yield proxy
    finally:
        proxy.every = 0
        connection.close()
        known.update(before)
        known["OPTIONS"] = options
        proxy.listener.close()


@pytest.fixture
def lenient_as(auditor: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(auditor, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sent_until_acknowledged(client: Client, *, token_of_try: Any) -> int:
    """Send one form again and again until it is acknowledged; how often it was sent."""
    for attempt in range(1, 10):
        close_old_connections()  # as the server does before each request
        answer = client.post(CHECK, {"form_token": token_of_try()})
        if answer.status_code == 302 and answer["Location"].startswith("/tasks/"):
            return attempt
    raise AssertionError("never acknowledged")


def test_a_form_whose_answer_was_lost_is_sent_again_and_has_one_effect(proxy: Proxy, lenient_as: Client) -> None:
    proxy.every = 5
    sent = 0
    for _form in range(FORMS):
        token = new_token()
        sent += sent_until_acknowledged(lenient_as, token_of_try=lambda token=token: token)
    proxy.every = 0
    assert proxy.swallowed >= 3 and sent > FORMS
    assert Job.objects.count() == FORMS
    Job.objects.all().delete()
    assert_everything_holds()


def test_twin_with_a_new_token_for_each_try_it_has_several(proxy: Proxy, lenient_as: Client) -> None:
    proxy.every = 5
    for _form in range(FORMS):
        sent_until_acknowledged(lenient_as, token_of_try=new_token)
    proxy.every = 0
    assert Job.objects.count() > FORMS


@pytest.fixture
def applying(tmp_path: Any, clerk: User) -> Job:
    source = add_source(code="card", name="信用卡系统", actor=None)
    path = write_csv(tmp_path / "1.csv", [debt(n) for n in range(20)])
    run = runs.import_file(path=path, source=source, as_of=DAY_1, actor=clerk, now=at(DAY_1))
    return runs.request_apply(run=run, actor=clerk, now=at(DAY_1))


def test_an_apply_whose_commit_was_not_heard_of_is_found_done_and_not_done_again(applying: Job, proxy: Proxy) -> None:
    proxy.after = b"import.applied"
    jobs.run(applying.pk)
    close_old_connections()
    assert proxy.swallowed == 1
    applying.refresh_from_db()
    assert (applying.state, applying.attempts) == (JobState.QUEUED, 1)  # committed, and nobody knows

    jobs.sweep(now=clock.now())
    jobs.run(applying.pk)
    applying.refresh_from_db()
    assert (applying.state, applying.attempts) == (JobState.DONE, 2)
    run = Source.objects.get().runs.get()
    assert run.state == "applied"
    assert_in_the_book_once(run, 20)
    assert AuditEvent.objects.filter(action="import.applied").count() == 1
    assert Source.objects.get().book_version == 1
    assert_everything_holds()


def test_twin_a_job_that_takes_a_lost_answer_for_a_failure_tells_the_clerk_something_false(
    applying: Job, proxy: Proxy, monkeypatch: Any
) -> None:
    monkeypatch.setattr(jobs, "DATABASE_LOST", ())
    proxy.after = b"import.applied"
    with contextlib.suppress(Exception):
        jobs.run(applying.pk)
    connection.close()
    applying.refresh_from_db()
    assert Source.objects.get().runs.get().state == "applied"
    assert applying.state != JobState.DONE


def test_a_deadlock_gives_the_job_back_three_times_at_most(applying: Job, monkeypatch: Any) -> None:
    from django.db import OperationalError

    tries = []

    def deadlock(**options: Any) -> None:
        tries.append(options)
        raise OperationalError("deadlock detected")

    with monkeypatch.context() as patch:
        patch.setattr("cases.imports.booking.apply.write_book", deadlock)
        for _round in range(5):
            jobs.run(applying.pk)
            jobs.sweep(now=clock.now())
    applying.refresh_from_db()
    assert (len(tries), applying.state) == (3, JobState.DEAD)
    assert runs.release_abandoned(now=clock.now()) == 1
    assert Source.objects.get().runs.get().state == "preview"
    assert_everything_holds()
