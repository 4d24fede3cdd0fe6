"""The run: one file on its way into the book. Pages, commands, jobs and the intake take all its steps here.

    receive → (answer) → request_apply → request_undo
             discard     submit → approve (cases/imports/approval.py), outside the guard rails of the source

Steps that take long are jobs; `read_run`, `apply_run` and `undo_run` are what the jobs (and the command line) do. What
must not be done raises RunRefused with a code and a sentence. Who may do it is the caller's question (core/access). The
writing of the book is in `applying`, its taking back in `taking_back`.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Q

from cases.imports.applying import apply_run, needs_acceptance, request_apply, start_applying, write_applying
from cases.imports.copies import already_imported
from cases.imports.guard_facts import findings_of
from cases.imports.guards import CODES, TYPED
from cases.imports.preview import read_run
from cases.imports.refusals import RunRefused
from cases.imports.staging.staging import forget_rows
from cases.imports.standing import gives_up
from cases.imports.states import TRANSITIONS, move
from cases.imports.steps import enqueue_step, refuse
from cases.imports.storing import store
from cases.imports.taking_back import UNDO_JOB, request_undo, undo_run
from cases.imports.unlocking import password_question, unlock
from cases.models import ImportRun, Layout, Position, RunKind, RunState, Source
from cases.positions import NEWEST_FIRST
from collection_ops.core.models import User
from collection_ops.core.private_files import StoredFile, kept_with_its_row, shown_name
from collection_ops.core.services import audit

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
    Raises RunRefused("storage_full"): there is no run then, and the same file can be sent again.
    """
    refusal: RunRefused | None = None
    try:
        stored = store(file)
    except RunRefused as refused:
        if refused.code != "file_too_large":
            raise
        stored, refusal = StoredFile(name="", size=0, sha256=""), refused
    refusal = refusal or already_imported(source, stored.sha256)
    with kept_with_its_row(stored), transaction.atomic():
        run = ImportRun.objects.create(
            source=source,
            kind=kind,
            as_of=as_of,
            file_name=shown_name(file_name),
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
            refuse(run, refusal, RunState.REFUSED)
        elif enqueue:
            move(run, RunState.READING, job=enqueue_step("cases.import_read", run, actor))
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
            ImportRun.objects.filter(pk=run.pk).update(job=enqueue_step("cases.import_read", run, actor))
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
            write_applying(run, actor=actor, now=now, with_hash=with_hash)
    except RunRefused as refusal:
        ImportRun.objects.filter(pk=run.pk, state=RunState.PREVIEW, refusal={}).update(refusal=refusal.to_json())
    run.refresh_from_db()
    return run


# Questions about runs -----------------------------------------------------------------------------------------------


def last_applied(source: Source) -> ImportRun | None:
    """The newest book of a day of the source."""
    books = ImportRun.objects.filter(source=source, kind=RunKind.OVERDUE, state=RunState.APPLIED)
    return books.order_by(*NEWEST_FIRST).first()


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
                refuse(run, refusal, to)
            except RunRefused:
                continue  # it went on meanwhile
            audit.record(action="import.interrupted", actor=None, obj=run, outcome="failed")
            released += 1
    return released


# Inside -------------------------------------------------------------------------------------------------------------
