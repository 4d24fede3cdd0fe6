"""Job handlers of the cases app: thin shells round the importer's services. All are safe to repeat."""

from django.db import transaction
from django.urls import NoReverseMatch, reverse

from cases.imports import intake, run
from cases.imports.states import NO_APPROVAL, move
from cases.models import ImportRun, RunState
from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.services import audit
from collection_ops.core.services.jobs import DATABASE_LOST, ExpectedFailure, JobRun, Outcome, job_handler


@job_handler("cases.import_read")
def import_read(job_run: JobRun) -> Outcome:
    """Read an uploaded file up to its preview; what came by itself may then go on by itself."""
    document = _document(job_run)
    now = clock.database_now()
    run.read_run(run=document, now=now, progress=job_run.progress)
    if document.origin == "inbox":
        intake.go_on(run=document, now=now)
    return _outcome(document)


@job_handler("cases.import_apply")
def import_apply(job_run: JobRun) -> Outcome:
    """Write a run into the book."""
    document = _document(job_run)
    try:
        _must_still_have(job_run, "imports.apply", document)
        run.apply_run(run=document, actor=job_run.job.created_by, now=clock.database_now())
    except run.RunRefused as refusal:
        if document.origin == "inbox":
            intake.go_on(run=document, now=clock.database_now())  # compared anew, it may still go in by itself
        raise ExpectedFailure(refusal.message) from refusal
    except DATABASE_LOST:
        raise  # the job is done again, by this worker or another; until then the run stays applying
    except Exception:
        # Nothing was written. A killed worker never gets here: its run stays applying until the job is done again.
        ImportRun.objects.filter(pk=document.pk, state=RunState.APPLYING).update(state=RunState.PREVIEW, **NO_APPROVAL)
        raise
    return _outcome(document)


@job_handler("cases.import_undo")
def import_undo(job_run: JobRun) -> Outcome:
    """Take a run back, or what nothing stands on."""
    document = _document(job_run)
    job_run.progress(0, 1, "undo")
    partial = bool(job_run.job.params.get("partial"))
    try:
        _must_still_have(job_run, "imports.undo", document)
        run.undo_run(run=document, actor=job_run.job.created_by, now=clock.database_now(), partial=partial)
    except run.RunRefused as refusal:
        raise ExpectedFailure(refusal.message) from refusal
    return _outcome(document)


def _document(job_run: JobRun) -> ImportRun:
    return ImportRun.objects.select_related("source").get(pk=job_run.job.params["run"])


def _must_still_have(job_run: JobRun, capability: str, document: ImportRun) -> None:
    """Work runs with the rights that its starter has when it begins: who lost them meanwhile writes no book. What is
    done already stays done. Raises RunRefused."""
    actor = job_run.job.created_by
    if document.state not in (RunState.APPLYING, RunState.APPLIED) or actor is None or has(actor, capability):
        return
    refusal = run.RunRefused("right_withdrawn", by=str(actor))
    if document.state == RunState.APPLYING:
        with transaction.atomic():
            move(document, RunState.PREVIEW, refusal=refusal.to_json())
            audit.record(action="import.interrupted", actor=actor, obj=document, outcome="refused")
    raise refusal


def _outcome(document: ImportRun) -> Outcome:
    return Outcome(result={"run": document.pk, "state": document.state}, url=run_url(document))


def run_url(document: ImportRun) -> str:
    """The run's page; empty where the site has none."""
    try:
        return reverse("cases:import_run", args=[document.pk])
    except NoReverseMatch:
        return ""
