"""Rows into PostgreSQL by COPY: the one way large numbers of rows are written here.

A model object a row costs more than the database's whole work (measured: perf section 2). COPY's text format with
separators that no text has: making CSV of a row costs three times as much.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import connection

from cases.imports.cleaning.cells import day_text

_CELL = "\x01"
_NULL = "\x02"
_ROW = "\0"  # stands for the end of a row until line ends within cells are escaped
ROWS_AT_ONCE = 5_000


def copy_rows(*, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Append `rows` to `table`; returns how many. None is NULL. Runs in the caller's transaction."""
    count = 0
    for some in _some_at_a_time(rows):
        copy_lines(table=table, columns=columns, lines=as_lines(some))
        count += len(some)
    return count


def copy_lines(*, table: str, columns: Sequence[str], lines: bytes) -> None:
    """Append rows that `as_lines` has made."""
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.copy_expert(
            f"COPY \"{table}\" ({names}) FROM STDIN WITH (FORMAT text, DELIMITER E'\\x01', NULL E'\\x02')",
            io.BytesIO(lines),
            1 << 18,
        )


def as_lines(rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows as COPY reads them. Needs no database: a process without one can make them.

    The three control characters that separate are dropped from texts; the reading of files leaves none in them.
    """
    lines = [
        # Amounts by name: a call for each would cost as much as writing them out.
        _CELL.join(
            [cell if (kind := cell.__class__) is str else str(cell) if kind is Decimal else _text(cell) for cell in row]
        )
        for row in rows
    ]
    text = _ROW.join(lines)
    if text.count(_CELL) != sum(len(row) - 1 for row in rows) or text.count(_ROW) != max(len(rows) - 1, 0):
        return as_lines([[_without_separators(cell) for cell in row] for row in rows])
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace(_ROW, "\n")
    return f"{text}\n".encode() if rows else b""


def _text(cell: Any) -> str:
    if cell is None:
        return _NULL
    return day_text(cell) if cell.__class__ is date else str(cell)


def _without_separators(cell: Any) -> Any:
    return cell if cell is None else str(cell).replace(_CELL, "").replace(_ROW, "").replace(_NULL, "")


def _some_at_a_time(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    remaining = iter(rows)
    while some := list(islice(remaining, ROWS_AT_ONCE)):
        yield some
