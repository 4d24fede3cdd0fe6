"""What people write above a column, and which field they mean by it.

The project's own table is ``synonyms.json``; rows learnt from clerks are passed in and win over it. A heading may
be certain, a stand-in used when nothing better is there, ambiguous (asked once), known but not read, or unknown.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from cases.imports.cleaning.characters import folded
from cases.imports.words.fields import IGNORE

OVERDUE_SYNONYMS = Path(__file__).with_name("synonyms.json")

UNITS: Mapping[str, Decimal] = {
    "亿元": Decimal(100_000_000),
    "万元": Decimal(10_000),
    "万": Decimal(10_000),
    "千元": Decimal(1_000),
    "元": Decimal(1),
    "分": Decimal("0.01"),
}
"""What one counted unit is worth in yuan."""


@dataclass(frozen=True, slots=True)
class Match:
    """What the table says about a heading.

    ``field`` is certain (``IGNORE`` for a column known and not read); ``fallback`` marks a stand-in. ``candidates``
    are the meanings of an ambiguous heading. ``number`` is the place of a repeated column (手机号2 → 2), for fields
    that may repeat. ``unit`` is a name of ``UNITS`` when the heading states one.
    """

    field: str | None = None
    candidates: tuple[str, ...] = ()
    fallback: bool = False
    number: int | None = None
    unit: str | None = None


LONGEST_HEADING = 200
"""Characters. A longer text above a column is told from others and means nothing: no word list is searched for it."""
_UNIT_WORD = r"(?:单位:?)?(?:人民币|rmb|cny)?(亿元|万元|千元|万|元|分|rmb|cny|人民币)"
_UNIT_IN_BRACKETS = re.compile(rf"[(\[{{<【〔]{_UNIT_WORD}[)\]}}>】〕]")
_UNIT_AT_END = re.compile(rf"[/\-_:,]{_UNIT_WORD}$")
_BRACKETS = re.compile(r"[()\[\]{}<>【】〔〕《》「」“”\"'‘’]")
_BRACKETED = re.compile(r"[(\[{<【〔][^()\[\]{}<>【】〔〕]*[)\]}>】〕]")
_DECORATION = re.compile(r"^(?:[*★☆●#\s]+|\d{1,2}[.、](?=\D))(?=.)|[*★:;,.。、\s]+$")
_DAYS_AT_END = re.compile(r"(?<=天数)[/\-_:,(\[](?:天|日)[)\]]?$")
# Headings of files in traditional characters; only what stands above columns, values are never changed.
_TRADITIONAL = (
    "編编號号戶户證证憑凭餘余額额產产單单電电話话機机聯联絡络繫系關关係系貸贷違违約约滯滞納纳罰罚費费總总數数據据備备註注階阶業业務务項项類类"
    "帳账賬账應应還还實实際际開开過过當当銀银縣县區区鄉乡鎮镇門门碼码齡龄種种構构網网點点員员經经辦办債债權权積积歷历錄录狀状態态"
    "萬万億亿圓圆動动緊紧職职稱称遲迟與与從从後后時时間间剩剩內内幣币"
)
_SIMPLIFIED = str.maketrans(_TRADITIONAL[0::2], _TRADITIONAL[1::2])
_NUMERALS = {numeral: place for place, numeral in enumerate("一二三四五六七八九十", start=1)}
_PLACE = re.compile(
    r"第?([0-9]{1,2})"
    r"|第([一二三四五六七八九十])"
    r"|(?<=联系人|手机号|系电话|方电话)([一二三四五六七八九十])"
    r"|(?<=手机|电话)([一二三四五六七八九十])"
)


def normalise(heading: Any) -> str:
    """The form in which headings are compared: width, case, spaces, units, brackets and decoration do not matter."""
    return _split_unit(heading)[0]


def unit_of(heading: Any) -> str | None:
    """The unit a heading states, as a name of ``UNITS``: «本金（万元）» → 万元."""
    return _split_unit(heading)[1]


def _plain(heading: Any) -> str:
    return re.sub(r"\s+", "", folded(str(heading)).casefold()).translate(_SIMPLIFIED)


@lru_cache(maxsize=10_000)  # cells of data come here too, and a worker lives long
def _split_unit_of_text(heading: str) -> tuple[str, str | None]:
    text = _plain(heading)
    if len(text) > LONGEST_HEADING:
        return text, None
    text = _DAYS_AT_END.sub("", text)
    unit = None
    for pattern in (_UNIT_IN_BRACKETS, _UNIT_AT_END):
        if found := pattern.search(text):
            unit = found[1] if found[1] in UNITS else "元"
            text = text[: found.start()] + text[found.end() :]
    return _tidy(text), unit


def _tidy(text: str) -> str:
    text = _DECORATION.sub("", _DECORATION.sub("", text))
    return _BRACKETS.sub("", text).replace("_", "").replace("-", "")


def _split_unit(heading: Any) -> tuple[str, str | None]:
    return _split_unit_of_text(str(heading))


class SynonymTable:
    """Headings by their normal form. ``repeating`` names the fields whose headings may carry a number."""

    def __init__(self, matches: Mapping[str, Match], *, repeating: frozenset[str]) -> None:
        self._matches = dict(matches)
        self._repeating = repeating

    @classmethod
    def load(
        cls,
        path: Path = OVERDUE_SYNONYMS,
        *,
        extra: Iterable[tuple[str, str]] = (),
        repeating: Iterable[str] = ("phone", "contact_name", "contact_phone", "contact_relation"),
    ) -> "SynonymTable":
        """Read a table; ``extra`` are pairs (heading, field) that were learnt and win over the file."""
        data = json.loads(path.read_text(encoding="utf-8"))
        matches: dict[str, Match] = {}
        for heading in data["ignored"]:
            matches[normalise(heading)] = Match(field=IGNORE)
        for heading, candidates in data["ambiguous"].items():
            matches[normalise(heading)] = Match(candidates=tuple(candidates))
        for part, fallback in (("fallback", True), ("fields", False)):
            for field, headings in data[part].items():
                for heading in headings:
                    matches[normalise(heading)] = Match(field=field, fallback=fallback)
        for heading, field in extra:
            matches[normalise(heading)] = Match(field=field)
        return cls(matches, repeating=frozenset(repeating))

    def lookup(self, heading: Any, *, group: str = "") -> Match:
        """What this heading means; ``group`` is the merged heading above it, if there is one."""
        text, unit = _split_unit(heading)
        if not text or len(text) > LONGEST_HEADING or len(group) > LONGEST_HEADING:
            return Match(unit=unit)
        match = self._of(_tidy(_plain(group)) + text) if group else None
        match = match or self._of(text) or self._of(_tidy(_BRACKETED.sub("", _plain(heading)))) or Match()
        return replace(match, unit=unit)

    def _of(self, text: str) -> Match | None:
        if match := self._matches.get(text):
            return match
        for place in _PLACE.finditer(text):
            rest = text[: place.start()] + text[place.end() :]
            match = self._matches.get(rest)
            if match is None:
                continue
            meant = (match.field,) if match.field else match.candidates
            if any(name in self._repeating for name in meant):
                numeral = next(part for part in place.groups() if part)
                return replace(match, number=int(numeral) if numeral.isdigit() else _NUMERALS[numeral])
        return None
