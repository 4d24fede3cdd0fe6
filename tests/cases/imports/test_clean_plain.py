"""Plain cells are read many at once, and that never changes what is read: whole columns against one cell after the other."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.imports.cleaning.cells import PLACEHOLDERS
from cases.imports.cleaning.clean import clean_column, cleaner_for, plain_for
from cases.imports.cleaning.clean_plain import CELLS_AT_ONCE
from cases.imports.words.fields import OVERDUE_FIELDS, Field

KINDS = {
    "contract": [f"HT{n:010d}" for n in range(40)],
    "name": ["张三", "欧阳小明", "古丽"],
    "id_no": ["11010119900307203X", "110101199003072039"],
    "phone": ["13812345678", "19912345678"],
    "money": [0.0, 0.1, 1234.56, 99_999_999_999.99, 8.0],
    "text": ["浙江省杭州市西湖区1号", "信用卡分期-A", "Unit 5", "消费贷款产品"],
}
ODD: list[Any] = [
    "", " ", "\n", "a\nb", "13812345678\n13912345678", "HT0000000001\nHT0000000002", "\0", "'0123", '="0123"',
    "#N/A", "=1+1",
    "＋８６", "张 三", "张三 ", "无", "未知", "暂无", "-", "null", "1.1E+17", "1e5", "12,345.67", "(5.00)", "¥8",
    "1.25万元", "￥", "未知" * 5, "长" * 600, "A" * 600, "13812345678.0", "1234567890123456789",
    0, 1, -1, True, False, 0.005, -0.0, -1.5, 1e11, 1e16, float("inf"), float("-inf"), float("nan"), 123456.789,
    13812345678.0, 13812345678, dt.date(2026, 3, 5), dt.datetime(2026, 3, 5, 1, 2), dt.time(1, 2),
]  # fmt: skip


def fields_of(kind: str) -> list[Field]:
    return [field for field in OVERDUE_FIELDS.values() if field.kind == kind]


def one_by_one(cells: list[Any], field: Field) -> tuple[list[Any], dict[int, Any]]:
    cleaned = [cleaner_for(field)(cell) if cell != "" else (None, ()) for cell in cells]
    return [value for value, _ in cleaned], {place: found for place, (_, found) in enumerate(cleaned) if found}


def same(cells: list[Any], field: Field) -> None:
    read = clean_column(cells, cleaner_for(field), plain_for(field))
    values, findings = one_by_one(cells, field)
    assert list(map(repr, read.values)) == list(map(repr, values))
    assert read.findings == findings


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("odd", [*ODD, *sorted(PLACEHOLDERS)], ids=repr)
def test_one_odd_cell_among_plain_ones_is_read_as_if_alone(kind: str, odd: Any):
    cells = [*KINDS[kind], odd, *KINDS[kind]]
    for field in fields_of(kind):
        same(cells, field)
        same([odd], field)


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_of_plain_cells_is_read_without_a_look_at_any_single_one(kind: str):
    def never(_cell: Any) -> Any:
        raise AssertionError("a plain column was read cell by cell")

    field = fields_of(kind)[0]
    columns: dict[str, Callable[[int], Any]] = {
        "contract": lambda n: f"HT{n:010d}",
        "name": lambda n: chr(0x4E00 + n) + "明",
        "phone": lambda n: str(13800000000 + n),
        "id_no": lambda n: str(110101199003070000 + n),
        "money": lambda n: n / 100,
        "text": lambda n: f"浙江省杭州市{n:05d}号",
    }
    cells = [columns[kind](n) for n in range(3 * CELLS_AT_ONCE + 7)]
    read = clean_column(cells, never, plain_for(field))
    assert (len(read.values), read.findings) == (len(cells), {})
    assert read.values == one_by_one(cells, field)[0]


def test_an_odd_cell_costs_its_neighbours_the_quick_way_and_nobody_else():
    looked: list[Any] = []
    field = OVERDUE_FIELDS["phone"]
    cells: list[Any] = [str(13800000000 + n) for n in range(4 * CELLS_AT_ONCE)]
    cells[CELLS_AT_ONCE] = "０５７１－８８８８１２３４"

    def cleaner(cell: Any) -> Any:
        looked.append(cell)
        return cleaner_for(field)(cell)

    read = clean_column(cells, cleaner, plain_for(field))
    assert looked == cells[CELLS_AT_ONCE : 2 * CELLS_AT_ONCE]
    assert read.values[CELLS_AT_ONCE] == ["0571-88881234"]


def test_amounts_in_another_unit_are_never_taken_as_they_stand():
    assert plain_for(OVERDUE_FIELDS["total"], unit=Decimal(10_000)) is None


TEXTS = st.text(
    alphabet=st.sampled_from("0123456789ABXZazhT张三李欧阳无未知-/#=' \n\t\0＋８.,·*()（）万元E+"), max_size=24
)


@given(
    cells=st.lists(st.one_of(TEXTS, st.floats(), st.integers(), st.booleans()), max_size=30),
    kind=st.sampled_from(list(KINDS)),
)
def test_whatever_stands_in_a_column_is_read_as_if_alone(cells: list[Any], kind: str):
    for field in fields_of(kind):
        same(cells, field)
