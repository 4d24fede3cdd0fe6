"""Accruing in the background: at the beginning of each month for the one that is over, and when finance asks."""

from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.clock import month_before
from collection_ops.core.models import Job, User
from collection_ops.core.services import jobs
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler
from vendors.accruals.accrue import AccrueRefused, accrue_month

JOB = "vendors.accrue"


def enqueue(*, period: date, actor: User | None, key: str | None = None) -> Job:
    title = _("计提 %(month)s") % {"month": f"{period:%Y-%m}"}
    return jobs.enqueue(
        kind=JOB, params={"period": period.isoformat()}, actor=actor, title=title, key=key, queue="reports"
    )


def enqueue_last_month(*, now: datetime) -> Job:
    """The month before `now`, once, however often the bell rings."""
    period = month_before(clock.business_date(now))
    return enqueue(period=period, actor=None, key=f"{JOB}:{period:%Y-%m}")


@job_handler(JOB)
def accrue_in_background(run: JobRun) -> Outcome:
    """By the rights that its starter has when it begins. Done twice it is one accrual an agency."""
    job = run.job
    if job.created_by is not None and not has(job.created_by, "accruals.make"):
        raise ExpectedFailure(_("您已没有计提的权限"))
    period = date.fromisoformat(job.params["period"])
    try:
        found = accrue_month(period=period, actor=job.created_by, now=clock.database_now())
    except AccrueRefused as refused:
        raise ExpectedFailure(str(refused)) from refused
    made = [one for one in found if one.accrual is not None]
    url = f"{reverse('vendors:accruals')}?month={period:%Y-%m}"
    return Outcome(result={"accruals": len(made), "new": sum(one.is_new for one in made)}, url=url)
