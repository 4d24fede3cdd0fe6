"""What a KPI is asked, and what it answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from cases.stage import OVERDUE_STAGES, Stage
from collection_ops.core.money import ZERO

SIX_PLACES = Decimal("0.000001")


class Dim(StrEnum):
    """Ways to tell a figure apart. `cohort`: the month of entry; `age`: months since; both of curves only."""

    STAGE = "stage"
    PRODUCT = "product"
    REGION = "region"
    SOURCE = "source"
    DESK = "desk"
    TEAM = "team"
    AGENCY = "agency"
    COHORT = "cohort"
    AGE = "age"


class NoBook(Exception):
    """There is no book to divide by: no file is old enough. The sentence says which day was asked for."""


@dataclass(frozen=True)
class Question:
    """The period `first` through `as_of`, both inclusive. Where a KPI starts from a book, it is the book at the close of the
    day before `first`. `known_by`: as it was known at that moment; None: as it is known now. `desks`: only what lies with
    these desks (the reader's scope); `only`: one value of a dimension, as keys of answers have them. `facts`:
    read the daily facts; only reports/facts sets it, where they can answer and are true.
    """

    as_of: date
    first: date
    known_by: datetime | None = None
    by: tuple[Dim, ...] = ()
    source: int | None = None
    only: Mapping[Dim, str] = field(default_factory=dict)
    desks: frozenset[int] | None = None
    facts: bool = False

    @classmethod
    def of_month(cls, as_of: date, **more: Any) -> "Question":
        """The month of `as_of`, up to it."""
        return cls(as_of=as_of, first=as_of.replace(day=1), **more)

    @property
    def past(self) -> bool:
        return self.known_by is not None

    @property
    def wanted(self) -> set[Dim]:
        """Dimensions that the statement has to know."""
        return {*self.by, *self.only, *({Dim.DESK} if self.desks is not None else ())}

    def narrowed(self, **changes: Any) -> "Question":
        return replace(self, **changes)


Key = tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One figure. `key`: the values of `by`, in its order. A rate is `numerator` ÷ `denominator`; of an amount or a count
    the denominator is None. `parts`: what is shown beside it, by name (yuan, or numbers). `no_rate`: there is too little to
    tell a rate by, or what was to be entered by people is missing."""

    key: Key
    numerator: Decimal
    denominator: Decimal | None = None
    parts: Mapping[str, Decimal] = field(default_factory=dict)
    no_rate: bool = False

    @property
    def value(self) -> Decimal | None:
        """Six places for a rate; None where there is nothing to divide by."""
        if self.denominator is None:
            return self.numerator
        return (
            None if self.no_rate or not self.denominator else (self.numerator / self.denominator).quantize(SIX_PLACES)
        )

    def to_json(self, by: Iterable[Dim]) -> dict[str, Any]:
        found: dict[str, Any] = {"key": dict(zip(map(str, by), self.key, strict=True))} if self.key else {}
        found["numerator"] = _plain(self.numerator)
        if self.denominator is not None:
            found["denominator"] = _plain(self.denominator)
        value = self.value
        found["value"] = None if value is None else str(value)
        if self.no_rate:
            found["no_rate"] = True
        if self.parts:
            found["parts"] = {name: _plain(part) for name, part in self.parts.items()}
        return found


@dataclass(frozen=True)
class Answer:
    """Lines in the order of stages and names; `total` is asked of the database too, not added up from rounded or
    overlapping lines. `files`: the business dates that were read, by code of the source."""

    name: str
    version: int
    question: Question
    lines: tuple[Line, ...]
    total: Line
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def line(self, *key: str) -> Line:
        """The line of these values. Raises KeyError."""
        for one in self.lines:
            if one.key == key:
                return one
        raise KeyError(key)

    def to_json(self) -> dict[str, Any]:
        asked = self.question
        return {
            "name": self.name,
            "version": self.version,
            "from": asked.first.isoformat(),
            "as_of": asked.as_of.isoformat(),
            "known_by": asked.known_by.isoformat() if asked.known_by else None,
            "by": list(map(str, asked.by)),
            "files": {code: list(days) for code, days in self.files.items()},
            "total": self.total.to_json(()),
            "lines": [line.to_json(asked.by) for line in self.lines],
        }


def _plain(number: Decimal) -> str:
    """Exact; a whole number without places, so that a count reads as one."""
    return format(number, "f")


_NAMES: tuple[str, ...] = tuple("M0" if stage == Stage.M0 else str(stage.label) for stage in sorted(Stage))


def stage_name(stage: int) -> str:
    """M0 to M7+, the same in every language."""
    return _NAMES[stage]


STAGE_NAMES: tuple[str, ...] = tuple(str(stage.label) for stage in OVERDUE_STAGES)


def with_empty_stages(lines: Iterable[Line], by: tuple[Dim, ...], nothing: Line) -> list[Line]:
    """Every overdue stage of every other key: an empty stage is a nought, not a gap."""
    found = {line.key: line for line in lines}
    if Dim.STAGE not in by:
        return list(found.values())
    at = by.index(Dim.STAGE)
    others = {line.key[:at] + line.key[at + 1 :] for line in found.values()} or ({()} if len(by) == 1 else set())
    for other in others:
        for name in STAGE_NAMES:
            key = (*other[:at], name, *other[at:])
            if key not in found:
                found[key] = replace(nothing, key=key)
    return list(found.values())


NOTHING = Line((), ZERO, ZERO)
