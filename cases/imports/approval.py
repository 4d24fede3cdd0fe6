"""The second person: a run outside the guard rails of its source is submitted by one and decided by another.

    preview → submit → submitted → approve → applying
                                 → send_back / withdraw → preview

Nobody approves what they submitted or uploaded. A run that came by itself has no first person, so that a supervisor may
approve it from its preview. Every step is one conditional update: of two people at once one decides, the other is told.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from cases.imports.applying import enqueue_apply, needs_acceptance, start_applying
from cases.imports.guard_facts import findings_of
from cases.imports.guards import CODES
from cases.imports.refusals import RunRefused
from cases.imports.states import move
from cases.imports.telling import tell
from cases.models import ImportRun, RunState
from collection_ops.core.access import users_with
from collection_ops.core.models import Job, User
from collection_ops.core.services import audit

APPROVE = "imports.approve"
"""The capability of the second person."""


def submit(*, run: ImportRun, actor: User, now: datetime, note: str, accept_good_rows: bool = False) -> ImportRun:
    """Ask a supervisor to let a run outside its guard rails in; `note` says why it should go in all the same.

    Raises RunRefused: note_missing, inside_rails, rows_rejected (unless `accept_good_rows`), already_decided.
    """
    if not note.strip():
        raise RunRefused("note_missing")
    findings = [finding.to_json() for finding in findings_of(run)]
    if run.state == RunState.PREVIEW and not findings:
        raise RunRefused("inside_rails")
    if needs_acceptance(run) and not (accept_good_rows or run.accept_good_rows):
        raise RunRefused("rows_rejected", count=run.problem_counts.get("error_rows", 0))
    with transaction.atomic():
        _decide(
            run,
            RunState.SUBMITTED,
            submitted_by=actor,
            submitted_at=now,
            submit_note=note.strip()[:200],
            accept_good_rows=accept_good_rows or run.accept_good_rows,
            guard_findings=findings,
            refusal={},
        )
        audit.record(
            action="import.submitted", actor=actor, obj=run, data={"findings": _codes(findings)}, reason=run.submit_note
        )
        tell(
            run,
            "import.submitted",
            users=users_with(APPROVE).exclude(pk=actor.pk),
            level="warning",
            by=str(actor),
            findings=len(findings),
        )
    return run


def approve(
    *,
    run: ImportRun,
    actor: User,
    now: datetime,
    note: str = "",
    accept_good_rows: bool = False,
    enqueue: bool = True,
) -> Job | None:
    """Let the run in: it is applying from here on, a job writes the book for the approver; without `enqueue` the caller
    does (`apply_run`).

    Raises RunRefused: approver_submitted, approver_uploaded, not_yet_submitted, inside_rails, rows_rejected,
    another_applying, already_decided.
    """
    _refuse_same_person(run, actor)
    if run.state == RunState.PREVIEW:
        if run.uploaded_by_id is not None:
            raise RunRefused("not_yet_submitted")
        if not findings_of(run):
            raise RunRefused("inside_rails")
    with transaction.atomic():
        try:
            start_applying(
                run=run,
                accept_good_rows=accept_good_rows,
                allowed=CODES,
                since=(RunState.PREVIEW,) if run.state == RunState.PREVIEW else (RunState.SUBMITTED,),
                approved_by=actor,
                approved_at=now,
                approval_note=note.strip()[:200],
            )
        except RunRefused as refusal:
            raise _told(run, refusal) from refusal
        job = enqueue_apply(run, actor) if enqueue else None
        audit.record(
            action="import.approved",
            actor=actor,
            obj=run,
            data={"findings": _codes(run.guard_findings), "submitted_by": str(run.submitted_by or "")},
            reason=run.approval_note,
        )
        if run.submitted_by is not None:
            tell(run, "import.approved", users=[run.submitted_by], level="success", by=str(actor))
    run.refresh_from_db()
    return job


def send_back(*, run: ImportRun, actor: User, now: datetime, reason: str) -> ImportRun:
    """Return a submitted run to who submitted it, with what is wrong. Raises RunRefused: reason_missing, already_decided."""
    if not reason.strip():
        raise RunRefused("reason_missing")
    submitter = run.submitted_by
    refusal = RunRefused("returned", by=str(actor), reason=reason.strip()[:200])
    with transaction.atomic():
        _decide(run, RunState.PREVIEW, since=(RunState.SUBMITTED,), refusal=refusal.to_json())
        audit.record(action="import.returned", actor=actor, obj=run, reason=reason.strip()[:200])
        if submitter is not None:
            tell(run, "import.returned", users=[submitter], level="warning", by=str(actor))
    return run


def withdraw(*, run: ImportRun, actor: User, now: datetime) -> ImportRun:
    """Take a submitted run back to its preview, before it is decided. Raises RunRefused("already_decided")."""
    with transaction.atomic():
        _decide(run, RunState.PREVIEW, since=(RunState.SUBMITTED,), refusal={})
        audit.record(action="import.withdrawn", actor=actor, obj=run)
    return run


def may_approve(run: ImportRun, actor: User) -> RunRefused | None:
    """Why this person cannot be the second one; None when they can."""
    try:
        _refuse_same_person(run, actor)
    except RunRefused as refusal:
        return refusal
    return None


def _refuse_same_person(run: ImportRun, actor: User) -> None:
    if run.submitted_by_id == actor.pk:
        raise RunRefused("approver_submitted")
    if run.uploaded_by_id == actor.pk:
        raise RunRefused("approver_uploaded")


def _decide(run: ImportRun, to: RunState, **columns: Any) -> None:
    try:
        with transaction.atomic():
            move(run, to, **columns)
    except IntegrityError as same_person:  # the constraint that holds where this page's rules were passed by
        raise RunRefused("approver_submitted") from same_person
    except RunRefused as refusal:
        raise _told(run, refusal) from refusal


def _told(run: ImportRun, refusal: RunRefused) -> RunRefused:
    """A step that somebody else has made impossible is told with what became of the run."""
    if refusal.code != "wrong_state":
        return refusal
    return RunRefused("already_decided", state=run.get_state_display())


def _codes(findings: list[dict[str, Any]]) -> list[str]:
    return [finding["code"] for finding in findings]
