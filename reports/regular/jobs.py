"""Reports are made in the background, on a queue of their own."""

from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler
from reports.models import ReportRun
from reports.regular import mailing
from reports.regular.making import ReportRefused, make_report
from reports.regular.schedule import JOB

MAIL_JOB = mailing.JOB


@job_handler(JOB)
def make(job_run: JobRun) -> Outcome:
    """One report, by the rights that its starter has when it begins; the schedule has no starter. Done twice it is built
    again, compared, and is still one report; its mail is a job with a key."""
    job = job_run.job
    actor, params = job.created_by, job.params
    if actor is not None and not has(actor, "reports.make"):
        raise ExpectedFailure(_("您已没有生成报表的权限"))
    try:
        made = make_report(
            kind=params["kind"],
            first=date.fromisoformat(params["first"]),
            last=date.fromisoformat(params["last"]),
            known_by=datetime.fromisoformat(params["known_by"]),
            actor=actor,
            now=clock.database_now(),
            job=job,
        )
    except ReportRefused as refused:
        raise ExpectedFailure(str(refused)) from refused
    if params.get("mail"):
        mailing.enqueue(made.run)
    return Outcome(result={"run": made.run.pk, "new": made.is_new}, url=reverse("reports:paper", args=[made.run.pk]))


@job_handler(MAIL_JOB)
def mail(job_run: JobRun) -> Outcome:
    """One report to all its subscribers."""
    run = ReportRun.objects.get(pk=job_run.job.params["run"])
    sent = mailing.send(run=run, now=clock.database_now(), progress=job_run.progress)
    return Outcome(result={"run": run.pk, "sent": sent}, url=reverse("reports:paper", args=[run.pk]))
