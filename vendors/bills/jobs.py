"""Comparing in the background: a month may have more lines than a page waits for."""

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.models import Job, User
from collection_ops.core.services import jobs
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler
from vendors.bills.keeping import compare
from vendors.bills.reading import BillRefused
from vendors.models import AgencyBill

JOB = "vendors.compare_bill"


def enqueue(*, bill: AgencyBill, actor: User) -> Job:
    title = _("核对机构账单 %(agency)s %(month)s") % {"agency": bill.agency.name, "month": f"{bill.period:%Y-%m}"}
    return jobs.enqueue(kind=JOB, params={"bill": bill.pk}, actor=actor, title=title[:100], queue="reports")


@job_handler(JOB)
def compare_bill(run: JobRun) -> Outcome:
    """By the rights that its starter has when it begins. Done twice the bill is compared once."""
    job = run.job
    if job.created_by is not None and not has(job.created_by, "bills.make"):
        raise ExpectedFailure(_("您已没有核对机构账单的权限"))
    bill = AgencyBill.objects.get(pk=job.params["bill"])
    try:
        compare(bill=bill, actor=job.created_by, now=clock.database_now())
    except BillRefused as refused:
        raise ExpectedFailure(str(refused)) from refused
    return Outcome(result={"matches": bill.matches.count()}, url=reverse("vendors:bill", args=[bill.pk]))
