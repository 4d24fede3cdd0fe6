"""How rows cross the pipe from the child to the parent: by column, because a column is mostly of one kind.

A column of texts goes as one long text, one of numbers as an array; anything mixed goes cell by cell. That is half the
work of pickling every cell, on both sides. No Django here: the child imports it.

``unpack`` trusts nothing: its frames come from a process that has read a stranger's file.
"""

import datetime as dt
from array import array
from collections.abc import Iterable, Sequence
from typing import Any

_BETWEEN = "\0"
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


def unpack(count: int, columns: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a frame ``("columns", count, columns)``. Raises ``ValueError`` when it is not what it says."""
    rows = list(zip(*(_unpacked(column, count) for column in columns), strict=True))
    if len(rows) != count:
        raise ValueError("columns shorter than they say")
    return rows


def _unpacked(column: Any, count: int) -> Iterable[Any]:
    match column:
        case ("texts", str(text)) if text.count(_BETWEEN) == count - 1:
            return text.split(_BETWEEN)
        case ("floats", bytes(raw)):
            return array("d", raw)
        case ("days", bytes(raw)):
            return map(dt.date.fromordinal, array(_DAYS, raw))
        case ("cells", list(cells)):
            return cells
        case _:
            raise ValueError("no column")
