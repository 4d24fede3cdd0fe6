"""Web, worker and beat of one machine, together: `manage.py up`. `start.py` ends in it."""

import argparse
import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from collection_ops.launcher.supervise import Program, StopRequest, Supervisor

# A page is Python for most of its time, so what a second core brings is a second process, not more threads.
WEB_PROCESSES = min(os.cpu_count() or 1, 2)
WEB_THREADS = 8
WORKER_THREADS = 2
# Warm shutdown: a request or a short job ends properly; a long job is taken up again from its row.
PATIENCE_SECONDS = 10.0


class Command(BaseCommand):
    help = "Run web, worker and beat together; restart one that dies, stop all when it keeps dying or on Ctrl-C."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        stop = StopRequest()
        stop.listen()
        folder = settings.STATE_DIR / "log"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (settings.STATE_DIR / "run").mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of a missing one
        supervisor = Supervisor(
            programs(host=host, port=port),
            env={**os.environ, "WEB_THREADS": str(WEB_THREADS)},
            cwd=settings.BASE_DIR,
            log_folder=folder,
            say=self._say,
            patience=PATIENCE_SECONDS,
        )
        sys.exit(supervisor.run(stop))

    def _say(self, chinese: str, english: str) -> None:
        self.stdout.write(f"{chinese} · {english}")
        self.stdout.flush()


def programs(*, host: str, port: int) -> list[Program]:
    """The three programs of one machine. In containers each is a service of its own (docker-compose.yml)."""
    python = sys.executable
    # Celery warns about root at every start. Here root's site is on its own machine only; containers run as 10001.
    celery = [python, "-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "-A", "collection_ops"]
    return [
        Program(
            "web",
            [
                *(python, "-m", "granian", "--interface", "wsgi", "--no-ws"),
                *("--host", host, "--port", str(port)),
                *("--workers", str(WEB_PROCESSES), "--blocking-threads", str(WEB_THREADS)),
                *("--workers-kill-timeout", "5", "--log-level", "error"),
                "collection_ops.wsgi:application",
            ],
        ),
        Program(
            "worker",
            [
                *(*celery, "worker", "--pool", "threads", "--concurrency", str(WORKER_THREADS)),
                # One worker has nobody to gossip with; both cost seconds at the start.
                *("--queues", "default,imports,reports", "--without-gossip", "--without-mingle"),
                *("--include", "collection_ops.heartbeat", "--loglevel", "INFO"),
            ],
        ),
        Program(
            "beat",
            [
                *(*celery, "beat", "--scheduler", "collection_ops.heartbeat:Scheduler"),
                *("--pidfile=", "--loglevel", "INFO"),
            ],
        ),
    ]
