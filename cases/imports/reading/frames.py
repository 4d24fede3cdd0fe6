"""How rows cross the pipe from the child to the parent: by column, because a column is mostly of one kind.

A column of texts goes as one long text, one of numbers as an array; anything mixed goes cell by cell. That is half the
work of pickling every cell, on both sides. No Django here: the child imports it.

``PackedRows`` keeps them so, too: a row of twenty cells is 250 bytes in columns and 2 KB as a tuple of its own. It
trusts nothing: its frames come from a process that has read a stranger's file.
"""

import datetime as dt
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice, zip_longest
from typing import Any, overload

Row = tuple[Any, ...]

_BETWEEN = "\0"
ROWS_IN_CHUNK = 2000
_DAYS = "i"  # proleptic ordinals: four bytes hold the calendar


def pack(rows: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
    """The frame for some rows, at least one. Rows of different widths, as in text files, go as they are."""
    width = len(rows[0])
    if not width or any(len(row) != width for row in rows):
        return "rows", [tuple(row) for row in rows]
    return "columns", len(rows), [_packed(column) for column in zip(*rows, strict=True)]


def _packed(cells: tuple[Any, ...]) -> tuple[str, Any]:
    first = cells[0].__class__
    if first is str:
        try:
            text = _BETWEEN.join(cells)
        except TypeError:  # not all of them are texts
            return "cells", list(cells)
        if text.count(_BETWEEN) == len(cells) - 1:
            return "texts", text
    elif first in (float, dt.date) and len(set(map(type, cells))) == 1:
        if first is float:
            return "floats", array("d", cells).tobytes()
        return "days", array(_DAYS, map(dt.date.toordinal, cells)).tobytes()
    return "cells", list(cells)


class PackedRows(Sequence[Row]):
    """The rows of a sheet, unpacked a chunk at a time when somebody looks. A slice is a view and costs nothing.

    Read it forwards or by ``column``; single rows here and there unpack their chunk each, but the last one is kept.
    """

    def __init__(self, rows: Iterable[Sequence[Any]] = ()) -> None:
        self._chunks: list[_Chunk] = []
        self._ends: list[int] = []  # the number of rows up to and with each chunk
        self._window = range(0)
        self._unpacked: tuple[int, list[Row]] = (-1, [])
        remaining = iter(rows)
        while some := list(islice(remaining, ROWS_IN_CHUNK)):
            self.take(pack(some))

    def take(self, frame: tuple[Any, ...]) -> None:
        """Append the rows of a frame made by ``pack``. Raises ``ValueError`` when it is not what it says."""
        chunk = _chunk_of(frame)
        assert len(self._window) == (self._ends[-1] if self._ends else 0), "a view does not grow"
        self._chunks.append(chunk)
        self._ends.append(len(self._window) + chunk.count)
        self._window = range(self._ends[-1])

    def __len__(self) -> int:
        return len(self._window)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> "PackedRows": ...
    def __getitem__(self, place: int | slice) -> "Row | PackedRows":
        if isinstance(place, slice):
            window = self._window[place]
            if window.step != 1:
                raise ValueError("rows are cut in one piece")
            view = PackedRows()
            view._chunks, view._ends, view._window = self._chunks, self._ends, window
            return view
        at = self._window[place]
        chunk = bisect_right(self._ends, at)
        if self._unpacked[0] != chunk:
            self._unpacked = chunk, self._chunks[chunk].rows()
        return self._unpacked[1][at - self._start_of(chunk)]

    def __iter__(self) -> Iterator[Row]:
        return chain.from_iterable(self._parts(_Chunk.rows))

    def column(self, index: int) -> Iterator[Any]:
        """The cells of one column, top to bottom; "" where a row is too short. Unpacks nothing else."""
        return chain.from_iterable(self._parts(partial(_Chunk.column, index=index)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def _parts(self, look: "Callable[[_Chunk], list[Any]]") -> Iterator[list[Any]]:
        """What ``look`` makes of each chunk, cut to the window."""
        first, last = self._window.start, self._window.stop
        for number in range(bisect_right(self._ends, first), len(self._chunks)):
            start = self._start_of(number)
            if start >= last:
                return
            part = look(self._chunks[number])
            whole = first <= start and self._ends[number] <= last
            yield part if whole else part[max(first - start, 0) : last - start]

    def _start_of(self, chunk: int) -> int:
        return self._ends[chunk - 1] if chunk else 0


class _Chunk:
    """Some rows in packed columns. Rows of different widths are filled up, and ``widths`` tells where each really ends."""

    __slots__ = ("columns", "count", "widths")

    def __init__(self, count: int, columns: Sequence[tuple[str, Any]], widths: "array[int] | None" = None) -> None:
        self.count = count
        self.columns = columns
        self.widths = widths

    def rows(self) -> list[Row]:
        rows = list(zip(*map(_cells_of, self.columns), strict=True)) or [()] * self.count
        if self.widths is None:
            return rows
        return [row[:width] for row, width in zip(rows, self.widths, strict=True)]

    def column(self, index: int) -> list[Any]:
        return list(_cells_of(self.columns[index])) if index < len(self.columns) else [""] * self.count


def _chunk_of(frame: tuple[Any, ...]) -> _Chunk:
    match frame:
        case ("rows", list(rows)) if all(isinstance(row, tuple) for row in rows):
            columns = [_packed(column) for column in zip_longest(*rows, fillvalue="")]
            return _Chunk(len(rows), columns, array("L", map(len, rows)))
        case ("columns", int(count), list(columns)) if columns and all(_holds(column, count) for column in columns):
            return _Chunk(count, columns)
        case _:
            raise ValueError("no rows")


def _holds(column: Any, count: int) -> bool:
    """Is this a packed column of so many cells, all of which can be unpacked?"""
    match column:
        case ("texts", str(text)):
            return text.count(_BETWEEN) == count - 1
        case ("floats", bytes(raw)):
            return len(raw) == count * array("d").itemsize
        case ("days", bytes(raw)):
            if len(raw) != count * array(_DAYS).itemsize:
                return False
            ordinals = array(_DAYS, raw)
            return min(ordinals) >= 1 and max(ordinals) <= dt.date.max.toordinal()
        case ("cells", list(cells)):
            return len(cells) == count
        case _:
            return False


def _cells_of(column: tuple[str, Any]) -> Iterable[Any]:
    kind, held = column
    if kind == "texts":
        cells: list[Any] = held.split(_BETWEEN)
        return cells
    if kind == "floats":
        return array("d", held)
    if kind == "days":
        return map(dt.date.fromordinal, array(_DAYS, held))
    return held
