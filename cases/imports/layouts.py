"""Understand a sheet: where its headings are and what each column means; ask only what cannot be known.

``recognise`` looks once at the workbook and returns an ``Understanding``: a plain value that can be shown, answered
(``apply_answers``) and saved (``mapping`` under ``fingerprint``). Content is evidence for the order of the choices
offered to the clerk; it never answers a question by itself, since a wrong column is wrong in every row.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from cases.imports.characters import folded
from cases.imports.clean import clean_date, clean_days, clean_id_no, clean_money, clean_phone, id_key
from cases.imports.fields import IGNORE, Catalogue, Field, label_of
from cases.imports.prescan import column_letters
from cases.imports.problems import Problem, render, shown
from cases.imports.read import SheetData, WorkbookData
from cases.imports.synonyms import UNITS, Match, SynonymTable, normalise, unit_of

How = Literal["saved", "answered", "synonym", "ambiguous", "unknown", "ignored"]

NO_COLUMN = "none"
"""The answer that a missing field is in no column."""

HEADER_SEARCH_ROWS = 40
_PROFILE_ROWS = 200
_FITS = 0.8


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """One column: ``index`` in the rows of the sheet, ``letter`` and ``heading`` as Excel shows them.

    ``key`` is the normal form of the heading, unique in the sheet: what a saved mapping is keyed by. ``field`` is
    None while nobody knows. ``candidates`` is what a doubtful heading may mean. ``number`` is the place among
    repeated columns (联系人2电话). ``unit`` is what amounts of this column are counted in, in yuan.
    """

    index: int
    letter: str
    heading: str
    key: str
    field: str | None
    how: How
    candidates: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    unit: Decimal = Decimal(1)
    number: int | None = None
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to a question: ``value`` goes back to ``apply_answers``; a heading or a field's label is shown."""

    value: str
    text: str = ""
    samples: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.text or label_of(self.value)


@dataclass(frozen=True, slots=True)
class Question:
    """Something the file cannot tell. ``key`` is what an answer refers to; ``column`` is a letter, may be empty."""

    code: str
    key: str
    column: str
    heading: str
    options: tuple[Option, ...]
    samples: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return render(self.code, {"heading": self.heading, **self.params})

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "key": self.key,
            "column": self.column,
            "heading": self.heading,
            "options": [
                {"value": option.value, "label": option.label, "samples": list(option.samples)}
                for option in self.options
            ],
            "samples": list(self.samples),
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen of one sheet, before anything was decided; kept so that answers can be applied without the file."""

    columns: tuple[ColumnGuess, ...]
    saved: Mapping[str, str] | None
    fits: Mapping[int, Mapping[str, float]]  # column index → kind → share of its cells that are of that kind
    twins: Mapping[int, tuple[int, ...]]  # column index → later columns whose cells are all equal
    is_due_date: frozenset[int]  # date columns that move against the days column as due dates do
    has_rows: bool


@dataclass(frozen=True)
class Understanding:
    """What a sheet means so far.

    ``ready`` says that every row can be read. ``header_row`` is Excel's number of the line just above the data,
    ``first_index`` the index of the first data row in the sheet's rows. ``stated_date`` is what a title above the
    headings claims as the day of the data.
    """

    catalogue: Catalogue
    sheet: str
    sheet_index: int
    header_row: int
    first_index: int
    columns: tuple[ColumnGuess, ...]
    fingerprint: str
    questions: tuple[Question, ...] = ()
    refusal: Problem | None = None
    stated_date: dt.date | None = None
    titles: tuple[str, ...] = ()
    notes: tuple[Problem, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    alternatives: Mapping[str, "Understanding"] = field(default_factory=dict)
    look: _Look | None = None

    @property
    def ready(self) -> bool:
        return self.refusal is None and not self.questions

    @property
    def headings(self) -> list[str]:
        return [column.heading for column in self.columns]

    @property
    def mapping(self) -> dict[str, str]:
        """Heading key → field, to be saved under the fingerprint; columns that are not read map to ``IGNORE``."""
        return {column.key: column.field or IGNORE for column in self.columns}

    def columns_of(self, name: str) -> list[ColumnGuess]:
        return [column for column in self.columns if column.field == name]

    def to_json(self) -> dict[str, Any]:
        """For the page and for the run's record. The understanding itself is made again from file and answers."""
        return {
            "sheet": self.sheet,
            "header_row": self.header_row,
            "fingerprint": self.fingerprint,
            "stated_date": self.stated_date.isoformat() if self.stated_date else None,
            "columns": [
                {
                    "letter": column.letter,
                    "heading": column.heading,
                    "key": column.key,
                    "field": column.field,
                    "how": column.how,
                    "samples": list(column.samples),
                    "unit": str(column.unit),
                }
                for column in self.columns
            ],
        }


class AnswerRefused(ValueError):
    """An answer names a field or a column that was not offered."""


# The door -----------------------------------------------------------------------------------------------------------


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
        header = _find_header(sheet, catalogue, synonyms, saved or {})
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
    both = sorted([best, *rivals], key=lambda understanding: understanding.sheet_index)
    question = Question(
        code="ask_sheet",
        key="sheet",
        column="",
        heading="",
        options=tuple(Option(value=understanding.sheet, text=understanding.sheet) for understanding in both),
    )
    return replace(
        best,
        questions=(question, *best.questions),
        alternatives={understanding.sheet: understanding for understanding in both},
    )


def apply_answers(understanding: Understanding, answers: Mapping[str, str]) -> Understanding:
    """The understanding with these answers (question key → option value), after earlier ones. May ask further.

    Raises ``AnswerRefused`` for a value that no question offered.
    """
    given = {**understanding.answers, **answers}
    if understanding.alternatives and "sheet" in given:
        chosen = understanding.alternatives.get(given["sheet"])
        if chosen is None:
            raise AnswerRefused("sheet")
        others = tuple(
            Problem(name, None, "", "", "sheet_not_read", "warning", {"sheet": name})
            for name in understanding.alternatives
            if name != chosen.sheet
        )
        understanding = replace(chosen, notes=(*chosen.notes, *others))
    settled = _settle(understanding, given)
    if understanding.alternatives:  # the sheet is still to be chosen
        sheet_question = next(question for question in understanding.questions if question.key == "sheet")
        return replace(settled, questions=(sheet_question, *settled.questions), alternatives=understanding.alternatives)
    return settled


# The header ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Header:
    index: int  # of the lowest heading line in sheet.rows
    headings: tuple[str, ...]
    groups: tuple[str, ...]
    score: float


def _find_header(
    sheet: SheetData, catalogue: Catalogue, synonyms: SynonymTable, saved: Mapping[str, Mapping[str, str]]
) -> _Header | None:
    """The line (or two lines) among the first that holds the most known headings."""
    best: _Header | None = None
    above: tuple[str, ...] = ()
    for index, row in enumerate(sheet.rows[:HEADER_SEARCH_ROWS]):
        line = tuple(_heading_text(cell) for cell in row)
        groups = _groups(above, line)
        for headings, group in ((line, groups), (_stacked(above, line), groups)):
            if sum(1 for heading in headings if heading) < 2 or (headings is not line and headings == line):
                continue
            score = _score(headings, group, catalogue, synonyms)
            if saved and _fingerprint(_keys(headings, group)) in saved:
                score += 1000
            if score >= 4 and (best is None or score > best.score):
                best = _Header(index, headings, group, score)
        above = line
    return best


def _heading_text(cell: Any) -> str:
    """A heading is text. Dates and amounts above the data belong to titles."""
    return re.sub(r"\s+", " ", cell).strip() if isinstance(cell, str) else ""


def _groups(above: Sequence[str], line: Sequence[str]) -> tuple[str, ...]:
    """The upper line of a two-line header: each merged group heading over all its columns.

    A title is not a group: it stands alone in its line, or speaks in sentences with a colon.
    """
    filled = [text for text in above if text]
    if len(filled) < 2 or any(":" in text or "：" in text for text in filled) or len(filled) > sum(map(bool, line)) + 1:
        return tuple("" for _ in line)
    groups = []
    current = ""
    for position in range(len(line)):
        current = (above[position] if position < len(above) else "") or current
        groups.append(current if line[position] else "")
    return tuple(groups)


def _stacked(above: Sequence[str], line: Sequence[str]) -> tuple[str, ...]:
    """Headings merged over both lines stand in the upper one only."""
    width = max(len(above), len(line))
    upper = [*above, *[""] * (width - len(above))]
    lower = [*line, *[""] * (width - len(line))]
    return tuple(below or top for below, top in zip(lower, upper, strict=True))


def _score(headings: Sequence[str], groups: Sequence[str], catalogue: Catalogue, synonyms: SynonymTable) -> float:
    score = 0.0
    for position, heading in enumerate(headings):
        if not heading or len(heading) > 40:
            continue
        match = synonyms.lookup(heading, group=groups[position] if position < len(groups) else "")
        if match.field in catalogue.fields:
            score += 2
        elif match.field == IGNORE or match.candidates:
            score += 1
    return score


def _keys(headings: Sequence[str], groups: Sequence[str]) -> list[str]:
    """The normal form of each heading, made unique: by its group where two are alike, then by its place."""
    plain = [normalise(heading) for heading in headings]
    keys: list[str] = []
    for position, text in enumerate(plain):
        if text and plain.count(text) > 1 and position < len(groups) and groups[position]:
            text = f"{normalise(groups[position])}/{text}"
        same = sum(1 for key in keys if key == text or key.startswith(f"{text}#"))
        keys.append(f"{text}#{same + 1}" if same and text else text)
    return keys


def _fingerprint(keys: Sequence[str]) -> str:
    """A name for a set of headings. The order does not count: a mapping is by heading, and clerks move columns."""
    return hashlib.sha256("\n".join(sorted(filter(None, keys))).encode()).hexdigest()[:32]


# The columns --------------------------------------------------------------------------------------------------------


def _understand(
    sheet: SheetData,
    sheet_index: int,
    header: _Header,
    catalogue: Catalogue,
    synonyms: SynonymTable,
    saved: Mapping[str, Mapping[str, str]],
) -> Understanding:
    keys = _keys(header.headings, header.groups)
    fingerprint = _fingerprint(keys)
    titles = _titles(sheet.rows[: header.index])
    title_unit = _unit_in_titles(titles)
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
                samples=_samples(cells, match, catalogue),
                unit=UNITS[unit] if unit else Decimal(1),
                **_meant(match, catalogue),
            )
        )
    look = _Look(
        columns=tuple(columns),
        saved=saved.get(fingerprint),
        fits={
            column.index: _fits([row[column.index] for row in rows if column.index < len(row)]) for column in columns
        },
        twins=_twins(columns, data),
        is_due_date=_due_dates(columns, rows),
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
        stated_date=_date_in_titles(titles),
        titles=titles,
        look=look,
    )
    return _settle(understanding, {})


def _meant(match: Match, catalogue: Catalogue) -> dict[str, Any]:
    """What the synonym table means in this catalogue, as columns of a guess; a field of another catalogue is nothing."""
    candidates = tuple(name for name in match.candidates if name in catalogue.fields)
    if match.field == IGNORE or match.field in catalogue.fields:
        candidates = (match.field,) if match.field else ()
    elif match.candidates:
        candidates = (*candidates, IGNORE)
    return {"candidates": candidates, "number": match.number, "fallback": match.fallback}


def _samples(cells: Sequence[Any], match: Match, catalogue: Catalogue) -> tuple[str, ...]:
    """Three different values. What is not surely harmless is masked."""
    known = catalogue.fields.get(match.field or "")
    seen: dict[str, None] = {}
    for cell in cells:
        if known is not None:
            seen.setdefault(shown(cell, kind=known.kind, personal=known.personal))
        else:
            seen.setdefault(shown(cell, kind="id_no", personal=True))
        if len(seen) == 3:
            break
    return tuple(seen)


_UNIT_IN_TITLE = re.compile(r"单位:?(?:人民币)?(亿元|万元|千元|元|分)")
_DATE_IN_TITLE = re.compile(
    r"(?:(?:数据|截止|截至|统计|业务|快照|报表)日期|数据截至|数据截止|截至|截止)日?期?:?\s*"
    r"(\d{4}[-/.年]?\d{1,2}[-/.月]?\d{1,2}日?)"
)


def _titles(rows: Sequence[tuple[Any, ...]]) -> tuple[str, ...]:
    return tuple(folded(cell) for row in rows for cell in row if isinstance(cell, str) and cell.strip())


def _unit_in_titles(titles: Sequence[str]) -> str | None:
    for title in titles:
        if found := _UNIT_IN_TITLE.search(re.sub(r"\s", "", title)):
            return found[1]
    return None


def _date_in_titles(titles: Sequence[str]) -> dt.date | None:
    """Only a date that says what it is: the day of printing stands in titles too."""
    for title in titles:
        if found := _DATE_IN_TITLE.search(title):
            return clean_date(found[1]).value
    return None


# Evidence -----------------------------------------------------------------------------------------------------------

_CODE = re.compile(r"(?=.*\d)[0-9A-Za-z\-_/.()]{5,64}")


def _fits(cells: Sequence[Any]) -> dict[str, float]:
    """For each kind, the share of the cells that could be of it. Evidence for the order of options, no more."""
    filled = [cell for cell in cells if cell != ""]
    if not filled:
        return {}
    texts = [str(cell).strip() for cell in filled]
    hits = {
        "id_no": sum(1 for cell in filled if (value := clean_id_no(cell).value) and id_key(value)),
        "phone": sum(1 for cell in filled if clean_phone(cell).value),
        "date": sum(1 for cell in filled if _looks_like_date(cell)),
        "money": sum(1 for cell in filled if _looks_like_number(cell) and clean_money(cell).value is not None),
        "days": sum(1 for cell in filled if (days := clean_days(cell).value) is not None and 0 <= days <= 3000),
        "name": sum(
            1 for cell in filled if isinstance(cell, str) and re.fullmatch(r"[\u3400-\u9fff·]{2,8}", cell.strip())
        ),
        "text": sum(1 for cell in filled if isinstance(cell, str)),
    }
    # A contract number identifies its row: nearly all different, and neither an ID nor a phone.
    if len(set(texts)) > 0.95 * len(texts) and hits["id_no"] == hits["phone"] == 0:
        hits["contract"] = sum(1 for text in texts if _CODE.fullmatch(text.removesuffix(".0")))
    return {kind: count / len(filled) for kind, count in hits.items()}


def _looks_like_date(cell: Any) -> bool:
    if isinstance(cell, dt.date):
        return True
    if isinstance(cell, str) and (not cell.strip().isdigit() or len(cell.strip()) == 8):
        return clean_date(cell).value is not None
    return False


def _looks_like_number(cell: Any) -> bool:
    return not isinstance(cell, bool) and (isinstance(cell, (int, float)) or bool(re.search(r"\d", str(cell))))


def _due_dates(columns: Sequence[ColumnGuess], rows: Sequence[tuple[Any, ...]]) -> frozenset[int]:
    """Date columns for which date + days past due is the same day in nearly all rows, as for a due date."""
    days_column = next((column for column in columns if column.candidates == ("days_past_due",)), None)
    if days_column is None:
        return frozenset()
    found = set()
    for column in columns:
        sums: dict[dt.date, int] = {}
        pairs = 0
        for row in rows:
            if max(column.index, days_column.index) >= len(row):
                continue
            day = clean_date(row[column.index]).value if _looks_like_date(row[column.index]) else None
            days = clean_days(row[days_column.index]).value
            if day is None or days is None or abs(days) > 20_000:
                continue
            pairs += 1
            total = day + dt.timedelta(days=days)
            sums[total] = sums.get(total, 0) + 1
        if pairs and max(sums.values()) >= _FITS * pairs and pairs > 2:
            found.add(column.index)
    return frozenset(found)


def _twins(columns: Sequence[ColumnGuess], data: Sequence[tuple[Any, ...]]) -> dict[int, tuple[int, ...]]:
    """Columns that claim one field and hold the same in every row: then there is nothing to ask."""
    by_claim: dict[str, list[int]] = {}
    for column in columns:
        if len(column.candidates) == 1 and column.candidates[0] != IGNORE:
            by_claim.setdefault(column.candidates[0], []).append(column.index)
    twins: dict[int, tuple[int, ...]] = {}
    for indexes in by_claim.values():
        for place, first in enumerate(indexes):
            later = indexes[place + 1 :]
            equal = tuple(other for other in later if all(_cell(row, first) == _cell(row, other) for row in data))
            if equal:
                twins[first] = equal
    return twins


def _cell(row: tuple[Any, ...], index: int) -> Any:
    return row[index] if index < len(row) else ""


# Deciding, and asking -----------------------------------------------------------------------------------------------


def _settle(understanding: Understanding, answers: Mapping[str, str]) -> Understanding:
    """Columns, questions, refusal from what was seen and what was answered. Called again after every answer."""
    look, catalogue = understanding.look, understanding.catalogue
    assert look is not None, "an understanding without a sheet cannot be answered"
    notes: list[Problem] = [note for note in understanding.notes if note.code == "sheet_not_read"]
    columns = [_first_guess(column, look, answers, catalogue) for column in look.columns]
    columns = _choose_named(columns, answers, catalogue)
    columns = _set_fallbacks_aside(columns, catalogue, notes, understanding.sheet)
    columns = _set_settled_doubts_aside(columns, catalogue, notes, understanding.sheet)
    columns = _set_twins_aside(columns, look, catalogue, notes, understanding.sheet)

    questions = [
        *_doubtful_headings(columns, look),
        *_double_claims(columns, catalogue),
        *_strangers_worth_asking(columns, look, catalogue, answers),
    ]
    missing, refusal = _missing(columns, look, catalogue, answers, questions, understanding)
    questions += missing
    unread = [column.heading for column in columns if column.field is None and column.how == "unknown"]
    if unread:
        notes.append(_note("columns_not_read", understanding.sheet, headings="、".join(unread)))
    return replace(
        understanding,
        columns=tuple(columns),
        questions=() if refusal else tuple(questions),
        refusal=refusal,
        notes=tuple(notes),
        answers=dict(answers),
        alternatives={},
    )


def _note(code: str, sheet: str, *, column: str = "", **params: Any) -> Problem:
    return Problem(sheet, None, column, "", code, "info", params)


def _first_guess(column: ColumnGuess, look: _Look, answers: Mapping[str, str], catalogue: Catalogue) -> ColumnGuess:
    if answer := answers.get(f"column:{column.key}"):
        if answer != IGNORE and answer not in catalogue.fields:
            raise AnswerRefused(f"column:{column.key}")
        return replace(column, field=None if answer == IGNORE else answer, how="answered", fallback=False)
    if look.saved is not None:
        saved = look.saved.get(column.key, IGNORE)
        known = saved in catalogue.fields
        return replace(column, field=saved if known else None, how="saved" if known else "ignored", fallback=False)
    if column.candidates == (IGNORE,):
        return replace(column, how="ignored")
    if len(column.candidates) == 1:
        return replace(column, field=column.candidates[0], how="synonym")
    return replace(column, how="ambiguous" if column.candidates else "unknown")


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
    columns: list[ColumnGuess], look: _Look, catalogue: Catalogue, notes: list[Problem], sheet: str
) -> list[ColumnGuess]:
    by_index = {column.index: column for column in columns}
    for first, others in look.twins.items():
        for other in others:
            kept, twin = by_index[first], by_index[other]
            if kept.field and kept.field == twin.field and not catalogue.fields[kept.field].repeats:
                by_index[other] = replace(twin, field=None, how="ignored")
                notes.append(_note("columns_identical", sheet, headings=f"{kept.heading}、{twin.heading}"))
    return [by_index[column.index] for column in columns]


def _doubtful_headings(columns: Sequence[ColumnGuess], look: _Look) -> list[Question]:
    questions = []
    for column in columns:
        if column.how != "ambiguous":
            continue
        fits = look.fits.get(column.index, {})
        ordered = sorted(column.candidates, key=lambda name: -_likelihood(name, column, fits, look))
        questions.append(
            Question(
                code="ask_ambiguous",
                key=f"column:{column.key}",
                column=column.letter,
                heading=column.heading,
                options=tuple(Option(value=name) for name in ordered),
                samples=column.samples,
            )
        )
    return questions


def _likelihood(name: str, column: ColumnGuess, fits: Mapping[str, float], look: _Look) -> float:
    """Sorts the options of a question; ties stay in the order of the table."""
    if name == IGNORE:
        return 0.5
    if name == "due_date":
        return 2.0 if column.index in look.is_due_date else 0.4
    kind = {"phone": "phone", "contact_phone": "phone"}.get(name)
    return fits.get(kind, 0.0) if kind else 1.0


def _double_claims(columns: Sequence[ColumnGuess], catalogue: Catalogue) -> list[Question]:
    questions = []
    for name, item in catalogue.fields.items():
        claims = [column for column in columns if column.field == name]
        if len(claims) < 2 or item.repeats:
            continue
        questions.append(
            Question(
                code="ask_two_columns",
                key=f"field:{name}",
                column=claims[0].letter,
                heading=claims[0].heading,
                options=tuple(_column_option(column) for column in claims),
                params={"field": name},
            )
        )
    return questions


def _column_option(column: ColumnGuess) -> Option:
    return Option(value=column.key, text=f"{column.letter} {column.heading}", samples=column.samples)


def _strangers_worth_asking(
    columns: Sequence[ColumnGuess], look: _Look, catalogue: Catalogue, answers: Mapping[str, str]
) -> list[Question]:
    """An unknown heading over what are surely ID numbers or phones, when the file has no other such column."""
    taken = {column.field for column in columns}
    doubtful = {name for column in columns if column.how == "ambiguous" for name in column.candidates}
    questions = []
    for kind in ("id_no", "phone"):
        wanted = [item.name for item in catalogue.fields.values() if item.kind == kind]
        if not wanted or any(name in taken or name in doubtful for name in wanted):
            continue
        for column in columns:
            if column.how == "unknown" and look.fits.get(column.index, {}).get(kind, 0) >= _FITS:
                questions.append(
                    Question(
                        code="ask_unknown",
                        key=f"column:{column.key}",
                        column=column.letter,
                        heading=column.heading,
                        options=(*(Option(value=name) for name in wanted), Option(value=IGNORE)),
                        samples=column.samples,
                        params={"field": wanted[0]},
                    )
                )
    return questions


def _missing(
    columns: Sequence[ColumnGuess],
    look: _Look,
    catalogue: Catalogue,
    answers: Mapping[str, str],
    asked: Sequence[Question],
    understanding: Understanding,
) -> tuple[list[Question], Problem | None]:
    """Fields a file must bring: asked when a column could be meant, refused when none could."""
    taken = {column.field for column in columns}
    doubtful = {option.value for question in asked for option in question.options}
    questions: list[Question] = []
    for group in (*((name,) for name in catalogue.required), *catalogue.one_of):
        if any(name in taken or name in doubtful for name in group):
            continue
        item = catalogue.fields[group[0]]
        could_be = [] if f"field:{item.name}" in answers else _could_be(item, columns, look)
        if not could_be:
            headings = "、".join(column.heading for column in columns)
            return [], Problem(
                understanding.sheet, None, "", "", "column_missing", "error", {"field": item.name, "headings": headings}
            )
        questions.append(
            Question(
                code="ask_missing",
                key=f"field:{item.name}",
                column="",
                heading="",
                options=(*(_column_option(column) for column in could_be), Option(value=NO_COLUMN, text="—")),
                params={"field": item.name},
            )
        )
    if not look.has_rows:
        return [], Problem(understanding.sheet, None, "", "", "no_data_rows", "error")
    return questions, None


def _could_be(item: Field, columns: Sequence[ColumnGuess], look: _Look) -> list[ColumnGuess]:
    def fit(column: ColumnGuess) -> float:
        return look.fits.get(column.index, {}).get(item.kind, 0.0)

    return sorted(
        (column for column in columns if column.how == "unknown" and fit(column) >= _FITS), key=lambda c: -fit(c)
    )


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
