"""Scoring in the background: a month of all agencies is gone through, which takes longer than a page waits."""

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.models import Job, User
from collection_ops.core.services import jobs
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler
from vendors.scorecard.scoring import ScoreRefused, score_month

JOB = "vendors.score"


def enqueue(*, month: date, actor: User) -> Job:
    return jobs.enqueue(
        kind=JOB, params={"month": month.isoformat()}, actor=actor, title=f"{month:%Y-%m}", queue="reports"
    )


@job_handler(JOB)
def score(job_run: JobRun) -> Outcome:
    """A month of all agencies, by the rights that its starter has when it begins. Done twice it is one revision."""
    job = job_run.job
    if job.created_by is not None and not has(job.created_by, "scorecards.make"):
        raise ExpectedFailure(_("您已没有生成评分卡的权限"))
    month = date.fromisoformat(job.params["month"])
    try:
        made = score_month(month=month, actor=job.created_by, now=clock.database_now())
    except ScoreRefused as refused:
        raise ExpectedFailure(str(refused)) from refused
    return Outcome(
        result={"cards": len(made), "new": sum(one.is_new for one in made)},
        url=f"{reverse('vendors:scorecards')}?month={month:%Y-%m}",
    )
