"""Celery tasks of the reports: thin shells, safe to repeat and to run twice at once."""

from celery import shared_task

from collection_ops.core import clock


@shared_task(name="reports.refresh_facts")
def refresh_facts() -> None:
    from reports.jobs_facts import refresh_if_marked

    refresh_if_marked()


@shared_task(name="reports.notice_restatements")
def notice_restatements() -> None:
    """A job of its own, once a day, however many schedulers ring."""
    from collection_ops.core.services import jobs
    from reports.restating.jobs import NOTICE

    day = clock.business_date(clock.database_now())
    jobs.enqueue(kind=NOTICE, params={}, actor=None, key=f"notice_restatements:{day}", queue="reports")


@shared_task(name="reports.make_due")
def make_due() -> None:
    """A job for each report that is due; the job's key keeps a second scheduler out."""
    from reports.regular import schedule

    schedule.make_due(now=clock.database_now())
