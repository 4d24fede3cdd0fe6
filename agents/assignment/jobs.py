"""A large run is put in force in the background."""

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from agents.assignment.runs import AssignmentRefused, apply_run
from agents.models import AssignmentRun, RunState
from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler

APPLY_JOB = "agents.assignment_apply"


@job_handler(APPLY_JOB)
def apply_assignment(job_run: JobRun) -> Outcome:
    """Put an approved run in force, with the rights that its starter has when it begins. Done twice (a worker was lost
    after its commit) it only says so."""
    run, actor = AssignmentRun.objects.get(pk=job_run.job.params["run"]), job_run.job.created_by
    if run.state != RunState.APPLIED:
        if actor is None or not has(actor, "assignment.approve"):
            raise ExpectedFailure(_("您已没有使分案生效的权限"))
        job_run.progress(0, run.move_count)
        try:
            run = apply_run(run=run, actor=actor, now=clock.database_now())
        except AssignmentRefused as refused:
            raise ExpectedFailure(str(refused)) from refused
    return Outcome(result={"run": run.pk, "moved": run.totals["applied"]["moved"]}, url=_page(run))


def _page(run: AssignmentRun) -> str:
    try:
        return reverse("assignment:run", args=[run.pk])
    except NoReverseMatch:
        return ""
