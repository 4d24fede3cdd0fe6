"""Rows into PostgreSQL by COPY: the one way large numbers of rows are written here.

A model object a row costs more than the database's whole work (measured: perf section 2).
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection


class _CsvStream:
    """What COPY reads from: rows are turned into CSV as they are asked for, so that the file is never held twice."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._rows: Iterator[Sequence[Any]] = iter(rows)
        self._buffer = io.StringIO()
        self._writer = csv.writer(self._buffer, lineterminator="\n")
        self.count = 0
        self._rest = ""

    def read(self, size: int) -> str:
        while self._buffer.tell() < size:
            row = next(self._rows, None)
            if row is None:
                break
            self._writer.writerow(row)
            self.count += 1
        text = self._rest + self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        self._rest = text[size:]
        return text[:size]


def copy_rows(*, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], texts: Sequence[str] = ()) -> int:
    """Append `rows` to `table`; returns how many. None is NULL; in the columns named by `texts` an empty text stays
    an empty text (elsewhere it is NULL). Runs in the caller's transaction."""
    stream = _CsvStream(rows)
    force = f", FORCE_NOT_NULL ({_quoted(texts)})" if texts else ""
    with connection.cursor() as cursor:
        cursor.copy_expert(
            f'COPY "{table}" ({_quoted(columns)}) FROM STDIN WITH (FORMAT csv{force})', stream, size=1 << 16
        )
    return stream.count


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
