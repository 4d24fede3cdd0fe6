"""Job handler of repayment plans."""

from cases.plans.follow import follow_plans
from collection_ops.core import clock
from collection_ops.core.services.jobs import JobRun, Outcome, job_handler


@job_handler("cases.follow_plans")
def follow(job_run: JobRun) -> Outcome:
    """A day has passed: plans whose instalment stayed unpaid are broken. Repeatable."""
    job_run.progress(0, 1)
    now = clock.database_now()
    changed = follow_plans(day=clock.business_date(now), now=now)
    return Outcome(result={"sentence": "plans.followed", "params": {"changed": changed}})
