"""Bodies of requests that come in slowly: they hold no thread for long, and never all of them.

The server gives a request to a thread as soon as its headers are there; reading the body waits in that thread. A few
clients that send a byte now and then would hold every thread, without an account. So a form is read here before the site
sees the request: a few at once, each against the clock. An upload is too large for that and is read by the site itself,
against the same clock, after it knows who sends it (`LargeBodyMiddleware`).
"""

import io
import json
import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

PATIENCE_SECONDS = 20.0
SLOWEST_BYTES_A_SECOND = 32 * 1024
WAIT_SECONDS = 0.25  # for the turn of a form: they are short, and most have arrived already

Environment = dict[str, Any]
StartResponse = Callable[..., Any]


class BodyTooSlow(OSError):
    """Not complete in its time. An OSError, because Django takes those for a client that went away."""


class TimedBody:
    """A body that must be complete by a time of day. The reading waits in a thread of its own, which ends with the
    connection; whoever asks for the bytes waits no longer than the clock says."""

    def __init__(self, body: Any, *, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._asked: queue.SimpleQueue[tuple[str, int] | None] = queue.SimpleQueue()
        self._got: queue.SimpleQueue[bytes | BaseException] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(body,), name="body", daemon=True).start()

    def read(self, size: int = -1) -> bytes:
        return self._ask("read", size)

    def readline(self, size: int = -1) -> bytes:
        return self._ask("readline", size)

    def close(self) -> None:
        self._asked.put(None)

    def _ask(self, how: str, size: int) -> bytes:
        self._asked.put((how, size))
        try:
            got = self._got.get(timeout=max(self._ends - time.monotonic(), 0))
        except queue.Empty:
            raise BodyTooSlow("the body was not complete in time") from None
        if isinstance(got, BaseException):
            raise got
        return got

    def _read(self, body: Any) -> None:
        while (asked := self._asked.get()) is not None:
            how, size = asked
            try:
                self._got.put(getattr(body, how)(size))
            except BaseException as error:
                self._got.put(error)


class BodyGate:
    """WSGI: in front of the site."""

    def __init__(self, application: Callable[[Environment, StartResponse], Iterable[bytes]]) -> None:
        self.application = application
        self.turns = threading.BoundedSemaphore(max(settings.WEB_THREADS // 2, 1))

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        length = content_length(environ)
        if length == 0:
            return self.application(environ, start_response)
        body = TimedBody(environ["wsgi.input"], seconds=PATIENCE_SECONDS + length / SLOWEST_BYTES_A_SECOND)
        try:
            if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                environ["wsgi.input"] = body
                return self.application(environ, start_response)
            if not self.turns.acquire(timeout=WAIT_SECONDS):
                return _refused(environ, start_response, "503 Service Unavailable", "服务器正忙，请稍后重试。")
            try:
                environ["wsgi.input"] = io.BytesIO(_whole(body, length))
            except BodyTooSlow:
                sentence = "网络太慢，没有收到完整的内容，本次未保存。"
                return _refused(environ, start_response, "408 Request Timeout", sentence)
            finally:
                self.turns.release()
            return self.application(environ, start_response)
        finally:
            body.close()


def content_length(environ: Environment) -> int:
    """Bytes of the body as its sender says; Django reads no further. 0 for none and for nonsense."""
    stated = str(environ.get("CONTENT_LENGTH") or "")
    return int(stated) if stated.isascii() and stated.isdecimal() and len(stated) < 19 else 0


def _whole(body: TimedBody, length: int) -> bytes:
    parts = []
    while length > 0 and (part := body.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _refused(environ: Environment, start_response: StartResponse, status: str, sentence: str) -> Iterable[bytes]:
    """Before the site: no language, no page. A program gets the shape of its errors (core/api/errors.py)."""
    kind, body = "text/plain", sentence
    if str(environ.get("PATH_INFO", "")).startswith("/api/"):
        code = "busy" if status.startswith("503") else "body_too_slow"
        kind = "application/json"
        body = json.dumps({"errors": [{"code": code, "message": sentence, "field": ""}]}, ensure_ascii=False)
    start_response(status, [("Content-Type", f"{kind}; charset=utf-8"), ("Retry-After", "10")])
    return [body.encode()]
