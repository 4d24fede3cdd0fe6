"""Decide: which numbers of a kept paper are others in one that was built again. Pure; papers as plain JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

NUMBERS = ("money", "integer", "percent", "number")


@dataclass(frozen=True)
class Changed:
    """One number: `path` are msgids and names that lead to it (section, figure; or section, table, row, column)."""

    path: tuple[str, ...]
    kind: str
    old: str | None
    new: str | None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "path": list(self.path)}


def compare(kept: Mapping[str, Any], again: Mapping[str, Any]) -> list[Changed]:
    """In the order of the kept paper; what only one of them has counts as nothing in the other."""
    old, new = dict(_numbers(kept)), dict(_numbers(again))
    return [
        Changed(path, *_both(old.get(path), new.get(path)))
        for path in dict.fromkeys([*old, *new])
        if (old.get(path) or ("", None))[1] != (new.get(path) or ("", None))[1]
    ]


def _both(old: tuple[str, Any] | None, new: tuple[str, Any] | None) -> tuple[str, str | None, str | None]:
    kind = (old or new or ("number", None))[0]
    return kind, _text(old), _text(new)


def _text(value: tuple[str, Any] | None) -> str | None:
    return None if value is None or value[1] is None else str(value[1])


def _numbers(paper: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], tuple[str, Any]]]:
    for section in paper.get("sections", []):
        for figure in section.get("figures", []):
            if figure.get("kind") in NUMBERS:
                yield (section["title"], figure["label"]), (figure["kind"], figure.get("value"))
        for table in section.get("tables", []):
            columns = table.get("columns", [])
            for row in table.get("rows", []):
                for column, value in zip(columns[1:], row[1:], strict=False):
                    kind = column.get("kind", "word")
                    if kind in NUMBERS:
                        path = (section["title"], table.get("title", ""), _name(row[0]), column["label"])
                        yield path, (kind, value)


def _name(cell: Any) -> str:
    return " ".join(map(str, cell)) if isinstance(cell, list) else str(cell)
