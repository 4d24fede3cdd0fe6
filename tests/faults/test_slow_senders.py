"""The web process as `start.py` runs it, and clients that send a byte now and then: the others' pages come at once.

The twin serves the site without the gate in front of it, and a page waits until the slow ones give up.
"""

import contextlib
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import ImportRun
from collection_ops.core.management.commands import up
from collection_ops.core.services.form_tokens import new_token
from collection_ops.launcher import ports
from tests.cases.builders import make_source
from tests.real_programs import ROOT, database_url, stop, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

SECRET = "a" * 32
LIMIT = 6 * 2**20
SLOW = 20


class Web:
    def __init__(self, port: int, media: Path, scratch: Path) -> None:
        self.port, self.media, self.scratch = port, media, scratch

    def open(self, path: str, *, seconds: float = 10, **request: Any) -> tuple[int, str]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", **request)
        try:
            with opener.open(asked, timeout=seconds) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def slow_sender(self, content_type: str) -> socket.socket:
        """Headers, a little of the body, and then nothing."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        head = f"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken={SECRET}\r\n"
        head += f"Content-Type: {content_type}\r\nContent-Length: 1000\r\n\r\nusername=a"
        connection.sendall(head.encode())
        return connection


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@contextlib.contextmanager
def web(folder: Path, *, application: str = "") -> Iterator[Web]:
    media, scratch = folder / "media", folder / "scratch"
    scratch.mkdir()
    port = ports.any_free()
    (program,) = [program for program in up.programs(host="127.0.0.1", port=port) if program.name == "web"]
    command = [*program.command[:-1], application] if application else program.command
    environment = {
        **os.environ, "DATABASE_URL": database_url(), "MEDIA_ROOT": str(media), "TMPDIR": str(scratch),
        "WEB_THREADS": str(up.WEB_THREADS), "UPLOAD_MAX_BYTES": str(LIMIT), "COLLECTION_OPS_MODE": "local",
        "REDIS_URL": f"redis://127.0.0.1:{ports.any_free()}/0", "ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            site = Web(port, media, scratch)
            wait_until(lambda: not ports.is_free("127.0.0.1", port))
            wait_until(lambda: site.open("/healthz")[0] == 200)
            yield site
        finally:
            stop(process)


@contextlib.contextmanager
def slow_senders(site: Web, *, count: int = SLOW) -> Iterator[list[socket.socket]]:
    kinds = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=xx")
    connections = [site.slow_sender(kinds[n % 2]) for n in range(count)]
    try:
        time.sleep(0.5)  # until each has got a thread, or not
        yield connections
    finally:
        for connection in connections:
            connection.close()


def cookies_of(client: Client) -> str:
    return f"session={client.cookies['session'].value}; csrftoken={SECRET}"


def upload(site: Web, cookies: str, source: int, content: bytes, name: str) -> tuple[int, str]:
    fields = {"csrfmiddlewaretoken": SECRET, "form_token": new_token(), "source": str(source), "kind": "overdue"}
    parts = [f'--xx\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode() for n, v in fields.items()]
    parts.append(f'--xx\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode())
    body = b"".join([*parts, content, b"\r\n--xx--\r\n"])
    headers = {"Cookie": cookies, "Content-Type": "multipart/form-data; boundary=xx"}
    return site.open(reverse("cases:import_upload"), seconds=30, data=body, headers=headers, method="POST")


def test_slow_senders_hold_up_nobody_and_uploads_find_their_turn(tmp_path, client_as, clerk):
    cookies = cookies_of(client_as(clerk))
    source = make_source().pk
    with web(tmp_path) as site:
        with slow_senders(site):
            for path in ("/healthz", "/sign-in/"):
                assert site.open(path, seconds=5)[0] == 200
            assert site.open(reverse("cases:imports"), seconds=5, headers={"Cookie": cookies})[0] == 200

        # Twenty uploads at once: each is taken or told to come back, and pages come between them.
        answers: list[tuple[int, str]] = []
        threads = [
            threading.Thread(
                target=lambda n=n: answers.append(
                    upload(site, cookies, source, b"%d," % n + b"x" * 200_000, "20260331.csv")
                )
            )
            for n in range(SLOW)
        ]
        for thread in threads:
            thread.start()
        assert site.open("/sign-in/", seconds=5)[0] == 200
        for thread in threads:
            thread.join(30)
        statuses = [status for status, _text in answers]
        assert len(statuses) == SLOW and set(statuses) <= {302, 503} and 302 in statuses
        assert ImportRun.objects.count() == statuses.count(302) == len(list((site.media / "imports").iterdir()))

        # Over the limit: the sentence arrives, though the browser was still sending; nothing is kept.
        status, text = upload(site, cookies, source, b"x" * (LIMIT + 2 * 2**20), "20260331.csv")
        assert status == 413 and "上限是" in text
        assert ImportRun.objects.count() == statuses.count(302)
        assert [path for path in site.scratch.rglob("*") if path.is_file()] == []


def test_twin_without_the_gate_slow_senders_hold_every_thread(tmp_path):
    with web(tmp_path, application="collection_ops.wsgi:site") as site:
        # Enough for every process, however the system deals them out.
        with slow_senders(site, count=SLOW * 3), pytest.raises((TimeoutError, urllib.error.URLError)):
            site.open("/healthz", seconds=2)
        wait_until(lambda: site.open("/healthz")[0] == 200)
