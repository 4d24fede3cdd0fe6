"""Job handler of restatements."""

from collection_ops.core import clock
from collection_ops.core.services.jobs import JobRun, Outcome, job_handler
from reports.restating.noticing import notice

NOTICE = "reports.notice_restatements"


@job_handler(NOTICE)
def notice_restatements(run: JobRun) -> Outcome:
    """Look at the reports of the last months again. Repeatable: what was noticed is not noticed twice."""
    run.progress(0, 1)
    found = notice(now=clock.database_now())
    return Outcome(result={"sentence": "reports.looked_at_again", "params": {"restated": len(found)}})
