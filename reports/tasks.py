"""Celery tasks of the reports: thin shells, safe to repeat and to run twice at once."""

from celery import shared_task


@shared_task(name="reports.refresh_facts")
def refresh_facts() -> None:
    from reports.jobs_facts import refresh_if_marked

    refresh_if_marked()
