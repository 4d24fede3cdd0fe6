"""Check what a file says: the door to the judging of rows and of the file as a whole.

A book (the understood sheets of a file) is cut into stretches (``stretches``). Which rows share their contract, or whatever
the catalogue asks about, is found first (``shared_rows``). Then every stretch is judged by itself (``blocks``, with the
``judge`` whom rules talk to), here or in other processes (``helpers``); what they say together is in ``whole``, and what
comes out in ``result``.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from cases.imports.judging.blocks import Make, judge_block
from cases.imports.judging.forks import in_order
from cases.imports.judging.judge import Book, FileRule, Judge, Rule
from cases.imports.judging.result import CleanResult, CleanRow, ControlTotals, FileFacts, TotalRow
from cases.imports.judging.shared_rows import shared_rows
from cases.imports.judging.stretches import ROWS_AT_ONCE, stretches_of
from cases.imports.judging.whole import Whole
from cases.imports.layout.layouts import Understanding
from cases.imports.reading.read import WorkbookData
from cases.imports.words.fields import Catalogue

__all__ = [
    "CleanResult",
    "CleanRow",
    "ControlTotals",
    "FileFacts",
    "FileRule",
    "Judge",
    "Rule",
    "TotalRow",
    "check_book",
    "clean_sheet",
]


def clean_sheet(
    understanding: Understanding, workbook: WorkbookData, *, catalogue: Catalogue, business_date: dt.date
) -> CleanResult:
    """Clean and judge all rows of the understood sheets, and keep them: for files that fit into memory as objects.

    ``business_date`` is the day the clerk says the file is for. The understanding must be ``ready``.
    """
    rows: list[CleanRow] = []
    result = check_book(
        understanding, workbook, catalogue=catalogue, business_date=business_date, make=list, take=rows.extend
    )
    result.rows = rows
    return result


def check_book(
    understanding: Understanding,
    workbook: WorkbookData,
    *,
    catalogue: Catalogue,
    business_date: dt.date,
    make: Make,
    take: Callable[[Any], Any],
    helpers: int = 0,
    rows_at_once: int = ROWS_AT_ONCE,
) -> CleanResult:
    """As ``clean_sheet``, some rows at a time, of which only what ``make`` makes of them is handed on, to ``take``.

    ``make`` may run in one of the ``helpers`` (processes; 0: none), ``take`` runs here, in the order of the file. Whether
    the file is refused as a whole is only known afterwards.
    """
    assert understanding.ready, "a file with open questions or a refusal is not cleaned"
    parts = (understanding, *understanding.also)
    book = Book(tuple((part, workbook.sheets[part.sheet_index]) for part in parts), catalogue, business_date)
    stretches = stretches_of(book, rows_at_once=rows_at_once)

    def over(work: Callable[..., Any], items: Sequence[Any]) -> Iterable[Any]:
        return in_order(work, items, helpers=helpers)

    shared = shared_rows(book, stretches, over=over)
    whole = Whole(book)
    for block in over(partial(judge_block, book, shared=shared, make=make), stretches):
        take(block.made)
        whole.take(block)
    return whole.result([*workbook.notes, *(note for part in parts for note in part.notes)])
