"""The run: one file on its way into the book. Pages, commands, jobs and the intake take all its steps here.

    receive → (answer) → request_apply → request_undo
             discard     submit → approve (cases/imports/approval.py), outside the guard rails of the source

Steps that take long are jobs; `read_run`, `apply_run` and `undo_run` are what the jobs (and the command line) do. What
must not be done raises RunRefused with a code and a sentence. Who may do it is the caller's question (core/access).
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from cases.imports import undo as undoing
from cases.imports.book_hash import book_hash
from cases.imports.copies import already_imported, same_rows_imported
from cases.imports.guard_facts import findings_of
from cases.imports.guards import CODES, TYPED
from cases.imports.kinds import kind_of
from cases.imports.preview import compare, count_problems, read_run
from cases.imports.problems import Problem
from cases.imports.refusals import RunRefused
from cases.imports.staging import forget_rows, stage_problems
from cases.imports.standing import gives_up, place_of, questions_about
from cases.imports.states import TRANSITIONS, move
from cases.imports.storing import StoredFile, store
from cases.imports.telling import tell
from cases.imports.undo import Survey
from cases.imports.unlocking import password_question, unlock
from cases.models import ImportRun, Layout, Position, RunKind, RunState, Source
from cases.positions import NEWEST_FIRST
from cases.services.book import lock_book, raise_version
from collection_ops.core.models import Job, User
from collection_ops.core.services import audit, jobs

__all__ = [
    "TRANSITIONS",
    "UNDO_JOB",
    "RunRefused",
    "answer",
    "apply_run",
    "cases_of_rows",
    "discard",
    "expect",
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
UNDO_JOB = "cases.import_undo"
LOST_AFTER = timedelta(hours=1)
ALL_BUT_TYPED = frozenset(CODES) - TYPED


# The steps ----------------------------------------------------------------------------------------------------------


def receive(
    *,
    file: BinaryIO,
    file_name: str,
    source: Source,
    as_of: date,
    actor: User | None,
    now: datetime,
    kind: RunKind | str = RunKind.OVERDUE,
    origin: str = "page",
    layout: Layout | None = None,
    expected_rows: int | None = None,
    expected_total: Decimal | None = None,
    answers: Mapping[str, str] | None = None,
    enqueue: bool = True,
) -> ImportRun:
    """Store the file and write down the run; a job then reads it. `as_of` is the day the data are of, `expected_rows`
    and `expected_total` (yuan) what its sender says it holds, `answers` what is known to be asked. An empty `kind` is told
    by the headings when the file is read.

    A file that is too large, or whose very bytes are in the book already, gives a run in state refused that says so.
    """
    refusal: RunRefused | None = None
    try:
        stored = store(file)
    except RunRefused as too_large:
        stored, refusal = StoredFile(name="", size=0, sha256=""), too_large
    refusal = refusal or already_imported(source, stored.sha256)
    with transaction.atomic():
        run = ImportRun.objects.create(
            source=source,
            kind=kind,
            as_of=as_of,
            file_name=_shown_name(file_name),
            stored_name=stored.name,
            file_size=stored.size,
            sha256=stored.sha256,
            origin=origin,
            layout=layout,
            expected_rows=expected_rows,
            expected_total=expected_total,
            answers=dict(answers or {}),
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
    """Take the clerk's word for doubtful columns, and for what the file as a whole is, and read it again with that.

    `answers`: question key → option value; "column:<heading key>" → field name sets any column, known ones too;
    "standing" and "no_rows" are about the file (`standing.ANSWERS`), where giving up discards it.
    From preview it corrects a column that was understood wrongly. The layout is saved as a version once it is complete.
    """
    if gives_up(answers):
        return discard(run=run, actor=actor, now=now)
    with transaction.atomic():
        merged = {**run.answers, **answers}
        move(run, RunState.READING, answers=merged, refusal={})
        audit.record(action="import.answered", actor=actor, obj=run, data={"answers": dict(answers)})
        if enqueue:
            ImportRun.objects.filter(pk=run.pk).update(job=_enqueue("cases.import_read", run, actor))
    run.refresh_from_db()
    return run


def expect(*, run: ImportRun, rows: int | None, total: Decimal | None, actor: User | None) -> ImportRun:
    """Write down what the sender says a file in preview holds (rows, yuan; None for not said), and compare it anew.

    Raises RunRefused("wrong_state") when the run has gone on.
    """
    with transaction.atomic():
        locked = ImportRun.objects.select_for_update(of=("self",)).select_related("source").get(pk=run.pk)
        before = {"rows": locked.expected_rows, "total": locked.expected_total}
        if locked.state != RunState.PREVIEW:
            raise RunRefused("wrong_state", state=locked.state, wanted=str(RunState.PREVIEW))
        locked.expected_rows, locked.expected_total = rows, total
        locked.guard_findings = [finding.to_json() for finding in findings_of(locked)]
        locked.save(update_fields=["expected_rows", "expected_total", "guard_findings"])
        audit.record(
            action="import.control_totals",
            actor=actor,
            obj=run,
            data={"before": before, "after": {"rows": rows, "total": total}},
        )
    run.refresh_from_db()
    return run


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
    job = _enqueue("cases.import_apply", run, actor)
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
        moved = _write_applying(run, actor=actor, now=now, with_hash=with_hash)
    if moved is not None:
        raise moved
    return run


def _write_applying(run: ImportRun, *, actor: User | None, now: datetime, with_hash: bool) -> RunRefused | None:
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
    return None


def request_undo(*, run: ImportRun, actor: User | None, now: datetime, partial: bool = False) -> Job:
    """Have an applied run undone by a job. Raises what `undo_run` does, and RunRefused("undo_running")."""
    if run.job is not None and run.job.kind == UNDO_JOB and run.job.is_open:
        raise RunRefused("undo_running")
    refuse_undo(run, partial=partial)
    with transaction.atomic():
        job = _enqueue(UNDO_JOB, run, actor, partial=partial)
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
        taken_back = {**kind_of(run).take_back(run=run), "blocked": found.blocked}
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
    reasons = _("；").join(undoing.sentence(b.code, b.count) for b in found.blockers)
    raise RunRefused(
        "undo_nothing_free" if partial else "undo_blocked",
        reasons=reasons,
        blockers=[
            {"code": b.code, "count": b.count, "cases": list(b.cases), "runs": list(b.runs)} for b in found.blockers
        ],
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
    kind: RunKind | str = RunKind.OVERDUE,
    apply: bool = False,
    accept_good_rows: bool = False,
    layout: Layout | None = None,
    origin: str = "command",
    with_hash: bool = False,
    password: str = "",
    hold: bool = False,
    **given: Any,
) -> ImportRun:
    """All steps at once in this process, without a broker: for the command line, the demo and tests. `password` opens a
    locked workbook; with a wrong one the run stays asking.

    Whoever may work on the server answers for the file: outside the guard rails it goes in all the same, and what it
    was outside of is kept with the run and in the audit trail. It stops only where control totals that were given do
    not agree; with `hold`, at every rail. `given` goes to `receive`: expected_rows, expected_total, answers.

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
            kind=kind,
            origin=origin,
            layout=layout,
            enqueue=False,
            **given,
        )
    read_run(run=run, now=now)
    if password and password_question(run) and unlock(run=run, password=password, actor=actor):
        read_run(run=answer(run=run, answers={}, actor=actor, now=now, enqueue=False), now=now)
    if not apply or run.state != RunState.PREVIEW:
        return run
    try:
        # One transaction with the step before it: a process that dies here leaves a preview, and the source free.
        with transaction.atomic():
            start_applying(run=run, accept_good_rows=accept_good_rows, allowed=() if hold else ALL_BUT_TYPED)
            _write_applying(run, actor=actor, now=now, with_hash=with_hash)
    except RunRefused as refusal:
        ImportRun.objects.filter(pk=run.pk, state=RunState.PREVIEW, refusal={}).update(refusal=refusal.to_json())
    run.refresh_from_db()
    return run


# Questions about runs -----------------------------------------------------------------------------------------------


def last_applied(source: Source) -> ImportRun | None:
    """The newest book of a day of the source."""
    books = ImportRun.objects.filter(source=source, kind=RunKind.OVERDUE, state=RunState.APPLIED)
    return books.order_by(*NEWEST_FIRST).first()


def needs_acceptance(run: ImportRun) -> bool:
    """Some rows cannot go in, so a person has to say that the others may. Repeated rows alone do not count."""
    return bool(run.problem_counts.get("error_rows"))


def cases_of_rows(*, run: ImportRun, row_ids: list[int]) -> dict[int, int]:
    """Row id → case id in an applied run: the preview knew no case for rows that opened one."""
    return dict(Position.objects.filter(run=run, as_of=run.as_of, row__in=row_ids).values_list("row", "case_id"))


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


def _enqueue(kind: str, run: ImportRun, actor: User | None, **params: Any) -> Job:
    return jobs.enqueue(
        kind=kind, params={"run": run.pk, **params}, actor=actor, title=run.file_name[:200], queue=QUEUE
    )


def _shown_name(name: str) -> str:
    """The name as given, for showing: without folders and control characters."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in base if c.isprintable()).strip()[:255] or "?"


def _refuse(run: ImportRun, refusal: RunRefused, to: RunState) -> None:
    problem: Problem = refusal.as_problem()
    stage_problems(run=run, problems=[problem])
    columns: dict[str, Any] = {"problem_counts": count_problems([problem])} if to == RunState.REFUSED else {}
    move(run, to, refusal=refusal.to_json(), **columns)


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
        _refuse(run, reason, RunState.REFUSED)
    elif asked:
        move(run, RunState.ASKING, refusal=reason.to_json(), questions=asked)
    else:
        run.standing = place.standing
        move(run, RunState.PREVIEW, refusal=reason.to_json(), standing=place.standing, **compare(run))
    if submitter is not None:
        tell(run, "import.sent_back", users=[submitter], level="warning", code=reason.code)
