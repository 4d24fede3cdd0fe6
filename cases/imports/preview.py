"""From a stored file to a preview: read, understand, clean, stage, compare with the book.

The file is read and judged outside any transaction; what came of it is written in one. Safe to repeat: a second reading
forgets what the first one staged.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.imports.copies import same_rows_imported
from cases.imports.guard_facts import findings_of
from cases.imports.judging.check import CleanResult, ControlTotals
from cases.imports.kinds import KINDS, Kind, kind_of, recognised_kind
from cases.imports.layout.layouts import AnswerRefused, Question, Understanding, apply_answers
from cases.imports.limits import read_limits
from cases.imports.reading.read import SheetData, WorkbookData, read_file
from cases.imports.refusals import RunRefused
from cases.imports.staging import staging
from cases.imports.standing import place_of, questions_about
from cases.imports.states import move
from cases.imports.storing import stored_path
from cases.imports.unlocking import ask_for_password
from cases.imports.words.problems import FileRefused, Problem, shown
from cases.models import HeadingSynonym, ImportRun, Layout, RunKind, RunState, Source
from cases.services.layouts import save_layout, saved_mappings
from collection_ops.core import clock

Progress = Callable[[int, int, str], None]
STEPS = (_("读取文件"), _("清洗与检查"), _("与账簿比对"))

SAMPLE_ROWS_ABOVE = 4
SAMPLE_ROWS_BELOW = 6


def _silent(_done: int, _total: int, _text: str) -> None:
    """Nobody watches."""


def read_run(*, run: ImportRun, now: datetime, progress: Progress = _silent) -> ImportRun:
    """Bring an uploaded run to preview, asking or refused. A run that is past reading is left as it is.

    `progress` is called before each step with steps done, steps in all and the step's name; never inside the transaction,
    where its write would be invisible and hold the job's row against the heartbeat.
    """
    if run.state == RunState.UPLOADED:
        move(run, RunState.READING)
    if run.state != RunState.READING:
        return run
    try:
        progress(0, len(STEPS), str(STEPS[0]))
        workbook, understanding = _understand(run)
        header_only = kind_of(run).one_a_day and _is_header_only(understanding)
        if understanding.refusal is not None and not header_only:
            return _refuse(run, understanding.refusal, [*workbook.notes, *understanding.notes])
        asked = questions_about(run, place_of(run), has_rows=not header_only)
        if understanding.questions or asked:
            return _ask(run, workbook, understanding, asked)
        progress(1, len(STEPS), str(STEPS[1]))
        check = _without_rows if header_only else _clean
        result = check(run, workbook, understanding, now)
    except (FileRefused, RunRefused) as refusal:
        if refusal.code == "password_protected":
            return ask_for_password(run)
        return _refuse(run, refusal.as_problem(), [])
    if result.refused:
        first = next(p for p in result.problems if p.row is None and p.severity == "error")
        return _refuse(run, first, [p for p in result.problems if p is not first], result)
    if result.counts["read"] and not result.counts["accepted"]:
        return _refuse(run, RunRefused("no_accepted_rows").as_problem(), result.problems, result)
    progress(2, len(STEPS), str(STEPS[2]))
    run = _preview(run, workbook, understanding, result)
    staging.drop_incoming()
    return run


def understand_file(
    workbook: WorkbookData,
    *,
    source: Source,
    kind: RunKind | str = "",
    answers: Mapping[str, str] | None = None,
    layout: Any = None,
) -> tuple[Kind, Understanding]:
    """What the workbook says, by the source's saved layouts (or one given layout), the synonyms and the answers.
    Without a kind, that too is told by the headings."""
    saved = {layout.fingerprint: layout.mapping} if layout is not None else saved_mappings(source=source)
    learnt = list(HeadingSynonym.objects.values_list("heading", "field"))
    found = KINDS[RunKind(kind)] if kind else recognised_kind(workbook, learnt=learnt, saved=saved)
    understanding = found.understand(workbook, learnt=learnt, saved=saved)
    if answers and understanding.refusal is None:
        understanding = apply_answers(understanding, answers)
    return found, understanding


def _understand(run: ImportRun) -> tuple[WorkbookData, Understanding]:
    path = stored_path(run)
    if not path.is_file():
        raise RunRefused("stored_file_missing")
    workbook = read_file(path, limits=read_limits())
    # A layout on a run that was not yet read is one the person chose; later readings follow the newest answers.
    chosen = run.layout if run.layout_id and not run.understanding else None
    try:
        kind, understanding = understand_file(
            workbook, source=run.source, kind=run.kind, answers=run.answers, layout=chosen
        )
    except AnswerRefused as refused:
        raise RunRefused("answer_refused", key=str(refused)) from refused
    if chosen is not None and understanding.refusal is None and understanding.fingerprint != chosen.fingerprint:
        raise RunRefused("layout_does_not_fit")
    if not run.kind:  # recognised once; answers are about this kind's columns
        ImportRun.objects.filter(pk=run.pk, kind="").update(kind=kind.name)
        run.kind = kind.name
    return workbook, understanding


def _clean(run: ImportRun, workbook: WorkbookData, understanding: Understanding, now: datetime) -> CleanResult:
    kind = kind_of(run)
    return staging.check_and_stage(
        run=run,
        understanding=understanding,
        workbook=workbook,
        catalogue=kind.catalogue,
        form=kind.form,
        business_date=kind.judged_on(run, clock.business_date(now)),
    )


def _is_header_only(understanding: Understanding) -> bool:
    """Headings that are understood and nothing below: perhaps a day without debts, perhaps an export that failed."""
    refusal = understanding.refusal
    return refusal is not None and refusal.code == "no_data_rows" and bool(understanding.columns)


def _without_rows(run: ImportRun, workbook: WorkbookData, understanding: Understanding, _now: datetime) -> CleanResult:
    """What checking a file without rows yields: nothing, and that it is said."""
    staging.make_incoming(run)
    notes = [*workbook.notes, *understanding.notes, _no_rows_found(understanding)]
    counts = dict.fromkeys(("read", "accepted", "rejected", "skipped"), 0)
    return CleanResult(problems=notes, control_totals=ControlTotals(), counts=counts)


def _no_rows_found(understanding: Understanding) -> Problem:
    return Problem(understanding.sheet, None, "", "", "no_data_rows", "warning")


def _ask(
    run: ImportRun, workbook: WorkbookData, understanding: Understanding, about_file: list[dict[str, Any]]
) -> ImportRun:
    with _reading(run) as mine:
        if mine:
            staging.forget(run=run)
            questions = [*about_file, *(_as_kept(question) for question in understanding.questions)]
            _keep_questions(run, workbook, understanding, questions)
    return run


def _keep_questions(
    run: ImportRun, workbook: WorkbookData, understanding: Understanding, questions: list[dict[str, Any]]
) -> None:
    notes = [*workbook.notes, *understanding.notes]
    if any(question["code"] == "ask_no_rows" for question in questions):
        notes.append(_no_rows_found(understanding))
    staging.stage_problems(run=run, problems=notes)
    columns = _as_understood(understanding, workbook)
    move(run, RunState.ASKING, understanding=columns, questions=questions, refusal={})


def _as_kept(question: Question) -> dict[str, Any]:
    """A question without its sentences: they are made when somebody reads it (report.questions_of)."""
    options = [{"value": o.value, "text": o.text, "samples": list(o.samples)} for o in question.options]
    kept = {name: getattr(question, name) for name in ("code", "key", "column", "heading")}
    return {**kept, "options": options, "samples": list(question.samples), "params": dict(question.params)}


def _refuse(run: ImportRun, reason: Problem, others: list[Problem], result: CleanResult | None = None) -> ImportRun:
    staging.drop_incoming()
    with _reading(run) as mine:
        if mine:
            problems = [reason, *others]
            staging.forget(run=run)
            staging.stage_problems(run=run, problems=problems)
            move(
                run,
                RunState.REFUSED,
                refusal={"code": reason.code, "params": _refusal_params(reason)},
                questions=[],
                row_counts=result.counts if result else {},
                problem_counts=count_problems(problems),
            )
    return run


def _refusal_params(reason: Problem) -> dict[str, Any]:
    return {"sheet": reason.sheet, "row": reason.row, "column": reason.column, "value": reason.value, **reason.params}


def _preview(run: ImportRun, workbook: WorkbookData, understanding: Understanding, result: CleanResult) -> ImportRun:
    with _reading(run) as mine:
        if not mine:
            return run
        staging.forget(run=run)
        # Asked for the last time before the rows are kept: while the file was read the book may have moved past it.
        place = place_of(run)
        if asked := questions_about(run, place, has_rows=bool(result.counts["read"])):
            _keep_questions(run, workbook, understanding, asked)
            return run
        staging.stage_problems(run=run, problems=result.problems)
        columns: dict[str, Any] = {
            "standing": place.standing,
            "layout": _layout(run, understanding) if result.counts["read"] else None,
            "understanding": _as_understood(understanding, workbook),
            "questions": [],
            "row_counts": result.counts,
            "problem_counts": count_problems(result.problems),
            "control_totals": result.control_totals.to_json(),
            "content_hash": result.content_hash,
        }
        for name, value in columns.items():
            setattr(run, name, value)
        again = same_rows_imported(run)
        if again is not None:
            staging.stage_problems(run=run, problems=[again.as_problem()])
            move(run, RunState.REFUSED, refusal=again.to_json(), **columns)
        else:
            move(run, RunState.PREVIEW, refusal={}, **{**columns, **compare(run, incoming=True)})
    return run


def _layout(run: ImportRun, understanding: Understanding) -> Layout:
    """What the headings mean, kept for the source's next file."""
    return save_layout(
        source=run.source,
        fingerprint=understanding.fingerprint,
        headings=understanding.headings,
        mapping=understanding.mapping,
        actor=run.uploaded_by,
    )


def compare(run: ImportRun, *, incoming: bool = False) -> dict[str, Any]:
    """Match the run's rows (`incoming`: just staged, to be kept) with the book as it is now; gives the columns of the
    run that say what came of it."""
    # Read before the comparison: if the book moves meanwhile, apply notices the older number.
    version = Source.objects.values_list("book_version", flat=True).get(pk=run.source_id)
    columns = {"base_version": version, **kind_of(run).match(run=run, incoming=incoming)}
    for name, value in columns.items():
        setattr(run, name, value)
    return {**columns, "guard_findings": [finding.to_json() for finding in findings_of(run)]}


@contextmanager
def _reading(run: ImportRun) -> Iterator[bool]:
    """The transaction in which a reading is written, and whether the run still waits for it: of two workers on one job
    (the first was thought dead) only one writes."""
    with transaction.atomic():
        state = ImportRun.objects.select_for_update().values_list("state", flat=True).get(pk=run.pk)
        yield state == RunState.READING
    run.refresh_from_db()


def count_problems(problems: list[Problem]) -> dict[str, Any]:
    """{"error", "warning", "info", "error_rows" (rows that cannot go in), "by_code": {code: count}}"""
    severities = Counter(problem.severity for problem in problems)
    return {
        **{severity: severities[severity] for severity in ("error", "warning", "info")},
        "error_rows": len({(p.sheet, p.row) for p in problems if p.severity == "error" and p.row is not None}),
        "by_code": dict(Counter(problem.code for problem in problems)),
    }


def _as_understood(understanding: Understanding, workbook: WorkbookData) -> dict[str, Any]:
    """What a page shows of the layout: which line is the header, what each column means and why, masked samples."""
    sheet = workbook.sheets[understanding.sheet_index]
    return {
        "kind": workbook.kind,
        "encoding": workbook.encoding,
        "sheet": understanding.sheet,
        "sheets": [other.name for other in workbook.sheets],
        "header_row": understanding.header_row,
        "fingerprint": understanding.fingerprint,
        "stated_date": understanding.stated_date.isoformat() if understanding.stated_date else None,
        "columns": [
            {
                **{k: v for k, v in asdict(column).items() if k in ("letter", "heading", "key", "field", "how")},
                "candidates": list(column.candidates),
                "samples": list(column.samples),
                "unit": str(column.unit),
            }
            for column in understanding.columns
        ],
        "rows": _first_rows(understanding, sheet),
    }


def _first_rows(understanding: Understanding, sheet: SheetData) -> list[dict[str, Any]]:
    """The sheet round its header, as the clerk sees it in Excel; below the header what is not surely harmless is
    masked."""
    known = understanding.catalogue.fields
    fields = {column.index: known.get(column.field or "") for column in understanding.columns}
    start = max(0, understanding.first_index - 1 - SAMPLE_ROWS_ABOVE)
    rows = []
    for index in range(start, min(len(sheet.rows), understanding.first_index + SAMPLE_ROWS_BELOW)):
        data = index >= understanding.first_index
        cells = [
            _shown_cell(cell, fields.get(position)) if data else shown(cell)
            for position, cell in enumerate(sheet.rows[index])
        ]
        rows.append(
            {"row": sheet.first_row + index, "cells": cells, "is_header": index == understanding.first_index - 1}
        )
    return rows


def _shown_cell(cell: Any, field: Any) -> str:
    if field is not None:
        return shown(cell, kind=field.kind, personal=field.personal)
    return shown(cell, kind="id_no", personal=True)
