"""What a row below the headings is: data, nothing, a sum, the foot of the sheet, or the headings once more."""

import re
from collections.abc import Sequence
from typing import Any, Literal

from cases.imports.cleaning.characters import folded
from cases.imports.layout.synonyms import normalise

RowKind = Literal["data", "empty", "row_total", "row_footer", "row_header_repeated"]
"""The kinds that begin with ``row_`` are codes of problems too: such a row is skipped, and the clerk is told."""

_HAS_FIGURE = re.compile(r"[0-9０-９]")
_SUM_WORD = re.compile(
    r"\s*(?:(?:本页|本表|本期|全部)\s*)?"
    r"(?:合\s*计|小\s*计|总\s*计|共\s*计|累\s*计|总\s*和|汇\s*总|sub-?total|grand\s*total|total|sum)(?:$|[:：\s\d(（共])",
    re.IGNORECASE,
)
_SUBTOTAL_WORD = re.compile(r"本页|小计|sub", re.IGNORECASE)
_COUNT = re.compile(r"(?:共|合计|小计|总计|[:：])*\d{1,7}(?:\.0)?(?:笔|户|条|件|人|行)?")
_FOOTER_WORD = re.compile(r"(?:制\s*表|制单|填表|审核|复核|审批|经办|负责人|打印|导出|备注:|说明:|注:|第.{1,4}页)")


def kind_of(cells: Sequence[Any], key: Any, *, heading: str, titles: set[str]) -> RowKind:
    """The kind of this row. ``key`` is its cell under the key field, ``heading`` the normal form of the heading there.

    ``titles`` are the folded texts above the headings. In doubt a row is data: its problems will be seen.
    """
    start = cells[0] if cells else ""
    # The usual row is told by two looks: its key holds a figure and its first cell is no word for a sum.
    if key.__class__ is str and _HAS_FIGURE.search(key) and not (start.__class__ is str and _SUM_WORD.match(start)):
        return "data"
    return _slowly(cells, key, heading, titles)


def is_subtotal(text: str) -> bool:
    """小计 and 本页合计 add up a part of the rows only."""
    return bool(_SUBTOTAL_WORD.match(re.sub(r"\s", "", folded(text))))


def _slowly(cells: Sequence[Any], key: Any, heading: str, titles: set[str]) -> RowKind:
    """As ``kind_of``, for the rows that are not plainly data."""
    filled = [cell for cell in cells if cell != "" and not (isinstance(cell, str) and not cell.strip())]
    if not filled:
        return "empty"
    texts = [folded(cell) for cell in filled if isinstance(cell, str)]
    start = re.sub(r"\s", "", texts[0]) if texts else ""
    key_text = re.sub(r"\s", "", folded(key)) if isinstance(key, str) else ""
    if _SUM_WORD.match(start) or _SUM_WORD.match(key_text):
        # A person may be called so; a contract of theirs would have a number with figures and letters.
        return "data" if _HAS_FIGURE.search(key_text) and not _COUNT.fullmatch(key_text) else "row_total"
    if key_text and normalise(key) == heading:
        return "row_header_repeated"
    if key == "" or not key_text:
        if _FOOTER_WORD.match(start) and len(filled) <= 4:
            return "row_footer"
        if texts and len(texts) == len(filled) and titles.issuperset(texts):
            return "row_header_repeated"  # a page break repeats the title
    return "data"
