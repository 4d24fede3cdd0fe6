"""Decide what each column is: by the answers given, the layout saved, the synonym table, and each other.

Takes what was seen and returns guesses; what is still open afterwards is for ``questions``.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cases.imports.layout.understanding import NO_COLUMN, AnswerRefused, ColumnGuess, Look
from cases.imports.words.fields import IGNORE, Catalogue
from cases.imports.words.problems import Problem


def decide(
    look: Look, answers: Mapping[str, str], *, catalogue: Catalogue, sheet: str
) -> tuple[list[ColumnGuess], list[Problem]]:
    """The columns as far as they can be decided, and notes on those that will not be read.

    Raises ``AnswerRefused`` for an answer that names no field or column of this sheet.
    """
    notes: list[Problem] = []
    lost = _lost_fields(look)
    columns = [_first_guess(column, look, answers, catalogue, lost) for column in look.columns]
    columns = _choose_named(columns, answers, catalogue)
    columns = _set_fallbacks_aside(columns, catalogue, notes, sheet)
    columns = _set_settled_doubts_aside(columns, catalogue, notes, sheet)
    columns = _set_twins_aside(columns, look, catalogue, notes, sheet)
    unread = [column.heading for column in columns if column.field is None and column.how == "unknown"]
    notes += _merged_notes(columns, look, catalogue, sheet)
    if unread:
        notes.append(_note("columns_not_read", sheet, headings=unread))
    return columns, notes


def _first_guess(
    column: ColumnGuess, look: Look, answers: Mapping[str, str], catalogue: Catalogue, lost: frozenset[str]
) -> ColumnGuess:
    if answer := answers.get(f"column:{column.key}"):
        if answer != IGNORE and answer not in catalogue.fields:
            raise AnswerRefused(f"column:{column.key}")
        return replace(column, field=None if answer == IGNORE else answer, how="answered", fallback=False)
    if look.saved is not None:
        saved = look.saved.get(column.key, IGNORE)
        known = saved in catalogue.fields
        return replace(column, field=saved if known else None, how="saved" if known else "ignored", fallback=False)
    if (earlier := look.similar.get(column.key)) in catalogue.fields:
        return replace(column, field=earlier, how="saved", fallback=False)
    if earlier is not None and len(column.candidates) != 1 and not lost:
        return replace(column, how="ignored")
    if column.candidates == (IGNORE,):
        return replace(column, how="ignored")
    if len(column.candidates) == 1:
        return replace(column, field=column.candidates[0], how="synonym")
    return replace(column, how="ambiguous" if column.candidates else "unknown")


def _lost_fields(look: Look) -> frozenset[str]:
    """Fields of the similar layout whose column is gone: a column that was passed over then may be the one now."""
    keys = {column.key for column in look.columns}
    return frozenset(name for key, name in look.similar.items() if key not in keys and name != IGNORE)


def _choose_named(columns: list[ColumnGuess], answers: Mapping[str, str], catalogue: Catalogue) -> list[ColumnGuess]:
    """Answers of the form «this field is that column»; the other claimants are not read."""
    keys = {column.key for column in columns}
    for question, key in answers.items():
        kind, _, name = question.partition(":")
        if kind != "field":
            continue
        if name not in catalogue.fields or (key not in keys and key != NO_COLUMN):
            raise AnswerRefused(question)
        columns = [
            replace(column, field=name, how="answered", fallback=False)
            if column.key == key
            else replace(column, field=None, how="ignored")
            if column.field == name
            else column
            for column in columns
        ]
    return columns


def _set_fallbacks_aside(
    columns: list[ColumnGuess], catalogue: Catalogue, notes: list[Problem], sheet: str
) -> list[ColumnGuess]:
    """A stand-in (委案金额 for 逾期总额) is used only when the real thing is not there."""
    certain = {column.field: column for column in reversed(columns) if column.field and not column.fallback}
    kept = []
    for column in columns:
        if column.fallback and column.field in certain and not catalogue.fields[column.field].repeats:
            used = certain[column.field].heading
            notes.append(_note("column_set_aside", sheet, column=column.heading, field=column.field, used=used))
            column = replace(column, field=None, how="ignored")
        kept.append(column)
    return kept


def _set_settled_doubts_aside(
    columns: list[ColumnGuess], catalogue: Catalogue, notes: list[Problem], sheet: str
) -> list[ColumnGuess]:
    """A doubtful heading needs no question when other columns have already taken all it could mean."""
    taken = {column.field: column for column in columns if column.field}
    kept = []
    for column in columns:
        meant = [name for name in column.candidates if name != IGNORE]
        if column.how == "ambiguous" and all(name in taken and not catalogue.fields[name].repeats for name in meant):
            if meant:
                used = taken[meant[0]].heading
                notes.append(_note("column_set_aside", sheet, column=column.heading, field=meant[0], used=used))
            column = replace(column, how="ignored")
        kept.append(column)
    return kept


def _set_twins_aside(
    columns: list[ColumnGuess], look: Look, catalogue: Catalogue, notes: list[Problem], sheet: str
) -> list[ColumnGuess]:
    by_index = {column.index: column for column in columns}
    for first, others in look.twins.items():
        for other in others:
            kept, twin = by_index[first], by_index[other]
            if kept.field and kept.field == twin.field and not catalogue.fields[kept.field].repeats:
                by_index[other] = replace(twin, field=None, how="ignored")
                notes.append(_note("columns_identical", sheet, headings=[kept.heading, twin.heading]))
    return [by_index[column.index] for column in columns]


def _merged_notes(columns: list[ColumnGuess], look: Look, catalogue: Catalogue, sheet: str) -> list[Problem]:
    """Cells merged downwards were filled with the value that Excel shows for all of them. Said, and more loudly where
    the field is the one that tells rows apart."""
    notes = []
    filled = [column for column in columns if column.field is not None and look.merged.get(column.index)]
    if filled:
        count = sum(look.merged[column.index] for column in filled)
        headings = [column.heading for column in filled]
        notes.append(_note("merged_cells_filled", sheet, headings=headings, count=count))
    for column in filled:
        if column.field == catalogue.key and catalogue.key_parts:
            params = {"count": look.merged[column.index]}
            notes.append(Problem(sheet, None, column.heading, "", "merged_key_filled", "warning", params))
    return notes


def _note(code: str, sheet: str, *, column: str = "", **params: Any) -> Problem:
    return Problem(sheet, None, column, "", code, "info", params)
