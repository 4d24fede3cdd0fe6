"""A large run is put in force in the background."""

from django.urls import reverse
from django.utils.translation import gettext as _

from agents.assignment.runs import AssignmentRefused, apply_run
from agents.assignment.selectors_board import runs_for
from agents.assignment.selectors_run import APPLY_JOB
from agents.models import RunState
from collection_ops.core import clock
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler


@job_handler(APPLY_JOB)
def apply_assignment(job_run: JobRun) -> Outcome:
    """Put an approved run in force. Done twice (a worker was lost after its commit) it only says so."""
    actor = job_run.job.created_by
    run = runs_for(actor, "assignment.approve").filter(pk=job_run.job.params["run"]).first() if actor else None
    if run is None or actor is None:
        raise ExpectedFailure(_("分案批次不存在，或您已没有使其生效的权限"))
    where = reverse("assignment:run", args=[run.pk])
    if run.state != RunState.APPLIED:
        job_run.progress(0, run.move_count)
        try:
            run = apply_run(run=run, actor=actor, now=clock.database_now())
        except AssignmentRefused as refused:
            raise ExpectedFailure(str(refused)) from refused
    return Outcome(result={"moved": run.move_count}, url=where)
