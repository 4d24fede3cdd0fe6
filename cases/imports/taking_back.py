"""Out of the book again: the decision to undo an applied run, and the one transaction that takes it back.

Called through `run`, the door to all steps.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from cases.imports.booking.book_hash import book_hash
from cases.imports.kinds import kind_of
from cases.imports.refusals import RunRefused
from cases.imports.states import move
from cases.imports.steps import enqueue_step
from cases.imports.undoing import undo as undoing
from cases.imports.undoing.undo import Survey
from cases.known import believed_until
from cases.models import ImportRun, RunState
from cases.money_changed import cases_of_run, money_leaves, tell_money_changed
from cases.services.book import lock_book, raise_version
from collection_ops.core.models import Job, User
from collection_ops.core.services import audit
from collection_ops.core.wording import sentences

UNDO_JOB = "cases.import_undo"


def request_undo(*, run: ImportRun, actor: User | None, now: datetime, partial: bool = False) -> Job:
    """Have an applied run undone by a job. Raises what `undo_run` does, and RunRefused("undo_running")."""
    if run.job is not None and run.job.kind == UNDO_JOB and run.job.is_open:
        raise RunRefused("undo_running")
    refuse_undo(run, partial=partial)
    with transaction.atomic():
        job = enqueue_step(UNDO_JOB, run, actor, partial=partial)
        ImportRun.objects.filter(pk=run.pk).update(job=job)
    run.refresh_from_db()
    return job


def undo_run(
    *, run: ImportRun, actor: User | None, now: datetime, with_hash: bool = False, partial: bool = False
) -> ImportRun:
    """Take back exactly what the run wrote; with `partial` what later facts stand on stays, and the run applied with it.

    An undone run is left alone. Raises RunRefused: undo_blocked (params hold what stands on it), undo_nothing_free
    (partial, and all of it is held), another_applying, wrong_state.
    """
    with transaction.atomic():
        source = lock_book(source_id=run.source_id, people=True)
        run.refresh_from_db()
        if run.state == RunState.UNDONE:
            return run
        found = refuse_undo(run, partial=partial)
        touched = cases_of_run(run.pk)
        believed_until(now)
        money_leaves(run_id=run.pk)
        taken_back = {**kind_of(run).take_back(run=run, now=now), "blocked": found.blocked}
        raise_version(source_id=source.pk)
        columns: dict[str, Any] = {
            "undone_by": actor,
            "undone_at": now,
            "undone_rows": run.undone_rows + taken_back["rows"],
            **({"book_hash_after": book_hash()} if with_hash else {}),
        }
        if found.blocked:
            ImportRun.objects.filter(pk=run.pk).update(**columns)
            run.refresh_from_db()
        else:
            move(run, RunState.UNDONE, **columns)
        audit.record(
            action="import.partly_undone" if found.blocked else "import.undone",
            actor=actor,
            obj=run,
            data={"source": source.code, "as_of": run.as_of, "taken_back": taken_back},
        )
        tell_money_changed(touched, now=now)
    return run


def refuse_undo(run: ImportRun, *, partial: bool) -> Survey:
    """What undoing would do; raises RunRefused when it cannot be done, or not without leaving something."""
    if run.state != RunState.APPLIED:
        raise RunRefused("wrong_state", state=run.state, wanted=str(RunState.UNDONE))
    if ImportRun.objects.filter(source_id=run.source_id, state=RunState.APPLYING).exists():
        raise RunRefused("another_applying")
    found = kind_of(run).survey(run=run)
    if found.is_whole or (partial and found.has_free):
        return found
    reasons = sentences(undoing.sentence(b.code, b.count) for b in found.blockers)
    raise RunRefused(
        "undo_nothing_free" if partial else "undo_blocked",
        reasons=reasons,
        blockers=[
            {"code": b.code, "count": b.count, "cases": list(b.cases), "runs": list(b.runs)} for b in found.blockers
        ],
    )
