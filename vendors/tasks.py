"""Celery tasks of the agencies' room: thin shells, safe to repeat and to run twice at once."""

from celery import shared_task

from collection_ops.core import clock


@shared_task(name="vendors.propose_recalls")
def propose_recalls() -> None:
    from vendors.placement import recalls

    recalls.nightly(now=clock.database_now())


@shared_task(name="vendors.accrue_month")
def accrue_month() -> None:
    from vendors.accruals import jobs

    jobs.enqueue_last_month(now=clock.database_now())
