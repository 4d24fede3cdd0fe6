"""The material of a month in the background: the lender's money of two months is gone through, which takes longer than a
page waits."""

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.models import Job, User
from collection_ops.core.services import jobs
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler
from vendors.meetings.keeping import HOLD, MeetingRefused, make
from vendors.models import Agency

JOB = "vendors.make_meeting"


def enqueue(*, agency: Agency, period: date, actor: User | None) -> Job:
    """By night once an agency and month; a person may always ask."""
    key = f"{JOB}:{agency.pk}:{period.isoformat()}" if actor is None else None
    params = {"agency": agency.pk, "period": period.isoformat()}
    title = f"{agency.name} {period:%Y-%m}"
    return jobs.enqueue(kind=JOB, params=params, actor=actor, title=title, key=key, queue="reports")


@job_handler(JOB)
def make_meeting(job_run: JobRun) -> Outcome:
    """By the rights that its starter has when it begins. Done twice it is one meeting."""
    job = job_run.job
    if job.created_by is not None and not has(job.created_by, HOLD):
        raise ExpectedFailure(_("您已没有生成月会材料的权限"))
    agency, period = Agency.objects.get(pk=job.params["agency"]), date.fromisoformat(job.params["period"])
    try:
        made = make(agency=agency, period=period, actor=job.created_by, now=clock.database_now())
    except MeetingRefused as refused:
        raise ExpectedFailure(str(refused)) from refused
    return Outcome(result={"meeting": made.pk}, url=reverse("vendors:meeting", args=[made.pk]))
