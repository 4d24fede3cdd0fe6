"""Pages over one connection, in turn."""

import http.client
import time
from collections import defaultdict
from collections.abc import Mapping

from django.conf import settings

from collection_ops.core.benchmarks import BenchmarkFailed


def ask_in_turn(port: int, pages: Mapping[str, str], *, session: str, rounds: int) -> dict[str, list[float]]:
    """Seconds by page, each asked `rounds` times after a first that is thrown away. Raises BenchmarkFailed where one does
    not answer with a page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"}
    seconds: dict[str, list[float]] = defaultdict(list)
    for turn in range(rounds + 1):
        for name, address in pages.items():
            begun = time.perf_counter()
            connection.request("GET", address, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            taken = time.perf_counter() - begun
            if answer.status != 200:
                raise BenchmarkFailed(f"{address} answered {answer.status}: {body[:200]!r}")
            if turn:
                seconds[name].append(taken)
    connection.close()
    return dict(seconds)
