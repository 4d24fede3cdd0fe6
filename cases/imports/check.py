"""Judge the rows of a sheet: every cell cleaned, every rule asked, all problems of all rows at once.

Knows no field by name; the catalogue brings fields and rules (``overdue`` is the first). Rules see one row at a time;
what concerns rows among each other (duplicates, totals, one day of data) is judged afterwards. Which rows hold data at
all is told by ``row_kinds``; what comes out is in ``result``.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from cases.imports.cells import cell_at
from cases.imports.clean import Cleaned, clean_column, clean_money, cleaner_for
from cases.imports.fields import Catalogue, label_of
from cases.imports.layouts import ColumnGuess, Understanding
from cases.imports.problems import Problem, Severity, shown
from cases.imports.read import SheetData, WorkbookData
from cases.imports.result import CleanResult, CleanRow, ControlTotals, TotalRow
from cases.imports.row_kinds import is_subtotal, kind_of
from cases.imports.synonyms import normalise

__all__ = ["CleanResult", "CleanRow", "ControlTotals", "FileRule", "Judge", "Rule", "TotalRow", "clean_sheet"]

ZERO = Decimal("0.00")


def clean_sheet(
    understanding: Understanding, workbook: WorkbookData, *, catalogue: Catalogue, business_date: dt.date
) -> CleanResult:
    """Clean and judge all rows of the understood sheet. ``business_date`` is the day the clerk says the file is for.

    The understanding must be ``ready``. Notes of the reading and of the layout come first among the problems.
    """
    assert understanding.ready, "a file with open questions or a refusal is not cleaned"
    return Judge(understanding, workbook.sheets[understanding.sheet_index], catalogue, business_date).judge(workbook)


class Judge:
    """The work of ``clean_sheet``: holds the row at hand, so that rules can say where they are."""

    def __init__(
        self, understanding: Understanding, sheet: SheetData, catalogue: Catalogue, business_date: dt.date
    ) -> None:
        self.understanding = understanding
        self.sheet = sheet
        self.catalogue = catalogue
        self.business_date = business_date
        self.columns = [column for column in understanding.columns if column.field in catalogue.fields]
        self.column_of = {column.field: column for column in reversed(self.columns)}
        self.problems: list[Problem] = []
        self.tally: Counter[tuple[str, Severity]] = Counter()
        self.row: CleanRow = CleanRow(sheet.name, 0, "skipped", {}, ())

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
                column=self._heading(name, column),
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
        column = self._heading(name, self.column_of.get(name)) if name else ""
        self.problems.append(Problem(self.sheet.name, None, column, "", code, severity, params))

    def _heading(self, name: str, column: ColumnGuess | None) -> str:
        if column is not None:
            return column.heading[:64]
        return label_of(name) if name else ""

    # The steps ---------------------------------------------------------------------------------------------------

    def judge(self, workbook: WorkbookData) -> CleanResult:
        live, skipped, total_rows, empty = self._sort_out()
        rows = self._clean(live)
        file_sums = self._sums(rows)
        for row in rows:
            self.row = row
            for rule in self.catalogue.row_rules:
                rule(row, self)
        self._part_duplicates(rows)
        for (code, severity), count in self.tally.items():
            self.say_of_file(code, severity, count=count)
        for rule in self.catalogue.file_rules:
            rule(rows, self)
        totals = self._control_totals(rows, file_sums, total_rows)
        self.problems.sort(key=lambda problem: (problem.row is not None, problem.row or 0))  # of the file first; stable
        notes = [*workbook.notes, *self.understanding.notes]
        everything = sorted([*rows, *skipped], key=lambda row: row.row)
        return CleanResult(everything, [*notes, *self.problems], totals, empty)

    def _sort_out(
        self,
    ) -> tuple[list[tuple[int, tuple[Any, ...]]], list[CleanRow], list[tuple[int, tuple[Any, ...]]], int]:
        """Rows with data; rows that are something else; 合计 rows of the whole file; number of empty rows between data."""
        key = self.column_of[self.catalogue.key].index
        heading = normalise(self.column_of[self.catalogue.key].heading)
        titles = set(self.understanding.titles)
        live: list[tuple[int, tuple[Any, ...]]] = []
        skipped: list[CleanRow] = []
        total_rows: list[tuple[int, tuple[Any, ...]]] = []
        empty = gap = 0
        first = self.understanding.first_index
        for number, cells in enumerate(self.sheet.rows[first:], start=self.sheet.first_row + first):
            cell = cells[key] if key < len(cells) else ""
            kind = kind_of(cells, cell, heading=heading, titles=titles)
            if kind == "empty":
                gap += 1
                continue
            if gap:  # told only now: rows after the last one are no gap
                empty += gap
                self.problems.append(
                    Problem(self.sheet.name, number - gap, "", "", "row_empty", "info", {"count": gap})
                )
                gap = 0
            if kind == "data":
                live.append((number, cells))
                continue
            skipped.append(CleanRow(self.sheet.name, number, "skipped", {}, cells))
            value = shown(next((text for text in cells if isinstance(text, str) and text.strip()), ""))
            self.problems.append(Problem(self.sheet.name, number, "", value, kind, "info"))
            if kind == "row_total" and not is_subtotal(value):
                total_rows.append((number, cells))
        return live, skipped, total_rows, empty

    def _clean(self, live: Sequence[tuple[int, tuple[Any, ...]]]) -> list[CleanRow]:
        """Column by column, so that repeated cells are cleaned once, then put together row by row."""
        numbers = [number for number, _cells in live]
        rows_cells = [cells for _number, cells in live]
        fields = self.catalogue.fields
        rows = [
            CleanRow(self.sheet.name, number, "accepted", dict.fromkeys(fields), cells)
            for number, cells in zip(numbers, rows_cells, strict=True)
        ]
        for column in self.columns:
            item = fields[column.field or ""]
            cells = [row[column.index] if column.index < len(row) else "" for row in rows_cells]
            cleaned = clean_column(cells, cleaner_for(item, unit=column.unit))
            self._take_in(column, cells, cleaned, rows)
            if item.required:
                for row, result in zip(rows, cleaned, strict=True):
                    if result.value is None and not result.findings:
                        self.row = row
                        self.say("required_missing", "error", item.name)
        if self.catalogue.collect is not None:
            for row in rows:
                self.catalogue.collect(row.values)
        return rows

    def _take_in(
        self, column: ColumnGuess, cells: Sequence[Any], cleaned: Sequence[Cleaned], rows: Sequence[CleanRow]
    ) -> None:
        name = column.field or ""
        item = self.catalogue.fields[name]
        scientific = 0
        for row, cell, (value, findings) in zip(rows, cells, cleaned, strict=True):
            if item.repeats:
                if value is not None:
                    # (place, value): the place ties a contact's name to its phone
                    row.values.setdefault(f"{name}*", []).append((column.number or 0, value))
            else:
                row.values[name] = value
            for code, severity, params in findings:
                scientific += code == "scientific_notation"
                self.problems.append(
                    Problem(
                        row.sheet,
                        row.row,
                        column.heading[:64],
                        shown(cell, kind=item.kind, personal=item.personal),
                        code,
                        severity,
                        params,
                    )
                )
                if severity == "error":
                    row.state = "rejected"
        if scientific > 1:
            self.say_of_file("scientific_column", "warning", name, count=scientific)

    def _part_duplicates(self, rows: Sequence[CleanRow]) -> None:
        """One key once. The same row again is noise; the same key with other values is a contradiction."""
        by_key: dict[str, list[CleanRow]] = {}
        for row in rows:
            if (key := row.values[self.catalogue.key]) is not None:
                by_key.setdefault(key, []).append(row)
        repeated = 0
        for key, group in by_key.items():
            if len(group) == 1:
                continue
            first = group[0]
            if all(row.values == first.values for row in group[1:]):
                for row in group[1:]:
                    self.row = row
                    self.say("duplicate_row", "warning", self.catalogue.key, value=key, first_row=first.row)
                    row.state = "rejected"
                    repeated += 1
            else:
                numbers = "、".join(str(row.row) for row in group[:20])
                for row in group:
                    self.row = row
                    self.say("contract_twice", "error", self.catalogue.key, value=key, rows=numbers)
        if repeated:
            self.say_of_file("duplicates_found", "warning", count=repeated)

    def _sums(self, rows: Sequence[CleanRow]) -> dict[str, Decimal]:
        return {
            name: sum((row.values[name] for row in rows if row.values[name] is not None), ZERO)
            for name in self.catalogue.summed
        }

    def _control_totals(
        self,
        rows: Sequence[CleanRow],
        file_sums: dict[str, Decimal],
        total_rows: Sequence[tuple[int, tuple[Any, ...]]],
    ) -> ControlTotals:
        accepted = [row for row in rows if row.state == "accepted"]
        totals = ControlTotals(len(accepted), self._sums(accepted), len(rows), file_sums)
        if not total_rows:
            return totals
        number, cells = total_rows[-1]  # 合计 after 小计 and 本页合计
        claimed = {}
        for name in self.catalogue.summed:
            if (column := self.column_of.get(name)) is not None:
                amount = clean_money(cell_at(cells, column.index), unit=column.unit).value
                if amount is not None:
                    claimed[name] = amount
        differences = {name: amount - file_sums[name] for name, amount in claimed.items() if amount != file_sums[name]}
        totals.total_row = TotalRow(number, claimed, differences)
        if claimed and not differences:
            self.problems.append(Problem(self.sheet.name, number, "", "", "total_row_agrees", "info"))
        for name, difference in differences.items():
            self.problems.append(
                Problem(
                    self.sheet.name,
                    number,
                    self._heading(name, self.column_of[name]),
                    str(claimed[name]),
                    "total_row_differs",
                    "warning",
                    {"sum": str(file_sums[name]), "difference": str(difference)},
                )
            )
        return totals


Rule = Callable[[CleanRow, Judge], None]
"""Looks at one accepted or rejected row, may change its values, and tells the judge what it finds."""

FileRule = Callable[[Sequence[CleanRow], Judge], None]
