"""A book cut into stretches of rows, so that no more than one is ever held as objects; and what kind each row is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cases.imports.cleaning.clean import clean_column, cleaner_for, plain_for
from cases.imports.judging.judge import Book, Judge
from cases.imports.judging.result import CleanRow
from cases.imports.judging.row_kinds import is_subtotal, kind_of
from cases.imports.layout.synonyms import normalise
from cases.imports.words.problems import Problem, shown

ROWS_AT_ONCE = 10_000  # 40 MB as objects; shorter ones would clean repeated cells more often


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of one sheet: ``place`` of the sheet in the book, from index ``start`` up to and without ``stop``."""

    place: int
    start: int
    stop: int


def stretches_of(book: Book, *, rows_at_once: int = ROWS_AT_ONCE) -> list[Stretch]:
    """All rows below the headings, sheet by sheet, in their order."""
    return [
        Stretch(place, start, min(start + rows_at_once, len(sheet.rows)))
        for place, (understanding, sheet) in enumerate(book.sheets)
        for start in range(understanding.first_index, len(sheet.rows), rows_at_once)
    ]


@dataclass(slots=True)
class Sorted:
    """The rows of a stretch by kind: with data; something else; 合计 rows of the whole file; and runs of empty rows as
    (Excel's number of the first, how many)."""

    live: list[tuple[int, tuple[Any, ...]]] = field(default_factory=list)
    skipped: list[CleanRow] = field(default_factory=list)
    total_rows: list[tuple[int, tuple[Any, ...]]] = field(default_factory=list)
    empty: list[tuple[int, int]] = field(default_factory=list)


def sort_out(judge: Judge, stretch: Stretch) -> Sorted:
    """What every row of the stretch is. Skipped rows are told to the judge."""
    found = Sorted()
    sheet, column = judge.sheet, judge.column_of[judge.catalogue.key]
    heading, key = normalise(column.heading), column.index
    titles = set(judge.understanding.titles)
    rows = sheet.rows[stretch.start : stretch.stop]
    for number, cells in enumerate(rows, start=sheet.first_row + stretch.start):
        kind = kind_of(cells, cells[key] if key < len(cells) else "", heading=heading, titles=titles)
        if kind == "data":
            found.live.append((number, cells))
            continue
        if kind == "empty":
            first, count = found.empty.pop() if found.empty else (number, 0)
            if first + count == number:
                found.empty.append((first, count + 1))
            else:
                found.empty += [(first, count), (number, 1)]
            continue
        found.skipped.append(CleanRow(sheet.name, number, "skipped", {}, cells))
        value = shown(next((text for text in cells if isinstance(text, str) and text.strip()), ""))
        judge.problems.append(Problem(sheet.name, number, "", value, kind, "info"))
        if kind == "row_total" and not is_subtotal(value):
            found.total_rows.append((number, cells))
    return found


def keys_in(book: Book, stretch: Stretch, name: str) -> Iterator[Any]:
    """The cleaned value of this field in every row of the stretch, None where there is none. Nothing else is unpacked."""
    understanding, sheet = book.sheets[stretch.place]
    columns = understanding.columns_of(name)
    if not columns:
        return
    cells = sheet.rows[stretch.start : stretch.stop].column(columns[0].index)
    item = book.catalogue.fields[name]
    yield from clean_column(cells, cleaner_for(item), plain_for(item)).values
