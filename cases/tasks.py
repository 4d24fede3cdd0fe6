"""Celery tasks of the cases app: thin shells, safe to repeat and to run twice at once."""

from celery import shared_task

from collection_ops.core import clock


@shared_task(name="cases.poll_intake")
def poll_intake() -> None:
    from cases.imports import intake, run

    now = clock.database_now()
    run.release_abandoned(now=now)
    intake.poll(now=now)


@shared_task(name="cases.follow_plans")
def follow_plans() -> None:
    """A job of its own, once a day, however many schedulers ring."""
    from collection_ops.core.services import jobs

    day = clock.business_date(clock.database_now())
    jobs.enqueue(kind="cases.follow_plans", params={}, actor=None, key=f"follow_plans:{day}")


@shared_task(name="cases.purge_exports")
def purge_exports() -> None:
    from cases.services import export

    export.purge_exports(now=clock.now())


@shared_task(name="cases.settle_agreements")
def settle_agreements() -> None:
    from cases.jobs_agreements import SETTLE
    from collection_ops.core.services import jobs

    day = clock.business_date(clock.database_now())
    jobs.enqueue(kind=SETTLE, params={}, actor=None, key=f"settle_agreements:{day}")
