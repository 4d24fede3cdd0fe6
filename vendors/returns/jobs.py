"""Reading and applying returned files in the background."""

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler
from vendors.models import ReturnedFile
from vendors.returns.files import APPLY_JOB, LOAD, READ_JOB, apply_file, read_file
from vendors.returns.refusals import ReturnRefused


@job_handler(READ_JOB)
def read(job_run: JobRun) -> Outcome:
    file = read_file(file=_file(job_run), now=clock.database_now())
    return Outcome(result={"file": file.pk, "state": file.state}, url=_address(file))


@job_handler(APPLY_JOB)
def apply(job_run: JobRun) -> Outcome:
    """By the rights that its starter has when it begins. Done twice it is in the book once."""
    starter = job_run.job.created_by
    if starter is not None and not has(starter, LOAD):
        raise ExpectedFailure(_("您已没有回传入库的权限"))
    try:
        file = apply_file(file=_file(job_run), now=clock.database_now(), progress=job_run.progress)
    except ReturnRefused as refused:
        raise ExpectedFailure(str(refused)) from refused
    return Outcome(result={"file": file.pk, **file.counts}, url=_address(file))


def _file(job_run: JobRun) -> ReturnedFile:
    return ReturnedFile.objects.select_related("agency__desk").get(pk=job_run.job.params["file"])


def _address(file: ReturnedFile) -> str:
    return reverse("vendors:returned", args=[file.pk])
