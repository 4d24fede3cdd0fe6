"""CSV as Excel on a Chinese Windows opens it: UTF-8 with a mark, CRLF."""

import csv
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from io import TextIOWrapper
from typing import Any

from django.utils import timezone

from collection_ops.core.tables.base import Column, TableWriter, is_dangerous


class CsvTable(TableWriter):
    """Heading, rows, and a last line that says who took the copy. No title line: programs read this form."""

    _file: TextIOWrapper

    def open(self) -> None:
        self._file = self.path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow([_text(str(column.title)) for column in self.columns])

    def write_row(self, values: Sequence[Any]) -> None:
        self.count_row(values)
        self._writer.writerow([_cell(column, value) for column, value in zip(self.columns, values, strict=True)])

    def close(self, *, finished: bool) -> None:
        with self._file:
            if finished:
                self._writer.writerow([_text(self.footer)])


def _text(text: str) -> str:
    """CSV has no types, so a text that would run is given an apostrophe, which spreadsheets show or swallow."""
    return f"'{text}" if is_dangerous(text) else text


def _cell(column: Column, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _text(str(value))
    if column.kind == "money" and isinstance(value, Decimal | int):
        return f"{Decimal(value):.2f}"
    if isinstance(value, Decimal | int | float):
        return str(value)
    if isinstance(value, datetime):
        moment = timezone.localtime(value) if timezone.is_aware(value) else value
        return moment.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return _text(str(value))
