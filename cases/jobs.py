"""Job handlers of the cases app: thin shells round the importer's services. All are safe to repeat."""

from django.urls import NoReverseMatch, reverse

from cases.imports import intake, run
from cases.models import ImportRun, RunState
from collection_ops.core import clock
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler


@job_handler("cases.import_read")
def import_read(job_run: JobRun) -> Outcome:
    """Read an uploaded file up to its preview; what came by itself may then go on by itself."""
    document = _document(job_run)
    now = clock.now()
    run.read_run(run=document, now=now, progress=job_run.progress)
    if document.origin == "inbox":
        intake.go_on(run=document, now=now)
    return _outcome(document)


@job_handler("cases.import_apply")
def import_apply(job_run: JobRun) -> Outcome:
    """Write a run into the book."""
    document = _document(job_run)
    try:
        run.apply_run(run=document, actor=job_run.job.created_by, now=clock.now())
    except run.RunRefused as refusal:
        if document.origin == "inbox":
            intake.go_on(run=document, now=clock.now())  # compared anew, it may still go in by itself
        raise ExpectedFailure(refusal.message) from refusal
    except Exception:
        # Nothing was written. A killed worker never gets here: its run stays applying until the job is done again.
        ImportRun.objects.filter(pk=document.pk, state=RunState.APPLYING).update(state=RunState.PREVIEW)
        raise
    return _outcome(document)


@job_handler("cases.import_undo")
def import_undo(job_run: JobRun) -> Outcome:
    """Take a run back."""
    document = _document(job_run)
    try:
        run.undo_run(run=document, actor=job_run.job.created_by, now=clock.now())
    except run.RunRefused as refusal:
        raise ExpectedFailure(refusal.message) from refusal
    return _outcome(document)


def _document(job_run: JobRun) -> ImportRun:
    return ImportRun.objects.select_related("source").get(pk=job_run.job.params["run"])


def _outcome(document: ImportRun) -> Outcome:
    return Outcome(result={"run": document.pk, "state": document.state}, url=run_url(document))


def run_url(document: ImportRun) -> str:
    """The run's page; empty where the site has none."""
    try:
        return reverse("cases:import_run", args=[document.pk])
    except NoReverseMatch:
        return ""
