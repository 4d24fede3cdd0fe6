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

from cases.imports import match as matching
from cases.imports import staging
from cases.imports.check import CleanResult, clean_sheet
from cases.imports.layouts import AnswerRefused, Question, Understanding, apply_answers, recognise
from cases.imports.overdue import OVERDUE
from cases.imports.problems import FileRefused, Problem, shown
from cases.imports.read import SheetData, WorkbookData, read_file
from cases.imports.refusals import RunRefused
from cases.imports.states import move
from cases.imports.storing import stored_path
from cases.imports.synonyms import SynonymTable
from cases.models import HeadingSynonym, ImportRun, RunState, Source
from cases.services.layouts import save_layout, saved_mappings

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
        if understanding.refusal is not None:
            return _refuse(run, understanding.refusal, [*workbook.notes, *understanding.notes])
        if understanding.questions:
            return _ask(run, workbook, understanding)
        progress(1, len(STEPS), str(STEPS[1]))
        result = clean_sheet(understanding, workbook, catalogue=OVERDUE, business_date=run.as_of)
    except (FileRefused, RunRefused) as refusal:
        return _refuse(run, refusal.as_problem(), [])
    if result.refused:
        first = next(p for p in result.problems if p.row is None and p.severity == "error")
        return _refuse(run, first, [p for p in result.problems if p is not first], result)
    if not result.counts["accepted"]:
        return _refuse(run, RunRefused("no_accepted_rows").as_problem(), result.problems, result)
    progress(2, len(STEPS), str(STEPS[2]))
    return _preview(run, workbook, understanding, result)


def understand_file(
    workbook: WorkbookData, *, source: Source, answers: Mapping[str, str] | None = None, layout: Any = None
) -> Understanding:
    """What the workbook says, by the source's saved layouts (or one given layout), the synonyms and the answers."""
    saved = {layout.fingerprint: layout.mapping} if layout is not None else saved_mappings(source=source)
    synonyms = SynonymTable.load(extra=HeadingSynonym.objects.values_list("heading", "field"))
    understanding = recognise(workbook, catalogue=OVERDUE, synonyms=synonyms, saved=saved)
    if answers and understanding.refusal is None:
        understanding = apply_answers(understanding, answers)
    return understanding


def _understand(run: ImportRun) -> tuple[WorkbookData, Understanding]:
    path = stored_path(run)
    if not path.is_file():
        raise RunRefused("stored_file_missing")
    workbook = read_file(path)
    # A layout on a run that was not yet read is one the person chose; later readings follow the newest answers.
    chosen = run.layout if run.layout_id and not run.understanding else None
    try:
        understanding = understand_file(workbook, source=run.source, answers=run.answers, layout=chosen)
    except AnswerRefused as refused:
        raise RunRefused("answer_refused", key=str(refused)) from refused
    if chosen is not None and understanding.refusal is None and understanding.fingerprint != chosen.fingerprint:
        raise RunRefused("layout_does_not_fit")
    return workbook, understanding


def _ask(run: ImportRun, workbook: WorkbookData, understanding: Understanding) -> ImportRun:
    with _reading(run) as mine:
        if mine:
            staging.forget(run=run)
            staging.stage_problems(run=run, problems=[*workbook.notes, *understanding.notes])
            move(
                run,
                RunState.ASKING,
                understanding=_as_understood(understanding, workbook),
                questions=[_as_kept(question) for question in understanding.questions],
                refusal={},
            )
    return run


def _as_kept(question: Question) -> dict[str, Any]:
    """A question without its sentences: they are made when somebody reads it (report.questions_of)."""
    options = [{"value": o.value, "text": o.text, "samples": list(o.samples)} for o in question.options]
    kept = {name: getattr(question, name) for name in ("code", "key", "column", "heading")}
    return {**kept, "options": options, "samples": list(question.samples), "params": dict(question.params)}


def _refuse(run: ImportRun, reason: Problem, others: list[Problem], result: CleanResult | None = None) -> ImportRun:
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
        staging.stage_problems(run=run, problems=result.problems)
        layout = save_layout(
            source=run.source,
            fingerprint=understanding.fingerprint,
            headings=understanding.headings,
            mapping=understanding.mapping,
            actor=run.uploaded_by,
        )
        columns = {
            "layout": layout,
            "understanding": _as_understood(understanding, workbook),
            "questions": [],
            "row_counts": result.counts,
            "problem_counts": count_problems(result.problems),
            "control_totals": result.control_totals.to_json(),
        }
        too_late = refuse_if_book_is_ahead(run)
        if too_late is not None:
            staging.stage_problems(run=run, problems=[too_late.as_problem()])
            move(run, RunState.REFUSED, refusal=too_late.to_json(), **columns)
        else:
            staging.stage_rows(run=run, rows=result.rows)
            move(run, RunState.PREVIEW, refusal={}, **columns, **compare(run, incoming=True))
    return run


def compare(run: ImportRun, *, incoming: bool = False) -> dict[str, Any]:
    """Match the run's rows (`incoming`: just staged, to be kept) with the book as it is now; gives the columns of the
    run that say what came of it."""
    # Read before the comparison: if the book moves meanwhile, apply notices the older number.
    version = Source.objects.values_list("book_version", flat=True).get(pk=run.source_id)
    found = matching.match(run=run, incoming=incoming)
    return {
        "base_version": version,
        "differences": found.differences,
        "stages_before": found.before,
        "stages_after": found.after,
    }


def refuse_if_book_is_ahead(run: ImportRun) -> RunRefused | None:
    """A file for a day that the book already has, or has gone past, does not go in by itself."""
    applied = ImportRun.objects.filter(source_id=run.source_id, state=RunState.APPLIED).exclude(pk=run.pk)
    newest = applied.order_by("-as_of", "-pk").first()
    if newest is None or newest.as_of < run.as_of:
        return None
    if newest.as_of == run.as_of:
        return RunRefused("date_already_applied", as_of=run.as_of.isoformat(), run=newest.pk)
    return RunRefused("older_than_book", as_of=run.as_of.isoformat(), book=newest.as_of.isoformat())


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
    fields = {column.index: OVERDUE.fields.get(column.field or "") for column in understanding.columns}
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
