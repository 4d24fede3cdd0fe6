"""The lines above the data: where the headings are, and what the titles over them state.

A file is known again by the fingerprint of its headings.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cases.imports.cleaning.characters import folded
from cases.imports.cleaning.clean import clean_date
from cases.imports.layout.synonyms import SynonymTable, normalise
from cases.imports.reading.read import SheetData
from cases.imports.words.fields import IGNORE, Catalogue

HEADER_SEARCH_ROWS = 40


@dataclass(frozen=True, slots=True)
class Header:
    """The headings of a sheet, and the group above each (empty where none); as wide as the line they stand in."""

    index: int  # of the lowest heading line in sheet.rows
    headings: tuple[str, ...]
    groups: tuple[str, ...]
    score: float


def find_header(
    sheet: SheetData, catalogue: Catalogue, synonyms: SynonymTable, saved: Mapping[str, Mapping[str, str]]
) -> Header | None:
    """The line (or two lines) among the first that holds the most known headings."""
    best: Header | None = None
    above: tuple[str, ...] = ()
    for index, row in enumerate(sheet.rows[:HEADER_SEARCH_ROWS]):
        line = tuple(_heading_text(cell) for cell in row)
        groups = _groups(above, line)
        for headings, group in ((line, groups), (_stacked(above, line), groups)):
            if sum(1 for heading in headings if heading) < 2 or (headings is not line and headings == line):
                continue
            score = _score(headings, group, catalogue, synonyms)
            if saved and fingerprint_of(keys_of(headings, group)) in saved:
                score += 1000
            if score >= 4 and (best is None or score > best.score):
                best = Header(index, headings, group, score)
        above = line
    return best


def _heading_text(cell: Any) -> str:
    """A heading is text. Dates and amounts above the data belong to titles."""
    return re.sub(r"\s+", " ", cell).strip() if isinstance(cell, str) else ""


def _groups(above: Sequence[str], line: Sequence[str]) -> tuple[str, ...]:
    """The upper line of a two-line header: each merged group heading over all its columns.

    A title is not a group: it stands alone in its line, or speaks in sentences with a colon.
    """
    filled = [text for text in above if text]
    if len(filled) < 2 or any(":" in text or "：" in text for text in filled) or len(filled) > sum(map(bool, line)) + 1:
        return tuple("" for _ in line)
    groups = []
    current = ""
    for position in range(len(line)):
        current = (above[position] if position < len(above) else "") or current
        groups.append(current if line[position] else "")
    return tuple(groups)


def _stacked(above: Sequence[str], line: Sequence[str]) -> tuple[str, ...]:
    """Headings merged over both lines stand in the upper one only."""
    width = max(len(above), len(line))
    upper = [*above, *[""] * (width - len(above))]
    lower = [*line, *[""] * (width - len(line))]
    return tuple(below or top for below, top in zip(lower, upper, strict=True))


def _score(headings: Sequence[str], groups: Sequence[str], catalogue: Catalogue, synonyms: SynonymTable) -> float:
    score = 0.0
    for position, heading in enumerate(headings):
        if not heading or len(heading) > 40:
            continue
        match = synonyms.lookup(heading, group=groups[position] if position < len(groups) else "")
        if match.field in catalogue.fields:
            score += 2
        elif match.field == IGNORE or match.candidates:
            score += 1
    return score


def keys_of(headings: Sequence[str], groups: Sequence[str]) -> list[str]:
    """The normal form of each heading, made unique: by its group where two are alike, then by its place."""
    plain = [normalise(heading) for heading in headings]
    keys: list[str] = []
    for position, text in enumerate(plain):
        if text and plain.count(text) > 1 and position < len(groups) and groups[position]:
            text = f"{normalise(groups[position])}/{text}"
        same = sum(1 for key in keys if key == text or key.startswith(f"{text}#"))
        keys.append(f"{text}#{same + 1}" if same and text else text)
    return keys


def fingerprint_of(keys: Sequence[str]) -> str:
    """A name for a set of headings. The order does not count: a mapping is by heading, and clerks move columns."""
    return hashlib.sha256("\n".join(sorted(filter(None, keys))).encode()).hexdigest()[:32]


_UNIT_IN_TITLE = re.compile(r"单位:?(?:人民币)?(亿元|万元|千元|元|分)")
_DATE_IN_TITLE = re.compile(
    r"(?:(?:数据|截止|截至|统计|业务|快照|报表)日期|数据截至|数据截止|截至|截止)日?期?:?\s*"
    r"(\d{4}[-/.年]?\d{1,2}[-/.月]?\d{1,2}日?)"
)


def titles_in(rows: Sequence[tuple[Any, ...]]) -> tuple[str, ...]:
    return tuple(folded(cell) for row in rows for cell in row if isinstance(cell, str) and cell.strip())


def unit_in(titles: Sequence[str]) -> str | None:
    for title in titles:
        if found := _UNIT_IN_TITLE.search(re.sub(r"\s", "", title)):
            return found[1]
    return None


def date_in(titles: Sequence[str]) -> dt.date | None:
    """Only a date that says what it is: the day of printing stands in titles too."""
    for title in titles:
        if found := _DATE_IN_TITLE.search(title):
            return clean_date(found[1]).value
    return None
