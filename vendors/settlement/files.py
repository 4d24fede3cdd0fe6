"""The statement's workbook for the agency, written by a job: a month may have more lines than a page waits for.

As exports of cases: the starter's own file, kept for settings.EXPORT_HOURS, purged with the others. The rights are asked
again when the job begins and when the file is fetched.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cases.services.export import FOLDER
from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.models import Job, JobState, User
from collection_ops.core.services import audit, jobs
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler
from vendors.models import Settlement
from vendors.settlement.export import write_statement

JOB = "vendors.statement_file"
MOST_ROWS = 1_000_000
"""A sheet holds 1,048,576 rows, title and sums among them."""


class FileTooLong(Exception):
    """More lines than a sheet holds; the sentence says so."""


def request_file(*, settlement: Settlement, actor: User, language: str) -> Job:
    """Queue the workbook. Raises FileTooLong."""
    count = settlement.lines.count()
    if count > MOST_ROWS:
        said = {"count": f"{count:,}", "most": f"{MOST_ROWS:,}"}
        raise FileTooLong(_("结算单有 %(count)s 行，一张工作表最多 %(most)s 行，不能生成 Excel") % said)
    title = _("结算单 Excel %(agency)s %(month)s") % {
        "agency": settlement.agency.name,
        "month": f"{settlement.period:%Y-%m}",
    }
    params = {"settlement": settlement.pk, "language": language}
    return jobs.enqueue(kind=JOB, params=params, actor=actor, title=title[:100], queue="reports")


@job_handler(JOB)
def statement_file(run: JobRun) -> Outcome:
    """Safe to repeat: every attempt writes a file of its own, and the last one is the job's result."""
    job, actor, now = run.job, run.job.created_by, clock.now()
    if actor is None or not has(actor, "settlements.view"):
        raise ExpectedFailure(_("您已没有查看结算单的权限"))
    settlement = Settlement.objects.select_related("agency__desk").get(pk=job.params["settlement"])
    folder = Path(settings.MEDIA_ROOT) / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{secrets.token_hex(16)}.xlsx"
    path.touch(mode=0o600)
    try:
        with translation.override(job.params["language"]), transaction.atomic():
            rows = write_statement(settlement, path, actor=actor, now=now, progress=run.progress)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    expires_at = now + timedelta(hours=settings.EXPORT_HOURS)
    return Outcome(
        result={"file": path.name, "rows": rows, "expires_at": expires_at.isoformat()},
        url=reverse("vendors:settlement_download", args=[job.pk]),
    )


@dataclass(frozen=True)
class HandedOut:
    """The workbook on disk, and the name it is given to the person."""

    path: Path
    name: str


def find_file(*, job_id: int, actor: User, now: datetime) -> HandedOut | None:
    """The workbook of one's own finished job while it is kept; None: it does not exist for this person. Recorded."""
    job = Job.objects.filter(pk=min(job_id, 2**63 - 1), kind=JOB, created_by=actor, state=JobState.DONE).first()
    if job is None or now >= datetime.fromisoformat(job.result["expires_at"]):
        return None
    path = Path(settings.MEDIA_ROOT) / FOLDER / Path(job.result["file"]).name
    if not path.is_file():
        return None
    settlement = Settlement.objects.select_related("agency__desk").get(pk=job.params["settlement"])
    with transaction.atomic():
        audit.record(action="settlement.taken", actor=actor, obj=settlement, data={"rows": job.result["rows"]})
    return HandedOut(path, f"settlement-{settlement.agency.desk.code}-{settlement.period:%Y%m}.xlsx")
