"""A long list for an agency is written in the background; a short one while the page waits.

The password that its maker wrote down waits in the job's row, sealed, until a worker takes it, once: it is kept nowhere. So
a job that was broken off does not write the file when it comes again, but says that another is to be made.
"""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.crypto import decrypt, encrypt
from collection_ops.core.models import Job, User
from collection_ops.core.services import jobs
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler
from vendors.models import Agency, PlacementBatch, PlacementFile
from vendors.placement import files
from vendors.placement.rule import PlacementRefused

FILE_JOB = "vendors.placement_file"
WRITTEN_AT_ONCE = 10_000
"""Cases; more of them, and the page would wait for seconds."""


def is_long(batch: PlacementBatch, agency: Agency) -> bool:
    return files.with_agency(batch, agency).count() > WRITTEN_AT_ONCE


def ask_file(*, batch: PlacementBatch, agency: Agency, password: str, actor: User) -> Job:
    """Raises PlacementRefused as `files.make_file`, as far as it is seen at once."""
    files.check(batch=batch, agency=agency, password=password, actor=actor)
    return jobs.enqueue(
        kind=FILE_JOB,
        params={"batch": batch.pk, "agency": agency.pk, "sealed": encrypt(password)},
        actor=actor,
        title=_("生成文件 %(agency)s %(batch)s") % {"agency": agency.name, "batch": batch.number},
    )


@job_handler(FILE_JOB)
def write_file(job_run: JobRun) -> Outcome:
    """With the rights that its starter has when it begins. Done twice it is one file."""
    job = job_run.job
    batch = PlacementBatch.objects.get(pk=job.params["batch"])
    agency = Agency.objects.select_related("desk").get(pk=job.params["agency"])
    file = _made(job, batch, agency) or _make(job, batch, agency, clock.database_now())
    return Outcome(result={"file": file.pk, "rows": file.rows}, url=reverse("vendors:placement", args=[batch.pk]))


def _made(job: Job, batch: PlacementBatch, agency: Agency) -> PlacementFile | None:
    """What an earlier worker wrote, who was lost before it could say so."""
    if "sealed" in job.params:
        return None
    since = PlacementFile.objects.filter(
        batch=batch, agency=agency, made_by=job.created_by, made_at__gte=job.created_at
    )
    return since.order_by("pk").first()


def _make(job: Job, batch: PlacementBatch, agency: Agency, now: datetime) -> PlacementFile:
    sealed = job.params.pop("sealed", "")
    Job.objects.filter(pk=job.pk).update(params=job.params)
    if not sealed or job.created_by is None:
        raise ExpectedFailure(_("生成文件时中断。密码不保存，请再生成一份"))
    try:
        return files.make_file(batch=batch, agency=agency, password=decrypt(sealed), actor=job.created_by, now=now)
    except PlacementRefused as refused:
        raise ExpectedFailure(str(refused)) from refused
