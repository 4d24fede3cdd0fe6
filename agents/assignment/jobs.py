"""A large run is planned and put in force in the background."""

from datetime import date

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from agents.assignment.runs import AssignmentRefused, apply_run, plan_run
from agents.assignment.selectors_board import chosen_cases
from agents.models import AssignmentRun, RunState
from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler

APPLY_JOB = "agents.assignment_apply"
PLAN_JOB = "agents.assignment_plan"


@job_handler(PLAN_JOB)
def plan_assignment(job_run: JobRun) -> Outcome:
    """A preview of what the page's form asked for (`chosen`, `unit`, `day`), with the rights that its starter has when it
    begins. Done twice it is still one preview."""
    job = job_run.job
    run = AssignmentRun.objects.filter(job=job).first()
    if run is None:
        actor, params = job.created_by, job.params
        if actor is None or not has(actor, "assignment.plan"):
            raise ExpectedFailure(_("您已没有生成分案预览的权限"))
        try:
            run = plan_run(
                cases=chosen_cases(params["chosen"], params["unit"]),
                chosen=params["chosen"],
                unit=params["unit"],
                day=date.fromisoformat(params["day"]),
                seed=None,
                actor=actor,
                now=clock.database_now(),
                job=job,
            )
        except AssignmentRefused as refused:
            raise ExpectedFailure(str(refused)) from refused
    return Outcome(result={"run": run.pk, "moves": run.move_count}, url=_page(run))


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
