"""Celery tasks of the kernel: thin shells, ids in, one service called, safe to repeat."""

from celery import shared_task

from collection_ops.core import clock


@shared_task(name="core.run_job")
def run_job(job_id: int) -> None:
    from collection_ops.core.services import jobs

    jobs.run(job_id)


@shared_task(name="core.sweep_jobs")
def sweep_jobs() -> None:
    from collection_ops.core.services import jobs

    jobs.sweep(now=clock.now())
