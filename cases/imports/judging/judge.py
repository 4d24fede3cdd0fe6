"""Judge rows of one sheet: every cell cleaned, every rule asked, all problems of all rows at once.

Knows no field by name; the catalogue brings fields and rules (``overdue`` is the first). Rules see one row at a time, so
that any stretch of rows can be judged by itself, in any process; what concerns rows among each other is in ``whole``.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import repeat, zip_longest
from typing import Any

from cases.imports.cleaning.cells import cell_at
from cases.imports.cleaning.clean import clean_column, cleaner_for, plain_for
from cases.imports.judging.result import CleanRow, FileFacts
from cases.imports.layout.layouts import ColumnGuess, Understanding
from cases.imports.reading.read import SheetData
from cases.imports.words.fields import Catalogue, Sharing, unheaded
from cases.imports.words.problems import Problem, Severity, shown

ZERO = Decimal("0.00")

Place = tuple[int, int]
"""A row of the book: the sheet's place in it, and Excel's row number."""

SharedRows = Mapping[Place, Sequence[tuple[Sharing, Any]]]
"""What ``shared_rows`` found: for each row that shares something, by which rule of the catalogue, and ``Shared``."""


@dataclass(frozen=True)
class Book:
    """What is checked together: the understood sheets of one file, the catalogue of its fields and rules, and the day the
    clerk says the file is for."""

    sheets: tuple[tuple[Understanding, SheetData], ...]
    catalogue: Catalogue
    business_date: dt.date


@dataclass(slots=True)
class Sums:
    """Of the summed fields, over all rows before a rule changed any (as a 合计 row counts), and over the accepted ones."""

    file: dict[str, Decimal] = field(default_factory=dict)
    accepted: dict[str, Decimal] = field(default_factory=dict)


class Judge:
    """Holds the row at hand, so that rules can say where they are. ``place`` is the sheet's among those of the book."""

    def __init__(self, book: Book, place: int = 0) -> None:
        self.book = book
        self.place = place
        self.understanding, self.sheet = book.sheets[place]
        self.catalogue = book.catalogue
        self.business_date = book.business_date
        self.columns = [column for column in self.understanding.columns if column.field in self.catalogue.fields]
        self.column_of = {column.field: column for column in reversed(self.columns)}
        self.problems: list[Problem] = []
        self.tally: Counter[tuple[str, Severity]] = Counter()
        self.scientific: Counter[tuple[int, str]] = Counter()  # per column: index, field
        self.sums = Sums()
        self.row: CleanRow = CleanRow(self.sheet.name, 0, "skipped", {}, ())

    # What rules use ----------------------------------------------------------------------------------------------

    def say(self, code: str, severity: Severity, name: str = "", value: Any = None, **params: Any) -> None:
        """A finding about the row at hand; ``name`` is the field it is about. An error keeps the row out."""
        row = self.row
        column = self.column_of.get(name)
        if value is None and column is not None:
            value = cell_at(row.cells, column.index)
        item = self.catalogue.fields.get(name)
        self.problems.append(
            Problem(
                sheet=row.sheet,
                row=row.row,
                column=self.heading(name),
                value=shown(value, kind=item.kind, personal=item.personal) if item else shown(value),
                code=code,
                severity=severity,
                params=params,
            )
        )
        if severity == "error":
            row.state = "rejected"

    def count(self, code: str, severity: Severity) -> None:
        """Something that is said once for the file, with the number of rows."""
        self.tally[code, severity] += 1

    def has(self, name: str) -> bool:
        """Does the file have a column for this field?"""
        return name in self.column_of

    def say_of_file(self, code: str, severity: Severity, name: str = "", **params: Any) -> None:
        self.problems.append(Problem(self.sheet.name, None, self.heading(name), "", code, severity, params))

    def name_of(self, other: Place) -> int | str:
        """Another row of the book as a sentence about this one names it: with its sheet when it is on another."""
        place, number = other
        return number if place == self.place else f"{self.book.sheets[place][1].name}!{number}"

    def names_of(self, others: Sequence[Place]) -> list[int | str]:
        return [self.name_of(other) for other in others]

    def heading(self, name: str) -> str:
        """The heading above the field as the file writes it, a word for the field where it has none."""
        if (column := self.column_of.get(name)) is not None:
            return column.heading[:64]
        return unheaded(name) if name else ""

    # The steps ---------------------------------------------------------------------------------------------------

    def judge(self, live: Sequence[tuple[int, tuple[Any, ...]]], shared: SharedRows | None = None) -> list[CleanRow]:
        """Clean and judge these rows (Excel's number, cells). What is found adds to problems, tally and sums. ``shared``:
        what is known of rows that share something; none of it is asked about where it is still to be found out."""
        rows = self._clean(live)
        for row in rows:
            self.row = row
            for rule in self.catalogue.row_rules:
                rule(row, self)
            if shared:
                for sharing, told in shared.get((self.place, row.row), ()):
                    sharing.rule(row, told, self)
        return rows

    def close(self, rows: Sequence[CleanRow]) -> None:
        """Nothing more will be said of these rows: those that are still accepted count."""
        accepted = [row.values for row in rows if row.state == "accepted"]
        for name in self.catalogue.summed:
            self.sums.accepted[name] = _sum_of([values[name] for values in accepted])

    def _clean(self, live: Sequence[tuple[int, tuple[Any, ...]]]) -> list[CleanRow]:
        """Column by column, so that repeated cells are cleaned once, then put together row by row."""
        fields = self.catalogue.fields
        rows = [CleanRow(self.sheet.name, number, "accepted", {}, cells) for number, cells in live]
        by_column = list(zip_longest(*(cells for _number, cells in live), fillvalue=""))
        values: dict[str, Sequence[Any]] = {}
        repeated: list[tuple[ColumnGuess, list[Any]]] = []
        for column in self.columns:
            item = fields[column.field or ""]
            cells = by_column[column.index] if column.index < len(by_column) else ("",) * len(rows)
            cleaned = self._clean_column(column, cells, rows)
            if item.repeats:
                repeated.append((column, cleaned))
            else:
                values[item.name] = cleaned
        for name in self.catalogue.summed:
            self.sums.file[name] = _sum_of(values.get(name, ()))
        lines = zip(*(values.get(name) or repeat(None, len(rows)) for name in fields), strict=True)
        for row, line in zip(rows, lines, strict=True):
            row.values = dict(zip(fields, line, strict=True))
        for column, cleaned in repeated:
            for row, value in zip(rows, cleaned, strict=True):
                if value is not None:
                    # (place, value): the place ties a contact's name to its phone
                    row.values.setdefault(f"{column.field}*", []).append((column.number or 0, value))
        if self.catalogue.collect is not None:
            for row in rows:
                self.catalogue.collect(row.values)
        return rows

    def _clean_column(self, column: ColumnGuess, cells: Sequence[Any], rows: Sequence[CleanRow]) -> list[Any]:
        """The cleaned values; what is odd about them is said."""
        item = self.catalogue.fields[column.field or ""]
        values, findings = clean_column(cells, cleaner_for(item, unit=column.unit), plain_for(item, unit=column.unit))
        odd = set(findings)
        if item.required and None in values:
            odd.update(place for place, value in enumerate(values) if value is None)
        for place in sorted(odd):
            self.row = rows[place]
            for code, severity, params in findings.get(place, ()):
                if code == "scientific_notation":
                    self.scientific[column.index, item.name] += 1
                self._say_of_cell(column, cells[place], code, severity, params)
            if place not in findings:
                self.say("required_missing", "error", item.name)
        return values

    def _say_of_cell(
        self, column: ColumnGuess, cell: Any, code: str, severity: Severity, params: Mapping[str, Any]
    ) -> None:
        item = self.catalogue.fields[column.field or ""]
        quoted = shown(cell, kind=item.kind, personal=item.personal)
        row = self.row
        if severity == "error" and item.lenient:
            severity = "warning"
        self.problems.append(Problem(row.sheet, row.row, column.heading[:64], quoted, code, severity, params))
        if severity == "error":
            row.state = "rejected"


def _sum_of(amounts: Sequence[Decimal | None]) -> Decimal:
    return sum(filter(None, amounts), ZERO)


def add_up(sums: Sequence[Mapping[str, Decimal]], names: Sequence[str]) -> dict[str, Decimal]:
    """The sums of several stretches as one."""
    return {name: sum((part.get(name, ZERO) for part in sums), ZERO) for name in names}


Rule = Callable[[CleanRow, Judge], None]
"""Looks at one accepted or rejected row, may change its values, and tells the judge what it finds."""

FileRule = Callable[[FileFacts, Judge], None]
"""Looks at what is known of all rows together (``FileFacts``) and tells the judge what it finds of the file."""
