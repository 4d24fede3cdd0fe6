"""The run: one file on its way into the book. Pages, commands, jobs and the intake take all its steps here.

    receive → (answer) → request_apply → request_undo
             discard

Steps that take long are jobs; `read_run`, `apply_run` and `undo_run` are what the jobs (and the command line) do. What
must not be done raises RunRefused with a code and a sentence. Who may do it is the caller's question (core/access).
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.imports import apply as applying
from cases.imports import undo as undoing
from cases.imports.book_hash import book_hash
from cases.imports.preview import compare, count_problems, read_run, refuse_if_book_is_ahead
from cases.imports.problems import Problem, render
from cases.imports.refusals import RunRefused
from cases.imports.staging import forget_rows, stage_problems
from cases.imports.states import TRANSITIONS, move
from cases.imports.storing import StoredFile, store
from cases.imports.undo import Blocker, blockers
from cases.models import ImportRun, Layout, Position, RunState, Source
from cases.services.book import lock_book, raise_version
from collection_ops.core.models import Job, User
from collection_ops.core.services import audit, jobs

__all__ = [
    "TRANSITIONS",
    "Blocker",
    "RunRefused",
    "absent_percent",
    "answer",
    "apply_run",
    "blockers",
    "cases_of_rows",
    "discard",
    "import_file",
    "last_applied",
    "needs_acceptance",
    "read_run",
    "receive",
    "release_abandoned",
    "request_apply",
    "request_undo",
    "undo_run",
]

QUEUE = "imports"
LOST_AFTER = timedelta(hours=1)


# The steps ----------------------------------------------------------------------------------------------------------


def receive(
    *,
    file: BinaryIO,
    file_name: str,
    source: Source,
    as_of: date,
    actor: User | None,
    now: datetime,
    origin: str = "page",
    layout: Layout | None = None,
    enqueue: bool = True,
) -> ImportRun:
    """Store the file and write down the run; a job then reads it. `as_of` is the day the data are of.

    A file that is too large, or whose very bytes are in the book already, gives a run in state refused that says so.
    """
    refusal: RunRefused | None = None
    try:
        stored = store(file)
    except RunRefused as too_large:
        stored, refusal = StoredFile(name="", size=0, sha256=""), too_large
    refusal = refusal or _already_imported(source, stored.sha256)
    with transaction.atomic():
        run = ImportRun.objects.create(
            source=source,
            as_of=as_of,
            file_name=_shown_name(file_name),
            stored_name=stored.name,
            file_size=stored.size,
            sha256=stored.sha256,
            origin=origin,
            layout=layout,
            uploaded_by=actor,
            uploaded_at=now,
        )
        audit.record(
            action="import.received",
            actor=actor,
            obj=run,
            data={"source": source.code, "as_of": as_of, "sha256": stored.sha256, "size": stored.size},
        )
        if refusal is not None:
            _refuse(run, refusal, RunState.REFUSED)
        elif enqueue:
            move(run, RunState.READING, job=_enqueue("cases.import_read", run, actor))
    run.refresh_from_db()
    return run


def answer(
    *, run: ImportRun, answers: Mapping[str, str], actor: User | None, now: datetime, enqueue: bool = True
) -> ImportRun:
    """Take the clerk's word for doubtful columns and read the file again with it.

    `answers`: question key → option value; "column:<heading key>" → field name sets any column, known ones too.
    From preview it corrects a column that was understood wrongly. The layout is saved as a version once it is complete.
    """
    with transaction.atomic():
        merged = {**run.answers, **answers}
        move(run, RunState.READING, answers=merged, refusal={})
        audit.record(action="import.answered", actor=actor, obj=run, data={"answers": dict(answers)})
        if enqueue:
            ImportRun.objects.filter(pk=run.pk).update(job=_enqueue("cases.import_read", run, actor))
    run.refresh_from_db()
    return run


def request_apply(*, run: ImportRun, actor: User | None, now: datetime, accept_good_rows: bool = False) -> Job:
    """Decide to apply: the run is applying from here on, a job writes the book.

    Raises RunRefused: rows_rejected (unless `accept_good_rows`), another_applying, wrong_state.
    """
    with transaction.atomic():
        start_applying(run=run, accept_good_rows=accept_good_rows)
        job = _enqueue("cases.import_apply", run, actor)
        ImportRun.objects.filter(pk=run.pk).update(job=job, applied_by=actor)
        audit.record(action="import.apply_requested", actor=actor, obj=run, data={"accept_good_rows": accept_good_rows})
    run.refresh_from_db()
    return job


def start_applying(*, run: ImportRun, accept_good_rows: bool) -> None:
    """Step to applying; one file of a source at a time."""
    if needs_acceptance(run) and not (accept_good_rows or run.accept_good_rows):
        raise RunRefused("rows_rejected", count=run.problem_counts.get("error_rows", 0))
    try:
        with transaction.atomic():
            move(run, RunState.APPLYING, accept_good_rows=accept_good_rows or run.accept_good_rows, refusal={})
    except IntegrityError as busy:
        raise RunRefused("another_applying") from busy


def apply_run(*, run: ImportRun, actor: User | None, now: datetime, with_hash: bool = False) -> ImportRun:
    """Write an applying run into the book: one transaction with its state and its audit row.

    A run that is applied already is left alone, so the job may be repeated. When the book has moved since the preview,
    the rows are compared again, the run goes back to preview and RunRefused("book_moved") is raised. `with_hash` also
    takes the digest of the book before and after: seconds on a large book.
    """
    with transaction.atomic():
        source = lock_book(source_id=run.source_id, people=True)
        run.refresh_from_db()
        if run.state == RunState.APPLIED:
            return run
        if run.state != RunState.APPLYING:
            raise RunRefused("wrong_state", state=run.state, wanted=str(RunState.APPLIED))
        moved = _ground_has_moved(run, source)
        if moved is None:
            before = book_hash() if with_hash else ""
            written = applying.write_book(run=run, actor=actor, now=now)
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
                data={"source": source.code, "as_of": run.as_of, "sha256": run.sha256, "written": written},
            )
            return run
        _send_back(run, moved)
    raise moved


def request_undo(*, run: ImportRun, actor: User | None, now: datetime) -> Job:
    """Have an applied run undone by a job. Raises RunRefused("undo_blocked") with what stands on it."""
    refuse_undo(run)
    with transaction.atomic():
        job = _enqueue("cases.import_undo", run, actor)
        ImportRun.objects.filter(pk=run.pk).update(job=job)
    run.refresh_from_db()
    return job


def undo_run(*, run: ImportRun, actor: User | None, now: datetime, with_hash: bool = False) -> ImportRun:
    """Take back exactly what the run wrote. An undone run is left alone. Raises RunRefused("undo_blocked")."""
    with transaction.atomic():
        source = lock_book(source_id=run.source_id, people=True)
        run.refresh_from_db()
        if run.state == RunState.UNDONE:
            return run
        refuse_undo(run)
        taken_back = undoing.take_back(run=run)
        raise_version(source_id=source.pk)
        move(
            run,
            RunState.UNDONE,
            undone_by=actor,
            undone_at=now,
            **({"book_hash_after": book_hash()} if with_hash else {}),
        )
        audit.record(
            action="import.undone",
            actor=actor,
            obj=run,
            data={"source": source.code, "as_of": run.as_of, "taken_back": taken_back},
        )
    return run


def refuse_undo(run: ImportRun) -> None:
    """Raises RunRefused when the run is not applied, or something later stands on it (params hold the blockers)."""
    if run.state != RunState.APPLIED:
        raise RunRefused("wrong_state", state=run.state, wanted=str(RunState.UNDONE))
    if found := blockers(run=run):
        reasons = _("；").join(render(b.code, {"count": b.count}) for b in found)
        raise RunRefused(
            "undo_blocked",
            reasons=reasons,
            blockers=[{"code": b.code, "count": b.count, "cases": list(b.cases)} for b in found],
        )


def discard(*, run: ImportRun, actor: User | None, now: datetime) -> ImportRun:
    """Give a run up before it is applied. Its rows are forgotten, its file and problems stay for looking up."""
    with transaction.atomic():
        move(run, RunState.DISCARDED)
        forget_rows(run=run)
        audit.record(action="import.discarded", actor=actor, obj=run)
    return run


def import_file(
    *,
    path: Path,
    source: Source,
    as_of: date,
    actor: User | None,
    now: datetime,
    apply: bool = False,
    accept_good_rows: bool = False,
    layout: Layout | None = None,
    origin: str = "command",
    with_hash: bool = False,
) -> ImportRun:
    """All steps at once in this process, without a broker: for the command line, the demo and tests.

    Ends applied, or in the state in which it stopped (asking, refused, preview); with `apply`, a preview that may not be
    applied keeps the reason in `run.refusal`.
    """
    with path.open("rb") as file:
        run = receive(
            file=file,
            file_name=path.name,
            source=source,
            as_of=as_of,
            actor=actor,
            now=now,
            origin=origin,
            layout=layout,
            enqueue=False,
        )
    read_run(run=run, now=now)
    if not apply or run.state != RunState.PREVIEW:
        return run
    # One transaction with the step before it: a process that dies here leaves a preview, and the source free.
    with transaction.atomic():
        try:
            start_applying(run=run, accept_good_rows=accept_good_rows)
            apply_run(run=run, actor=actor, now=now, with_hash=with_hash)
        except RunRefused as refusal:
            if run.state == RunState.PREVIEW and not run.refusal:
                ImportRun.objects.filter(pk=run.pk).update(refusal=refusal.to_json())
    run.refresh_from_db()
    return run


# Questions about runs -----------------------------------------------------------------------------------------------


def last_applied(source: Source) -> ImportRun | None:
    """The newest file of the source that is in the book."""
    return ImportRun.objects.filter(source=source, state=RunState.APPLIED).order_by("-as_of", "-pk").first()


def needs_acceptance(run: ImportRun) -> bool:
    """Some rows cannot go in, so a person has to say that the others may. Repeated rows alone do not count."""
    return bool(run.problem_counts.get("error_rows"))


def absent_percent(run: ImportRun) -> Decimal:
    """Share of the source's present cases that the file lacks, in percent with two places; 0 for a first file."""
    there = sum(stage["count"] for stage in run.stages_before.values())
    absent = run.differences.get("absent", {}).get("count", 0)
    return (Decimal(absent) * 100 / there).quantize(Decimal("0.01")) if there else Decimal("0.00")


def cases_of_rows(*, run: ImportRun, row_ids: list[int]) -> dict[int, int]:
    """Row id → case id in an applied run: the preview knew no case for rows that opened one."""
    return dict(Position.objects.filter(run=run, row__in=row_ids).values_list("row", "case_id"))


# What jobs left behind ----------------------------------------------------------------------------------------------


def release_abandoned(*, now: datetime) -> int:
    """Runs whose job ended without finishing them (it failed, or killed its worker three times): a reading is refused,
    an applying goes back to preview so that the source is not blocked for ever. Nothing of theirs was written."""
    ended = Q(job__state__in=["failed", "dead", "done"])
    # A reading of the command line has no job; its process is long gone when this is so old.
    lost = Q(job__isnull=True, uploaded_at__lt=now - LOST_AFTER)
    released = 0
    for run in ImportRun.objects.filter(ended | lost, state__in=[RunState.READING, RunState.APPLYING]):
        refusal = RunRefused("interrupted")
        to = RunState.REFUSED if run.state == RunState.READING else RunState.PREVIEW
        with transaction.atomic():
            try:
                _refuse(run, refusal, to)
            except RunRefused:
                continue  # it went on meanwhile
            audit.record(action="import.interrupted", actor=None, obj=run, outcome="failed")
            released += 1
    return released


# Inside -------------------------------------------------------------------------------------------------------------


def _enqueue(kind: str, run: ImportRun, actor: User | None) -> Job:
    return jobs.enqueue(kind=kind, params={"run": run.pk}, actor=actor, title=run.file_name[:200], queue=QUEUE)


def _shown_name(name: str) -> str:
    """The name as given, for showing: without folders and control characters."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in base if c.isprintable()).strip()[:255] or "?"


def _already_imported(source: Source, sha256: str) -> RunRefused | None:
    earlier = ImportRun.objects.filter(source=source, sha256=sha256, state=RunState.APPLIED).first()
    if earlier is None or earlier.applied_at is None:
        return None
    at = timezone.localtime(earlier.applied_at).strftime("%Y-%m-%d %H:%M")
    return RunRefused("already_imported", at=at, by=str(earlier.applied_by or "系统"), run=earlier.pk)


def _refuse(run: ImportRun, refusal: RunRefused, to: RunState) -> None:
    problem: Problem = refusal.as_problem()
    stage_problems(run=run, problems=[problem])
    columns = {"problem_counts": count_problems([problem])} if to == RunState.REFUSED else {}
    move(run, to, refusal=refusal.to_json(), **columns)


def _ground_has_moved(run: ImportRun, source: Source) -> RunRefused | None:
    """Why the preview no longer holds: the file is in the book meanwhile, its day is, or the book has changed."""
    if (again := _already_imported(source, run.sha256)) is not None:
        return again
    if (ahead := refuse_if_book_is_ahead(run)) is not None:
        return ahead
    if run.base_version == source.book_version:
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
    """Out of applying: back to a preview of the book as it is, or refused when the file has no place in it any more."""
    if reason.code == "book_moved":
        move(run, RunState.PREVIEW, refusal=reason.to_json(), **compare(run))
    else:
        _refuse(run, reason, RunState.REFUSED)
