"""A worker says that it lives: in the database for the pages, in a file for the container's health check.

Not through Redis, which may be away while the worker is well; and not by asking Celery (`inspect ping` fails when the
worker is busy). A thread beside the worker beats, so a long job does not look like a death.
"""

import logging
import threading
from pathlib import Path

from django.conf import settings
from django.db import connection

from collection_ops.core import clock

logger = logging.getLogger(__name__)

EVERY_SECONDS = 10.0

BEAT = """
    INSERT INTO core_workerbeat (worker, started_at, seen_at) VALUES (%s, now(), now())
    ON CONFLICT (worker) DO UPDATE SET seen_at = now()
"""


def heartbeat_file() -> Path:
    """Touched at every beat; collection_ops/healthcheck.py looks at its age."""
    return Path(settings.STATE_DIR) / "run" / "worker_heartbeat"


def beat(*, worker: str) -> None:
    """One beat. Errors are logged, never raised: a database that is away must not end the thread."""
    try:
        path = heartbeat_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        logger.warning("heartbeat file not written", extra={"error": type(error).__name__})
    try:
        with connection.cursor() as cursor:
            cursor.execute(BEAT, [worker])
        clock.skew_seconds()  # an alarm in the log when it is large
    except Exception as error:
        logger.warning("heartbeat row not written", extra={"error": type(error).__name__})


class BeatThread:
    """Beats until stopped, with a connection of its own."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, name="worker-beat", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        """The row goes with the worker, so that the banner appears at once and not a minute later."""
        self.stopped.set()
        self.thread.join(timeout=5)
        try:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM core_workerbeat WHERE worker = %s", [self.worker])
        except Exception as error:
            logger.warning("heartbeat row not removed", extra={"error": type(error).__name__})
        finally:
            connection.close()

    def _run(self) -> None:
        while True:
            beat(worker=self.worker)
            connection.close()  # a beat needs a connection for a moment only, and a dead one must not stay
            if self.stopped.wait(EVERY_SECONDS):
                return
