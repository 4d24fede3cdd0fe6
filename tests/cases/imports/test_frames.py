"""Rows come out of the pipe as they went in, and a frame that lies is noticed."""

import datetime as dt
import math
import pickle
import struct
from array import array
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.imports.reading.frames import PackedRows, pack
from cases.imports.reading.read import _receive, _Silence

ROWS = [
    ["张伟", 1025.5, dt.date(2026, 2, 14), 45, "", True, dt.datetime(2026, 2, 14, 8, 30), "M2"],
    ["李·娜", -0.0, dt.date(1900, 1, 1), 61.0, "", 1, dt.time(8, 30), 2.0],
    ["𠮷野", math.inf, dt.date(9999, 12, 31), "", "", 1.0, dt.timedelta(days=2), ""],
]


def through(rows: list[list[Any]]) -> list[tuple[Any, ...]]:
    packed = PackedRows()
    packed.take(pickle.loads(pickle.dumps(pack(rows))))
    return list(packed)


def test_every_cell_keeps_its_value_and_its_type():
    found = through(ROWS)
    assert found == [tuple(row) for row in ROWS]
    assert [[type(cell) for cell in row] for row in found] == [[type(cell) for cell in row] for row in ROWS]
    assert math.copysign(1, found[1][1]) == -1


@pytest.mark.parametrize(
    "rows",
    [
        [["only"]],
        [[""], [""]],
        [["a\0b", "x"], ["c", "y"]],
        [["\0"], ["\0\0"]],
        [[1.0], [True]],
        [[dt.date(2026, 1, 1)], [dt.datetime(2026, 1, 1)]],
        [["a", "b"], ["c"]],
        [[], []],
    ],
)
def test_odd_rows_come_out_as_they_went_in(rows: list[list[Any]]):
    found = through(rows)
    assert [(cell, type(cell)) for row in found for cell in row] == [(cell, type(cell)) for row in rows for cell in row]
    assert [len(row) for row in found] == [len(row) for row in rows]


@pytest.mark.parametrize(
    "columns",
    [
        [("texts", "a\0b\0c")],
        [("texts", "a")],
        [("floats", b"1234567")],
        [("floats", array("d", [1.0]).tobytes())],
        [("floats", array("d", [1.0, 2.0]).tobytes()), ("cells", [1])],
        [("days", array("i", [0, 1]).tobytes())],
        [("days", array("i", [1, 2**31 - 1]).tobytes())],
        [("cells", "ab")],
        [("code", ["a", "b"])],
        ["texts"],
        [],
    ],
)
def test_a_frame_that_does_not_hold_what_it_says_is_taken_for_silence(columns: list[Any]):
    pipe = BytesIO()
    for frame in (("book", {"kind": "xlsx"}), ("sheet", {"name": "a"}), ("columns", 2, columns), ("end",)):
        body = pickle.dumps(frame)
        pipe.write(struct.pack(">I", len(body)) + body)
    pipe.seek(0)
    with pytest.raises(_Silence):
        _receive(pipe)


@given(
    chunks=st.lists(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 9)), min_size=1, max_size=5), max_size=5),
    start=st.integers(-20, 20),
    stop=st.integers(-20, 20),
)
def test_packed_rows_are_looked_at_like_a_list(chunks: list[list[tuple[Any, ...]]], start: int, stop: int):
    rows = PackedRows()
    for chunk in chunks:
        rows.take(pack(chunk))
    plain = [row for chunk in chunks for row in chunk]
    assert (len(rows), list(rows), list(rows[start:stop])) == (len(plain), plain, plain[start:stop])
    assert list(rows[1:][start:stop]) == plain[1:][start:stop]
    assert [rows[at] for at in range(-len(plain), len(plain))] == plain + plain
    assert list(rows[start:stop].column(1)) == [row[1] for row in plain[start:stop]]
    assert rows == plain
    with pytest.raises(IndexError):
        rows[len(plain)]


def test_a_column_of_loose_rows_is_filled_up():
    rows = PackedRows([["a", "b"], ["c"], ["d", "e", "f"]])
    assert list(rows.column(1)) == ["b", "", "e"]
    assert list(PackedRows([["a", "b"]]).column(7)) == [""]
    assert rows != [("a", "b")]
