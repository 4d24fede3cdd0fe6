"""Into the book: the decision to apply a run in preview, and the one transaction that writes it.

Called through `run`, the door to all steps; `approval` starts it for a run outside its guard rails.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from cases.imports.booking.book_hash import book_hash
from cases.imports.copies import already_imported, same_rows_imported
from cases.imports.guard_facts import findings_of
from cases.imports.kinds import kind_of
from cases.imports.preview import compare
from cases.imports.refusals import RunRefused
from cases.imports.standing import place_of, questions_about
from cases.imports.states import move
from cases.imports.steps import enqueue_step, refuse
from cases.imports.telling import tell
from cases.known import believed_until
from cases.models import ImportRun, RunState, Source
from cases.money_changed import cases_of_run, tell_money_changed
from cases.services.book import lock_book, raise_version
from collection_ops.core.models import Job, User
from collection_ops.core.services import audit


def request_apply(*, run: ImportRun, actor: User | None, now: datetime, accept_good_rows: bool = False) -> Job:
    """Decide to apply: the run is applying from here on, a job writes the book.

    Raises RunRefused: rows_rejected (unless `accept_good_rows`), outside_rails, another_applying, wrong_state.
    """
    with transaction.atomic():
        start_applying(run=run, accept_good_rows=accept_good_rows)
        job = enqueue_apply(run, actor)
        audit.record(action="import.apply_requested", actor=actor, obj=run, data={"accept_good_rows": accept_good_rows})
    run.refresh_from_db()
    return job


def enqueue_apply(run: ImportRun, actor: User | None) -> Job:
    """The job that writes an applying run for `actor`."""
    job = enqueue_step("cases.import_apply", run, actor)
    ImportRun.objects.filter(pk=run.pk).update(job=job, applied_by=actor)
    return job


def start_applying(
    *,
    run: ImportRun,
    accept_good_rows: bool,
    allowed: Collection[str] = (),
    since: Collection[RunState] = (RunState.PREVIEW,),
    **approval: Any,
) -> None:
    """Step to applying, from a state in `since`; one file of a source at a time.

    The guard rails are asked anew, since limits may have been changed: outside of one whose code is not in `allowed`
    the run stays. `approval` holds the columns of the second person's word.
    """
    try:
        with transaction.atomic():
            locked = ImportRun.objects.select_for_update(of=("self",)).select_related("source").get(pk=run.pk)
            findings = findings_of(locked)
            outside = [finding.to_json() for finding in findings if finding.code not in allowed]
            if outside and locked.state in since:
                raise RunRefused("outside_rails", count=len(outside), findings=outside)
            if needs_acceptance(locked) and not (accept_good_rows or locked.accept_good_rows):
                raise RunRefused("rows_rejected", count=locked.problem_counts.get("error_rows", 0))
            move(
                run,
                RunState.APPLYING,
                since=since,
                accept_good_rows=accept_good_rows or locked.accept_good_rows,
                guard_findings=[finding.to_json() for finding in findings],
                refusal={},
                **approval,
            )
    except IntegrityError as busy:
        raise RunRefused("another_applying") from busy


def apply_run(*, run: ImportRun, actor: User | None, now: datetime, with_hash: bool = False) -> ImportRun:
    """Write an applying run into the book: one transaction with its state and its audit row.

    A run that is applied already is left alone, so the job may be repeated. When the book has moved since the preview,
    the rows are compared again, the run goes back to preview and RunRefused("book_moved") is raised. `with_hash` also
    takes the digest of the book before and after: seconds on a large book.
    """
    with transaction.atomic():
        moved = write_applying(run, actor=actor, now=now, with_hash=with_hash)
    if moved is not None:
        raise moved
    return run


def write_applying(run: ImportRun, *, actor: User | None, now: datetime, with_hash: bool) -> RunRefused | None:
    """What `apply_run` does, in the caller's transaction; gives the reason when the run was sent back to preview. Without
    a savepoint: rows of a subtransaction are not known again as the transaction's own (models/keys.py), and held anew."""
    source = lock_book(source_id=run.source_id, people=True)
    run.refresh_from_db()
    if run.state == RunState.APPLIED:
        return None
    if run.state != RunState.APPLYING:
        raise RunRefused("wrong_state", state=run.state, wanted=str(RunState.APPLIED))
    moved = _ground_has_moved(run, source)
    if moved is not None:
        _send_back(run, moved)
        return moved
    before = book_hash() if with_hash else ""
    believed_until(now)
    written = kind_of(run).write(run=run, actor=actor, now=now)
    raise_version(source_id=source.pk)
    move(
        run,
        RunState.APPLIED,
        applied_by=actor,
        applied_at=now,
        book_hash_before=before,
        book_hash_after=book_hash() if with_hash else "",
    )
    audit.record(
        action="import.applied",
        actor=actor,
        obj=run,
        data={
            "source": source.code,
            "as_of": run.as_of,
            "standing": run.standing,
            "sha256": run.sha256,
            "written": written,
            "findings": [finding["code"] for finding in run.guard_findings],
        },
    )
    tell_money_changed(cases_of_run(run.pk), now=now)
    return None


def needs_acceptance(run: ImportRun) -> bool:
    """Some rows cannot go in, so a person has to say that the others may. Repeated rows alone do not count."""
    return bool(run.problem_counts.get("error_rows"))


def _ground_has_moved(run: ImportRun, source: Source) -> RunRefused | None:
    """Why the preview no longer holds: the file is in the book meanwhile, its day is, or the book has changed."""
    again = already_imported(source, run.sha256) or same_rows_imported(run)
    if again is not None:
        return again
    place = place_of(run)
    if questions_about(run, place, has_rows=True):
        return place.reason(run.as_of)
    if (run.base_version, run.standing) == (source.book_version, place.standing):
        return None
    other = (
        ImportRun.objects.filter(source=source, state__in=[RunState.APPLIED, RunState.UNDONE])
        .exclude(pk=run.pk)
        .order_by("-applied_at")
        .first()
    )
    by = f"#{other.pk} {other.file_name}" if other is not None else "—"
    return RunRefused("book_moved", by=by, run=other.pk if other else None)


def _send_back(run: ImportRun, reason: RunRefused) -> None:
    """Out of applying: back to a preview of the book as it is, to the question that this book asks, or refused when the
    file is in the book already. Who had submitted it is told, since the approval ends with it."""
    submitter = run.submitted_by
    place = place_of(run)
    asked = questions_about(run, place, has_rows=True)
    if reason.code in ("already_imported", "same_rows_imported"):
        refuse(run, reason, RunState.REFUSED)
    elif asked:
        move(run, RunState.ASKING, refusal=reason.to_json(), questions=asked)
    else:
        run.standing = place.standing
        move(run, RunState.PREVIEW, refusal=reason.to_json(), standing=place.standing, **compare(run))
    if submitter is not None:
        tell(run, "import.sent_back", users=[submitter], level="warning", code=reason.code)
