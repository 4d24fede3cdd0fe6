"""Understand a sheet: where its headings are and what each column means; ask only what cannot be known.

The door to this room. ``recognise`` looks once at the workbook and returns an ``Understanding``: a plain value that
can be shown, answered (``apply_answers``) and saved (``mapping`` under ``fingerprint``). ``headings`` finds the lines
above the data, ``evidence`` looks into the cells, ``columns`` decides, ``questions`` asks. Content is evidence for the
order of the choices offered to the clerk; it never answers a question by itself, since a wrong column is wrong in
every row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cases.imports.layout.columns import decide
from cases.imports.layout.evidence import due_dates_among, fits_of, samples_of, twins_of
from cases.imports.layout.headings import (
    HEADER_SEARCH_ROWS,
    Header,
    date_in,
    find_header,
    fingerprint_of,
    keys_of,
    titles_in,
    unit_in,
)
from cases.imports.layout.questions import ask
from cases.imports.layout.synonyms import UNITS, Match, SynonymTable, unit_of
from cases.imports.layout.understanding import (
    ALL_SHEETS,
    NO_COLUMN,
    SHEET_KEY,
    AnswerRefused,
    ColumnGuess,
    Look,
    Option,
    Question,
    Understanding,
)
from cases.imports.reading.prescan import column_letters
from cases.imports.reading.read import SheetData, WorkbookData
from cases.imports.words.fields import IGNORE, Catalogue
from cases.imports.words.problems import Problem

__all__ = [
    "AnswerRefused",
    "ColumnGuess",
    "Option",
    "Question",
    "Understanding",
    "apply_answers",
    "recognise",
]

_PROFILE_ROWS = 200


def recognise(
    workbook: WorkbookData,
    *,
    catalogue: Catalogue,
    synonyms: SynonymTable,
    saved: Mapping[str, Mapping[str, str]] | None = None,
) -> Understanding:
    """Find the sheet, the headings and the meaning of each column.

    ``saved`` maps fingerprints to mappings (heading key → field) of earlier files of this source: a known layout is
    taken as it was answered and asks nothing.
    """
    readings = []
    for index, sheet in enumerate(workbook.sheets):
        header = find_header(sheet, catalogue, synonyms, saved or {})
        if header is not None:
            readings.append(_understand(sheet, index, header, catalogue, synonyms, saved or {}))
    if not readings:
        return _nothing_found(workbook, catalogue)

    def worth(understanding: Understanding) -> tuple[bool, bool, int]:
        look = understanding.look
        known = sum(1 for column in understanding.columns if column.field not in (None, IGNORE))
        return (look is not None and look.has_rows, understanding.refusal is None, known)

    best = max(readings, key=worth)  # the first of equals
    rivals = [
        understanding
        for understanding in readings
        if understanding is not best and worth(understanding)[:2] == (True, True) and worth(best)[:2] == (True, True)
    ]
    if not rivals:
        return best
    # Two sheets with data: reading one of them would drop the other's debts without a word.
    return _ask_for_sheet(best, sorted([best, *rivals], key=lambda understanding: understanding.sheet_index))


def _ask_for_sheet(best: Understanding, readings: Sequence[Understanding]) -> Understanding:
    """Which sheet, or all of them together when their columns are the same; an answer of earlier days still holds."""
    options = [Option(value=understanding.sheet, text=understanding.sheet) for understanding in readings]
    alternatives = {understanding.sheet: understanding for understanding in readings}
    alike = [understanding for understanding in readings if _same_columns(understanding, best)]
    if len(alike) > 1:
        options.insert(0, Option(value=ALL_SHEETS, samples=tuple(understanding.sheet for understanding in alike)))
        alternatives[ALL_SHEETS] = replace(alike[0], also=tuple(alike[1:]))
    question = Question(code="ask_sheet", key="sheet", column="", heading="", options=tuple(options))
    asking = replace(best, questions=(question, *best.questions), alternatives=alternatives)
    earlier = best.look.saved.get(SHEET_KEY) if best.look is not None and best.look.saved is not None else None
    return apply_answers(asking, {"sheet": earlier}) if earlier in alternatives else asking


def _same_columns(one: Understanding, other: Understanding) -> bool:
    if one.fingerprint == other.fingerprint:
        return True
    fields = [{column.field for column in reading.columns if column.field} for reading in (one, other)]
    return one.ready and other.ready and fields[0] == fields[1]


def apply_answers(understanding: Understanding, answers: Mapping[str, str]) -> Understanding:
    """The understanding with these answers (question key → option value) on top of those given before.

    ``column:<heading key>`` sets any column, also one that was not asked about. Raises ``AnswerRefused`` for an answer
    that names no field, column or sheet that was offered.
    """
    given = {**understanding.answers, **answers}
    if understanding.alternatives and "sheet" in given:
        chosen = understanding.alternatives.get(given["sheet"])
        if chosen is None:
            raise AnswerRefused("sheet")
        read = {chosen.sheet, *(other.sheet for other in chosen.also), ALL_SHEETS}
        others = tuple(
            Problem(name, None, "", "", "sheet_not_read", "warning", {"sheet": name})
            for name in understanding.alternatives
            if name not in read
        )
        understanding = replace(chosen, notes=(*chosen.notes, *others))
    settled = _settle(understanding, given)
    if understanding.alternatives:  # the sheet is still to be chosen
        sheet_question = next(question for question in understanding.questions if question.key == "sheet")
        return replace(settled, questions=(sheet_question, *settled.questions), alternatives=understanding.alternatives)
    return settled


def _understand(
    sheet: SheetData,
    sheet_index: int,
    header: Header,
    catalogue: Catalogue,
    synonyms: SynonymTable,
    saved: Mapping[str, Mapping[str, str]],
) -> Understanding:
    """Look at one sheet, once. All that later answers need is kept, so that the file is not read again for them."""
    keys = keys_of(header.headings, header.groups)
    fingerprint = fingerprint_of(keys)
    titles = titles_in(sheet.rows[: header.index])
    title_unit = unit_in(titles)
    data = sheet.rows[header.index + 1 :]
    rows = [row for row in data[: _PROFILE_ROWS * 2] if sum(1 for cell in row if cell != "") > 1][:_PROFILE_ROWS]

    columns = []
    for position, heading in enumerate(header.headings):
        if not heading:
            continue
        group = header.groups[position] if position < len(header.groups) else ""
        match = synonyms.lookup(heading, group=group)
        cells = [row[position] for row in rows if position < len(row) and row[position] != ""]
        unit = match.unit or unit_of(group) or title_unit
        columns.append(
            ColumnGuess(
                index=position,
                letter=column_letters(sheet.first_column + position),
                heading=heading,
                key=keys[position],
                field=None,
                how="unknown",
                samples=samples_of(cells, match, catalogue),
                unit=UNITS[unit] if unit else Decimal(1),
                **_meant(match, catalogue),
            )
        )
    # Evidence serves questions only: none is gathered for what a heading or an earlier answer settles.
    doubtful = [] if fingerprint in saved else [column for column in columns if len(column.candidates) != 1]
    look = Look(
        columns=tuple(columns),
        saved=saved.get(fingerprint),
        similar={} if fingerprint in saved else _similar(keys, saved),
        merged=_merged_below(sheet, header.index),
        fits={
            column.index: fits_of([row[column.index] for row in rows if column.index < len(row)]) for column in doubtful
        },
        twins=twins_of(columns, data),
        is_due_date=due_dates_among(columns, rows) if doubtful else frozenset(),
        has_rows=bool(rows),
    )
    understanding = Understanding(
        catalogue=catalogue,
        sheet=sheet.name,
        sheet_index=sheet_index,
        header_row=sheet.first_row + header.index,
        first_index=header.index + 1,
        columns=look.columns,
        fingerprint=fingerprint,
        stated_date=date_in(titles),
        titles=titles,
        look=look,
    )
    return _settle(understanding, {})


_SIMILAR = 0.6
"""The share of headings two layouts must have in common for the answers about one to hold for the other."""


def _similar(keys: Sequence[str], saved: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    """The saved mapping with the most headings in common: a column more or less, or renamed, forgets no answer."""
    mine = set(filter(None, keys))
    best: tuple[float, Mapping[str, str]] = (0.0, {})
    for fingerprint in sorted(saved):
        theirs = {key: name for key, name in saved[fingerprint].items() if key != SHEET_KEY}
        share = len(mine.intersection(theirs)) / len(mine.union(theirs))
        if share >= _SIMILAR and share > best[0]:
            best = (share, theirs)
    return best[1]


def _merged_below(sheet: SheetData, header: int) -> dict[int, int]:
    """Column index → cells below the headings that were filled from a cell merged downwards."""
    filled: dict[int, int] = {}
    end = sheet.first_row + len(sheet.rows)
    for top, column, count in sheet.merges:
        if top > sheet.first_row + header:
            index = column - sheet.first_column
            filled[index] = filled.get(index, 0) + max(min(count, end - 1 - top), 0)
    return filled


def _meant(match: Match, catalogue: Catalogue) -> dict[str, Any]:
    """What the synonym table means in this catalogue, as columns of a guess; a field of another catalogue is nothing."""
    candidates = tuple(name for name in match.candidates if name in catalogue.fields)
    if match.field == IGNORE or match.field in catalogue.fields:
        candidates = (match.field,) if match.field else ()
    elif match.candidates:
        candidates = (*candidates, IGNORE)
    return {"candidates": candidates, "number": match.number, "fallback": match.fallback}


def _settle(understanding: Understanding, answers: Mapping[str, str]) -> Understanding:
    """Columns, questions, refusal from what was seen and what was answered. Called again after every answer."""
    look = understanding.look
    assert look is not None, "an understanding without a sheet cannot be answered"
    columns, notes = decide(look, answers, catalogue=understanding.catalogue, sheet=understanding.sheet)
    questions, refusal = ask(columns, look, answers, catalogue=understanding.catalogue, sheet=understanding.sheet)
    also = tuple(_settle(other, _answers_for(other, answers)) for other in understanding.also)
    for other in also:
        asked = {question.key for question in questions}
        questions += [question for question in other.questions if question.key not in asked]
        refusal = refusal or other.refusal
    return replace(
        understanding,
        columns=tuple(columns),
        questions=tuple(questions),
        refusal=refusal,
        notes=(*(note for note in understanding.notes if note.code == "sheet_not_read"), *notes),
        answers=dict(answers),
        alternatives={},
        also=also,
    )


def _answers_for(other: Understanding, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers that can be meant for a further sheet: «this field is that column» only where it has the column."""
    keys = {column.key for column in other.columns} | {NO_COLUMN}
    return {key: value for key, value in answers.items() if not key.startswith("field:") or value in keys}


def _nothing_found(workbook: WorkbookData, catalogue: Catalogue) -> Understanding:
    filled = [sheet for sheet in workbook.sheets if any(cell != "" for row in sheet.rows for cell in row)]
    refusal = Problem(
        filled[0].name if filled else "",
        None,
        "",
        "",
        "header_not_found" if filled else "no_data_rows",
        "error",
        {"rows": HEADER_SEARCH_ROWS},
    )
    return Understanding(catalogue, refusal.sheet, 0, 0, 0, (), "", refusal=refusal)
