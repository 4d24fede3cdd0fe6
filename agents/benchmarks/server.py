"""The site as a process of its own, started with the very command that `up` runs."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from collection_ops.core.benchmarks import BenchmarkFailed
from collection_ops.core.management.commands.up import WEB_THREADS, programs

APPLICATION = "agents.benchmarks.wsgi:application"
PATIENCE_SECONDS = 60.0


@contextmanager
def site(*, database: str, ahead_seconds: float, folder: Path) -> Iterator[int]:
    """The port on which the site answers; ended with the block."""
    port = _free_port()
    web = programs(host="127.0.0.1", port=port)[0]
    command = [APPLICATION if part == "collection_ops.wsgi:application" else part for part in web.command]
    assert APPLICATION in command, "up starts the site in another way"
    log = (folder / "server.log").open("w", encoding="utf-8")
    process = subprocess.Popen(  # noqa: S603  our own command
        command,
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "BENCHMARK_DATABASE": database,
            "BENCHMARK_AHEAD": str(ahead_seconds),
            "WEB_THREADS": str(WEB_THREADS),
        },
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait(process, port, folder / "server.log")
        yield port
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise BenchmarkFailed(f"the site did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")
