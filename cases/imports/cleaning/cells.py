"""A cell and what became of it: what every cleaner returns, may say, and asks of a cell first."""

import datetime as dt
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cases.imports.reading.prescan import NOT_COMPUTED
from cases.imports.words.problems import Severity


class Finding(NamedTuple):
    """What is odd about a cell. ``error`` keeps the row out; the sentence is ``problems.MESSAGES[code]``."""

    code: str
    severity: Severity
    params: dict[str, Any] = {}  # one empty dict for all: never written to


class Cleaned(NamedTuple):
    """A value ready for the book (None when there is none), with what is to be said about it."""

    value: Any
    findings: tuple[Finding, ...] = ()


NOTHING = Cleaned(None)

# Written where there is nothing to write. In an amount or a date such a word is reported: the column should be empty.
PLACEHOLDERS = frozenset(
    [
        *("-", "--", "—", "——", "/", "\\", "\\n"),
        *("无", "暂无", "没有", "不详", "未知", "空"),
        *("null", "none", "nan", "n/a", "na", "#n/a"),
    ]
)

LARGEST_EXACT_FLOAT = 1e15  # Excel keeps fifteen figures; a longer number has lost its last ones
SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?e\+?\d+", re.IGNORECASE)
ENDS_IN_POINT_ZERO = re.compile(r"\d+\.0")
_EXCEL_ERRORS = frozenset(
    ["#n/a", "#ref!", "#div/0!", "#value!", "#name?", "#null!", "#num!", "#spill!", "#calc!", "#getting_data", "#error"]
)
_EXCEL_TEXT = re.compile(r'="(.*)"')


def bad(code: str, **params: Any) -> Cleaned:
    """No value, and the row stays out."""
    return Cleaned(None, (Finding(code, "error", params),))


def odd(value: Any, code: str, **params: Any) -> Cleaned:
    """This value (None when nothing can be used), the row goes in, and the clerk is told."""
    return Cleaned(value, (Finding(code, "warning", params),))


def text_of(cell: Any) -> str:
    """The cell as text, without the tricks that keep Excel from reading a number: ="0123" and '0123."""
    if isinstance(cell, str):
        found = _EXCEL_TEXT.fullmatch(cell.strip())
        return found[1] if found else cell
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < LARGEST_EXACT_FLOAT:
        return str(int(cell))
    return str(cell)


def formula_trouble(text: str) -> str | None:
    """The code of what is wrong when the cell is a formula without a result, else None. ``text`` is folded."""
    if text[:1] != "#":
        return None
    if text == NOT_COMPUTED:
        return "formula_not_computed"
    return "formula_error" if text.casefold() in _EXCEL_ERRORS else None


def is_number(cell: Any) -> bool:
    """True and False are ints to Python; in a file they are words."""
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def cell_at(cells: Sequence[Any], index: int) -> Any:
    """Rows of a text file may be shorter than their headings."""
    return cells[index] if index < len(cells) else ""


@lru_cache(maxsize=4096)
def day_text(day: dt.date) -> str:
    """2026-03-05. Remembered: a file has few days and many dates, and writing one out takes longer than a whole amount."""
    return day.isoformat()
