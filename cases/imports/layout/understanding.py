"""What is understood of a sheet so far: its columns, the questions still open, or why it is refused.

Plain values: they can be shown on a page, answered, compared and thrown away. ``layouts`` makes them.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from cases.imports.words.fields import IGNORE, Catalogue, label_of
from cases.imports.words.problems import Problem, render

How = Literal["saved", "answered", "synonym", "ambiguous", "unknown", "ignored"]

NO_COLUMN = "none"
"""The answer that a missing field is in no column."""

ALL_SHEETS = "*"
"""The answer that all sheets with the same columns are read together. No sheet can be called so: Excel forbids it."""

SHEET_KEY = "*sheet"
"""Where a saved mapping keeps the answer about the sheet; no normal form of a heading begins with a star."""


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
class Look:
    """What was seen of one sheet, before anything was decided; kept so that answers can be applied without the file."""

    columns: tuple[ColumnGuess, ...]
    saved: Mapping[str, str] | None
    similar: Mapping[
        str, str
    ]  # the saved mapping of nearly the same headings; empty when there is none, or an exact one
    fits: Mapping[int, Mapping[str, float]]  # column index → kind → share of its cells that are of that kind
    twins: Mapping[int, tuple[int, ...]]  # column index → later columns whose cells are all equal
    is_due_date: frozenset[int]  # date columns that move against the days column as due dates do
    has_rows: bool
    merged: Mapping[int, int]  # column index → cells below the headings that took the value of the merged one above


@dataclass(frozen=True)
class Understanding:
    """What a sheet means so far.

    ``ready`` says that every row can be read. ``header_row`` is Excel's number of the line just above the data,
    ``first_index`` the index of the first data row in the sheet's rows. ``stated_date`` is what a title above the
    headings claims as the day of the data. ``also`` are further sheets of the workbook that are read together with this
    one, each understood with the same answers.
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
    look: Look | None = None
    also: tuple["Understanding", ...] = ()

    @property
    def ready(self) -> bool:
        return self.refusal is None and not self.questions

    @property
    def headings(self) -> list[str]:
        return [column.heading for column in self.columns]

    @property
    def mapping(self) -> dict[str, str]:
        """Heading key → field, to be saved under the fingerprint; columns that are not read map to ``IGNORE``. What was
        answered about the sheet is kept with it, also through days on which there was only one."""
        mapping = {column.key: column.field or IGNORE for column in self.columns}
        earlier = self.look.saved if self.look is not None else None
        if sheet := self.answers.get("sheet") or (earlier or {}).get(SHEET_KEY):
            mapping[SHEET_KEY] = sheet
        return mapping

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
