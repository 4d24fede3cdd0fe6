"""Settling in the background: a lender's month of money is gone through, which takes longer than a page waits."""

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.models import Job, User
from collection_ops.core.services import jobs
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler
from vendors.models import Agency
from vendors.settlement.settle import SettleRefused, settle

JOB = "vendors.settle"


def enqueue(*, agency: Agency, period: date, actor: User) -> Job:
    return jobs.enqueue(
        kind=JOB,
        params={"agency": agency.pk, "period": period.isoformat()},
        actor=actor,
        title=f"{agency.name} {period:%Y-%m}",
        queue="reports",
    )


@job_handler(JOB)
def settle_month(job_run: JobRun) -> Outcome:
    """One agency's month, by the rights that its starter has when it begins. Done twice it is one statement."""
    job = job_run.job
    if job.created_by is not None and not has(job.created_by, "settlements.make"):
        raise ExpectedFailure(_("您已没有生成结算单的权限"))
    agency = Agency.objects.get(pk=job.params["agency"])
    try:
        found = settle(
            agency=agency,
            period=date.fromisoformat(job.params["period"]),
            actor=job.created_by,
            now=clock.database_now(),
        )
    except SettleRefused as refused:
        raise ExpectedFailure(str(refused)) from refused
    pk = found.settlement.pk
    return Outcome(result={"settlement": pk, "new": found.is_new}, url=reverse("vendors:settlement", args=[pk]))
