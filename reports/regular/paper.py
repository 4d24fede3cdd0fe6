"""The document of a report: sections of sentences, figures, tables, charts and cases to learn from.

Pure data, without a language: a sentence is a msgid with typed values, a heading a msgid, a figure a Decimal with its kind.
`to_json` is canonical (sorted keys, Decimals as text), so that the same facts give the same text and the same hash.

Kinds of values: money (yuan), integer, percent (a fraction: 0.125 is 12.5 %), points
(the difference of two such fractions, with its sign), number (two places), date, text (as it is, a
name), word (a msgid, or a list of them said one after the other), case (a case's id).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

Kind = Literal["money", "integer", "percent", "points", "number", "date", "text", "word", "case"]
Value = Decimal | int | str | date | None
Values = dict[str, tuple[Kind, Any]]
RATE_PLACES = Decimal("0.000001")


@dataclass(frozen=True)
class Text:
    """A sentence: `msgid` with named values, each (kind, value)."""

    msgid: str
    values: Mapping[str, tuple[Kind, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """One number with its name. `definition` names it in definitions.py; without one the sentence of the section says it."""

    key: str
    label: str
    value: Value
    kind: Kind
    definition: str = ""
    note: Text | None = None


@dataclass(frozen=True)
class Column:
    label: str
    kind: Kind = "word"


@dataclass(frozen=True)
class Table:
    """`rows` in the order of the columns. `has_total`: the last row sums up the others. `about_people`: a line is a person
    or a case, so it does not leave by mail."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    has_total: bool = False
    about_people: bool = False
    empty: str = ""


@dataclass(frozen=True)
class Series:
    label: str
    values: Sequence[Decimal | int | None]
    kind: Kind = "integer"


@dataclass(frozen=True)
class Chart:
    """`table` is the key of the table that has the same numbers. `second`: how many of the last series are on an axis of
    their own, where their unit is another."""

    key: str
    form: Literal["bar", "line"]
    title: str
    labels: Sequence[Any]
    label_kind: Kind
    series: Sequence[Series]
    table: str
    second: int = 0


@dataclass(frozen=True)
class Step:
    """What was done, on which day."""

    day: date
    text: Text


@dataclass(frozen=True)
class Story:
    """A case to learn from: why it was chosen, and what was done. No name, no contract: those are looked up by the reader's
    rights when the paper is read."""

    case: int
    why: Text
    steps: Sequence[Step]


@dataclass(frozen=True)
class Node:
    """Of a decision tree, in order of depth, the left branch first. `question` asks what parts its two branches; the left
    one says yes. `parent` is the position of the node above."""

    parent: int | None
    is_yes: bool
    size: int
    hits: int
    question: Text | None = None


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    lead: Sequence[Text] = ()
    figures: Sequence[Figure] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    stories: Sequence[Story] = ()
    tree: Sequence[Node] = ()
    notes: Sequence[Text] = ()


@dataclass(frozen=True)
class Paper:
    """`as_of` is the business date of the newest file that it speaks of; None where there is none."""

    kind: str
    first: date
    last: date
    as_of: date | None
    lead: Sequence[Text]
    sections: Sequence[Section]
    definitions: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values of JSON; what is empty is left out, so that a part added to the classes later changes no hash."""
        found: dict[str, Any] = _plain(asdict(self))
        return found

    def canonical(self) -> str:
        return canonical(self.to_json())

    @property
    def digest(self) -> str:
        return digest(self.to_json())


def rate(part: Decimal | int, of: Decimal | int | None) -> Decimal | None:
    """A fraction with six places; None with nothing to divide by."""
    if not of:
        return None
    return (Decimal(part) / Decimal(of)).quantize(RATE_PLACES, rounding=ROUND_HALF_UP)


def canonical(content: Mapping[str, Any]) -> str:
    """One text for one content, whatever order its keys were kept in."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical text, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items() if not _is_nothing(one)}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)  # of an enumeration the number
    if isinstance(value, Decimal):
        # 0E+2 and 0 are one amount.
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float; a report holds Decimals")
    return str(value)


def _is_nothing(value: Any) -> bool:
    return value is None or value is False or (isinstance(value, list | tuple | dict | str) and not value)
