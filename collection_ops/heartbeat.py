"""Signs of life of worker and beat: a file each, touched while they really work, whose age `healthcheck` judges.

`celery inspect ping` is no health check: it starts a whole application for each look and fails when the worker is busy.
The worker loads this with `--include collection_ops.heartbeat`, beat with `--scheduler collection_ops.heartbeat:Scheduler`.
"""

from typing import Any

from celery.beat import PersistentScheduler
from celery.signals import heartbeat_sent, worker_ready

from collection_ops.healthcheck import heartbeat_file


def touch(program: str) -> None:
    file = heartbeat_file(program)
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch()
    except OSError:
        pass  # a full disk makes the program look dead in time, which is true; it must not kill it


@worker_ready.connect
@heartbeat_sent.connect
def _worker_lives(**kwargs: Any) -> None:
    touch("worker")


class Scheduler(PersistentScheduler):
    """Celery's own, which also says that it ticks."""

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        touch("beat")
        return super().tick(*args, **kwargs)
