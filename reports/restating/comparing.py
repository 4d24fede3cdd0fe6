"""Decide: which numbers of a kept paper are others in one that was built again. Pure; papers as plain JSON."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext_noop

NUMBERS = ("money", "integer", "percent", "number")
TOTAL = gettext_noop("合计")
"""What a row without a name is."""


@dataclass(frozen=True)
class Changed:
    """One number: `path` are the words that lead to it, as the paper has them (section, figure; or section, table, row,
    column): a msgid, several, or one with its values."""

    path: tuple[Any, ...]
    kind: str
    old: str | None
    new: str | None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "path": list(self.path)}


def compare(kept: Mapping[str, Any], again: Mapping[str, Any]) -> list[Changed]:
    """In the order of the kept paper; what only one of them has counts as nothing in the other."""
    old, new = _numbers(kept), _numbers(again)
    return [
        Changed((old.get(key) or new[key]).path, *_both(old.get(key), new.get(key)))
        for key in dict.fromkeys([*old, *new])
        if _value(old.get(key)) != _value(new.get(key))
    ]


@dataclass(frozen=True)
class _Number:
    path: tuple[Any, ...]
    kind: str
    value: Any


def _value(number: _Number | None) -> Any:
    return number.value if number else None


def _both(old: _Number | None, new: _Number | None) -> tuple[str, str | None, str | None]:
    kind = (old or new or _Number((), "number", None)).kind
    return kind, _text(old), _text(new)


def _text(number: _Number | None) -> str | None:
    value = _value(number)
    return None if value is None else str(value)


def _numbers(paper: Mapping[str, Any]) -> dict[str, _Number]:
    """By their path as a text in which the order of values means nothing: a kept paper has its own."""
    return {json.dumps(one.path, sort_keys=True, ensure_ascii=False): one for one in _listed(paper)}


def _listed(paper: Mapping[str, Any]) -> Iterator[_Number]:
    for section in paper.get("sections", []):
        for figure in section.get("figures", []):
            if figure.get("kind") in NUMBERS:
                yield _Number((section["title"], figure["label"]), figure["kind"], figure.get("value"))
        for table in section.get("tables", []):
            columns = table.get("columns", [])
            for row in table.get("rows", []):
                for column, value in zip(columns[1:], row[1:], strict=False):
                    kind = column.get("kind", "word")
                    if kind in NUMBERS:
                        path = (section["title"], table.get("title", ""), row[0] or TOTAL, column["label"])
                        yield _Number(path, kind, value)
