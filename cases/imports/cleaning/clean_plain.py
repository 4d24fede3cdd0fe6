"""Whole columns of cells in their plainest form, read at once: most cells of a real file need no second look.

A run of cells is matched by one regular expression over all of them, or by one comparison; if a single one is anything but
plain, nothing is read here and every cell of the run goes to its cleaner, which knows the rest. What is read here is
exactly what the cleaner would make of it (tests/cases/imports/test_clean_plain.py holds both together).
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from cases.imports.cleaning.cells import PLACEHOLDERS
from cases.imports.words.fields import Field

CELLS_AT_ONCE = 250
"""One odd cell sends so many to the slow way."""

Plain = Callable[[Sequence[Any]], list[Any] | None]
"""The values of some cells, or None when one of them is not plain."""

_LONGEST_PLACEHOLDER = max(map(len, PLACEHOLDERS))
_MOST_YUAN = 1e11  # below it a float's shortest text has no exponent, and two decimals are exact


def plain_for(field: Field, *, unit: Decimal = Decimal(1)) -> Plain | None:
    """The quick reader for the cells of this field's column; None where there is none."""
    if field.kind == "money":
        return _amounts if unit == 1 else None
    pattern = _PATTERNS.get(field.kind)
    if pattern is None:
        return None
    some = re.compile(f"(?:{pattern.format(most=field.max_length - 1)}\n)*")
    return _numbers(some) if field.kind == "phone" else _texts(some)


# What a cell looks like that its cleaner returns unchanged. A contract of no more than 48, an ID of 18, a name of 8
# characters is within every limit of length; prose is shorter than its own, and longer than any word for nothing.
_PATTERNS = {
    "contract": "[A-Z]{{1,8}}[0-9]{{4,40}}",
    "name": "[\u4e00-\u9fff]{{1,8}}",
    "id_no": "[1-9][0-9]{{16}}[0-9X]",
    "phone": "1[3-9][0-9]{{9}}",
    "text": f"[0-9A-Za-z\u4e00-\u9fff][!-~\u4e00-\u9fff]{{{{{_LONGEST_PLACEHOLDER},{{most}}}}}}",
}


def _texts(pattern: re.Pattern[str]) -> Plain:
    def read(cells: Sequence[Any]) -> list[Any] | None:
        return list(cells) if _all_match(pattern, cells) and PLACEHOLDERS.isdisjoint(cells) else None

    return read


def _numbers(pattern: re.Pattern[str]) -> Plain:
    def read(cells: Sequence[Any]) -> list[Any] | None:
        return [[cell] for cell in cells] if _all_match(pattern, cells) else None

    return read


def _all_match(pattern: re.Pattern[str], cells: Sequence[Any]) -> bool:
    try:
        lines = "\n".join(cells)
    except TypeError:  # not all of them are texts
        return False
    # A cell that holds line breaks could pass for several.
    return lines.count("\n") == len(cells) - 1 and pattern.fullmatch(f"{lines}\n") is not None


def _amounts(cells: Sequence[Any]) -> list[Any] | None:
    """Floats of no more than two decimals: then two decimals give the same float again. (Never so for nan; the bounds
    keep inf, negatives and -0.0 out.)"""
    if set(map(type, cells)) != {float} or min(cells) < 0.0 or not max(cells) < _MOST_YUAN:
        return None
    texts = [f"{cell:.2f}" for cell in cells]
    if list(map(float, texts)) != list(cells) or "-0.00" in texts:
        return None
    return list(map(Decimal, texts))
