"""Bodies of requests: too large is refused before it is kept, too slow before it holds everybody up."""

import io
import threading
import time
from typing import Any

import pytest
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.test import Client
from django.urls import reverse

from cases.models import ImportRun
from collection_ops.core import bodies
from collection_ops.core.middleware import LargeBodyMiddleware
from collection_ops.core.services.form_tokens import new_token
from tests.cases.builders import make_source

GATE = "collection_ops.core.middleware.LargeBodyMiddleware"


# The site: uploads --------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that the site began to keep."""
    names: list[str] = []
    begin = MemoryFileUploadHandler.new_file

    def new_file(self: Any, field: str, name: str, *args: Any, **kwargs: Any) -> None:
        names.append(name)
        begin(self, field, name, *args, **kwargs)

    monkeypatch.setattr(MemoryFileUploadHandler, "new_file", new_file)
    return names


@pytest.fixture
def small_limits(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.UPLOAD_MAX_BYTES = 1_000, 10_000
    monkeypatch.setattr(LargeBodyMiddleware, "FORM_BYTES", 2_000)


def send(client: Client, size: int) -> Any:
    file = io.BytesIO(b"x" * size)
    file.name = "逾期20260331.csv"
    data = {"form_token": new_token(), "source": make_source().pk, "kind": "overdue", "file": file}
    return client.post(reverse("cases:import_upload"), data)


@pytest.mark.django_db
def test_a_file_over_the_limit_is_refused_in_words_before_it_is_kept(client_as, clerk, small_limits, kept):
    browser = client_as(clerk)
    answer = send(browser, 20_000)
    assert answer.status_code == 413
    assert "上限是" in answer.content.decode() and "拆分" in answer.content.decode()
    assert kept == [] and not ImportRun.objects.exists()
    # A little over: the form says so beside the field. Within it: taken.
    assert send(browser, 10_500).status_code == 422
    assert send(browser, 9_000).status_code == 302
    assert len(kept) == 2 and ImportRun.objects.count() == 1


@pytest.mark.django_db
def test_twin_without_the_middleware_the_whole_file_is_kept_first(client_as, clerk, small_limits, kept, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != GATE]
    assert send(client_as(clerk), 20_000).status_code == 422
    assert len(kept) == 1


@pytest.mark.django_db
def test_without_an_account_no_large_body_is_taken_anywhere(client_as, clerk, small_limits, kept):
    for address in (reverse("cases:import_upload"), reverse("core:login"), "/nowhere/"):
        file = io.BytesIO(b"x" * 5_000)
        file.name = "a.csv"
        assert Client().post(address, {"file": file}).status_code == 413, address
    assert kept == []
    assert send(client_as(clerk), 5_000).status_code == 302


@pytest.mark.django_db
def test_one_upload_too_many_at_once_is_asked_to_come_back(client_as, clerk, small_limits, kept, monkeypatch):
    """The first one is under way while the second comes; pages without a file are not concerned."""
    monkeypatch.setattr(LargeBodyMiddleware, "WAIT_SECONDS", 0.05)
    made: list[LargeBodyMiddleware] = []
    begin = LargeBodyMiddleware.__init__

    def remember(self: LargeBodyMiddleware, get_response: Any) -> None:
        begin(self, get_response)
        made.append(self)

    monkeypatch.setattr(LargeBodyMiddleware, "__init__", remember)
    browser = client_as(clerk)
    assert send(browser, 5_000).status_code == 302
    handler = made[-1]
    while handler.turns.acquire(blocking=False):
        pass
    answer = send(browser, 5_000)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "稍后" in answer.content.decode()
    assert browser.get(reverse("cases:imports")).status_code == 200
    handler.turns.release()
    assert send(browser, 5_001).status_code == 302


# In front of the site: forms ----------------------------------------------------------------------------------------


class Stalled:
    """A body of which the end does not come until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def read(self, size: int = -1) -> bytes:
        self.go.wait(20)
        return b""

    readline = read


def ask(gate: bodies.BodyGate, body: Any, length: Any) -> tuple[str, bytes]:
    statuses: list[str] = []
    environ = {"wsgi.input": body, "CONTENT_LENGTH": length}
    content = b"".join(gate(environ, lambda status, headers: statuses.append(status)))
    return statuses[0], content


def echo(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))]


def test_a_body_reaches_the_site_whole_and_one_too_slow_does_not(settings, monkeypatch):
    monkeypatch.setattr(bodies, "PATIENCE_SECONDS", 0.1)
    gate = bodies.BodyGate(echo)
    assert ask(gate, io.BytesIO(b"a=1&b=2"), "7") == ("200 OK", b"a=1&b=2")
    assert ask(gate, io.BytesIO(b"a=1"), "7") == ("200 OK", b"a=1"), "cut off: the site decides"
    assert ask(gate, io.BytesIO(b""), "") == ("200 OK", b"")
    stalled = Stalled()
    status, sentence = ask(gate, stalled, "7")
    stalled.go.set()
    assert status.startswith("408") and "未保存" in sentence.decode()
    assert ask(gate, io.BytesIO(b"a=1&b=2"), "7") == ("200 OK", b"a=1&b=2"), "its turn came back"


def test_stalled_forms_take_half_of_the_threads_at_the_most(settings, monkeypatch):
    settings.WEB_THREADS = 4
    monkeypatch.setattr(bodies, "WAIT_SECONDS", 0.05)
    gate = bodies.BodyGate(echo)
    stalled = Stalled()
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(gate, stalled, "7")[0])) for _ in range(6)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 10
    while len(answers) < 4 and time.monotonic() < end:
        time.sleep(0.01)
    assert answers == ["503 Service Unavailable"] * 4
    assert ask(gate, io.BytesIO(b""), "")[0] == "200 OK", "a page"
    stalled.go.set()
    for thread in threads:
        thread.join(10)
    assert answers[4:] == ["200 OK"] * 2


def test_a_large_body_is_read_by_the_site_against_the_clock(settings, monkeypatch):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 3
    monkeypatch.setattr(bodies, "PATIENCE_SECONDS", 0.1)
    gate = bodies.BodyGate(echo)
    assert ask(gate, io.BytesIO(b"a=1&b=2"), "7") == ("200 OK", b"a=1&b=2")
    stalled = Stalled()
    with pytest.raises(bodies.BodyTooSlow):
        ask(gate, stalled, "7")
    stalled.go.set()


@pytest.mark.parametrize(("stated", "length"), [("", 0), (None, 0), ("12", 12), ("-1", 0), ("١٢", 0), ("9" * 400, 0)])
def test_a_length_that_is_none_counts_as_no_body(stated, length):
    assert bodies.content_length({"CONTENT_LENGTH": stated}) == length
