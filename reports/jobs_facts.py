"""Job handler of the daily facts, and what rings for it: money that changed, and the minute."""

from datetime import date, datetime

from cases.money_changed import on_money_changed
from collection_ops.core.models import Job, JobState
from collection_ops.core.services import jobs
from collection_ops.core.services.jobs import JobRun, Outcome, job_handler
from reports.facts import keeping
from reports.models import DirtyDay

REFRESH = "reports.refresh_facts"


@job_handler(REFRESH)
def refresh(run: JobRun) -> Outcome:
    """Make marked days anew. Repeatable: a second time there is nothing marked."""
    run.progress(0, 1)
    return Outcome(result={"sentence": "facts.refreshed", "params": keeping.refresh()})


def ask_for_refresh() -> None:
    """A job where none waits; one that runs already has not seen what is marked now."""
    if not Job.objects.filter(kind=REFRESH, state=JobState.QUEUED).exists():
        jobs.enqueue(kind=REFRESH, params={}, actor=None, queue="reports")


@on_money_changed
def after_an_import(*, cases: set[int], day: date, now: datetime) -> None:
    """A file or money has come (or gone): dashboards read the rows until the facts are made."""
    ask_for_refresh()


def refresh_if_marked() -> None:
    """What changed otherwise (a case was moved, a contact told): once a minute is soon enough."""
    if DirtyDay.objects.exists():
        ask_for_refresh()
