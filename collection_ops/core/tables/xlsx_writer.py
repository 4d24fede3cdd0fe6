"""Excel, one row in memory: 50,000 rows × 16 columns were measured at 85 MB and 10 s (reference: ecosystem 5.1)."""

import tempfile
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from collection_ops.core.tables.base import Column, TableWriter, is_dangerous

NUMBER_FORMATS = {
    "money": "#,##0.00;[Red]-#,##0.00",
    "integer": "#,##0",
    "percent": "0.0%",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
}
HEADING_ROW = 2  # below the title and the line that says who took the copy
ROWS_A_SHEET = 1_000_000
LONGEST_TEXT = 32_000  # Excel refuses more than 32,767 characters in a cell
WIDTH_SAMPLE = 500
EXACT_DIGITS = 15  # Excel's numbers are floats; a longer one would lose its last digits


class XlsxTable(TableWriter):
    """Title, line of origin, frozen heading with filter, rows; a table longer than a sheet goes on in the next one. Several
    tables make a workbook: `name` is what the first one's sheet is called, `next_table` begins another."""

    def __init__(self, *args: Any, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name = name

    def open(self) -> None:
        # The library leaves its scratch files, with rows in them, where a write fails: they are in a folder that goes.
        self._scratch = tempfile.TemporaryDirectory(prefix="table-")
        self._book = xlsxwriter.Workbook(
            str(self.path),
            {
                "constant_memory": True,
                "tmpdir": self._scratch.name,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_date_format": "yyyy-mm-dd",
            },
        )
        self._book.set_properties({"title": self.title, "comments": self.footer})
        add = self._book.add_format
        self._title_format = add({"bold": True, "font_size": 14})
        self._note_format = add({"font_color": "#55606E"})
        self._heading_format = add(
            {"bold": True, "bg_color": "#E0EBF8", "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        self._text_format = add({"num_format": "@"})
        # Stays text even after somebody double-clicks the cell and presses Enter.
        self._quoted_format = add({"num_format": "@", "quote_prefix": True})
        self._formats = {kind: add({"num_format": pattern}) for kind, pattern in NUMBER_FORMATS.items()}
        self._widths = self._least_widths()
        self._sheets = 0
        self._start_sheet(self._name)

    def next_table(self, name: str, title: str, columns: Sequence[Column]) -> None:
        """Ends the table and begins another on a sheet of its own, which is called `name`; `rows` counts on."""
        self._finish_sheet()
        self.title, self.columns = title, list(columns)
        self._widths = self._least_widths()
        self._start_sheet(name)

    def _least_widths(self) -> list[int]:
        return [_width(str(column.title)) + 3 for column in self.columns]

    def _start_sheet(self, name: str | None = None) -> None:
        self._sheets += 1
        self._sheet = sheet = self._book.add_worksheet(
            name or (_("第 %(n)s 页") % {"n": self._sheets} if self._sheets > 1 else None)
        )
        sheet.write_string(0, 0, self.title, self._title_format)
        sheet.write_string(1, 0, self.footer, self._note_format)
        for at, column in enumerate(self.columns):
            sheet.write_string(HEADING_ROW, at, str(column.title), self._heading_format)
        sheet.freeze_panes(HEADING_ROW + 1, 1)
        sheet.repeat_rows(HEADING_ROW)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        # Ampersands are codes in headers and footers; doubled they are themselves.
        sheet.set_footer(f"&L{self.footer.replace('&', '&&')}&R&P / &N")
        self._next_row = HEADING_ROW + 1

    def write_row(self, values: Sequence[Any]) -> None:
        self.count_row(values)
        if self._next_row - HEADING_ROW > ROWS_A_SHEET:
            self._finish_sheet()
            self._start_sheet()
        for at, (column, value) in enumerate(zip(self.columns, values, strict=True)):
            shown = self._write_cell(at, column, value)
            if self.rows <= WIDTH_SAMPLE:
                self._widths[at] = max(self._widths[at], _width(shown) + 2)
        self._next_row += 1

    def _write_cell(self, at: int, column: Column, value: Any) -> str:
        """Writes by the type of the value, dresses by the kind of the column; returns what is seen, for the width."""
        row, sheet = self._next_row, self._sheet
        if value is None or value == "":
            return ""
        if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
            digits = len(str(value).replace(".", "").lstrip("-0"))
            if digits <= EXACT_DIGITS and Decimal(value).is_finite():
                sheet.write_number(row, at, float(value), self._formats.get(column.kind))
                return f"{value:,}"
        elif isinstance(value, datetime):
            moment = timezone.localtime(value) if timezone.is_aware(value) else value
            sheet.write_datetime(row, at, moment.replace(tzinfo=None), self._formats["datetime"])
            return "2026-01-01 00:00"
        elif isinstance(value, date):
            sheet.write_datetime(row, at, datetime(value.year, value.month, value.day), self._formats["date"])  # noqa: DTZ001 (a cell has no zone)
            return "2026-01-01"
        text = str(value)[:LONGEST_TEXT]
        sheet.write_string(row, at, text, self._quoted_format if is_dangerous(text) else self._text_format)
        return text

    def _finish_sheet(self) -> None:
        for at, width in enumerate(self._widths):
            self._sheet.set_column(at, at, min(max(width, 8), 48))
        if self.columns:
            self._sheet.autofilter(HEADING_ROW, 0, max(self._next_row - 1, HEADING_ROW), len(self.columns) - 1)

    def close(self, *, finished: bool) -> None:
        try:
            self._close_book(finished=finished)
        finally:
            self._scratch.cleanup()

    def _close_book(self, *, finished: bool) -> None:
        if finished:
            count = _("共 %(rows)s 行") % {"rows": f"{self.rows:,}"}
            self._sheet.write_string(self._next_row + 1, 0, f"{count}  {self.footer}", self._note_format)
            self._finish_sheet()
        self._book.close()


def _width(text: str) -> int:
    """Columns on the screen: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text[:60])
