"""Celery tasks of the kernel: thin shells, ids in, one service called, safe to repeat."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown

from collection_ops.core import clock


@shared_task(name="core.run_job")
def run_job(job_id: int) -> None:
    from collection_ops.core.services import jobs

    jobs.run(job_id)


@shared_task(name="core.sweep_jobs")
def sweep_jobs() -> None:
    from collection_ops.core.services import jobs

    jobs.sweep(now=clock.database_now())


@shared_task(name="core.seal_audit")
def seal_audit() -> None:
    from collection_ops.core.services import audit_seal

    audit_seal.seal(now=clock.database_now())


@shared_task(name="core.housekeeping")
def housekeeping() -> None:
    from collection_ops.core.services import housekeeping

    housekeeping.clean(now=clock.database_now())


@shared_task(name="core.check_invariants")
def check_invariants() -> None:
    """A job of its own, so that the result stands on the page; once a day, however many schedulers ring."""
    from collection_ops.core.services import jobs

    day = clock.business_date(clock.database_now())
    jobs.enqueue(kind="core.check_invariants", params={}, actor=None, key=f"check_invariants:{day}")


_beats: dict[str, Any] = {}


@worker_ready.connect
def start_beating(**kwargs: Any) -> None:
    from collection_ops.core.services.jobs import worker_name
    from collection_ops.core.services.worker_beat import BeatThread

    _beats["beat"] = BeatThread(worker_name())
    _beats["beat"].start()


@worker_shutdown.connect
def stop_beating(**kwargs: Any) -> None:
    # At the very end: a worker that finishes its last job after SIGTERM still lives.
    if beat := _beats.pop("beat", None):
        beat.stop()
