"""Which rows stand behind which KPI. Each set is one statement; its columns are row_id, loan_id (NULL: no contract), day,
amount (yuan) and stage (NULL: none)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reports.kpis import Question
from reports.kpis.definitions import InForce, in_force


@dataclass(frozen=True)
class Statement:
    """Named parts of the WITH, the SELECT of the rows, and parameters besides those of the question; among them `hashed`:
    whether it is to be `joined_by_hash`."""

    parts: Mapping[str, str]
    select: str
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RowSet:
    """`is_count`: the figure is the number of the rows; else it is the sum of their amounts. `what`: what a row is; `amount`
    and `day`: the headings of its columns, without `amount` a row has none (its amount is a nought)."""

    label: Any
    what: Any
    build: Callable[[Question], Statement]
    is_count: bool = False
    amount: Any = ""
    day: Any = ""


JudgedRow = tuple[int, int | None, Any, Any, int | None]
"""A row that was judged in Python: row_id, loan_id, day, amount, stage."""
_COLUMNS = {"row_id": "bigint", "loan_id": "bigint", "day": "date", "amount": "numeric", "stage": "smallint"}


def of_judged(rows: Iterable[JudgedRow]) -> Statement:
    """Rows that no statement finds, handed to the database so that it adds up and pages them as all others."""
    values = list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)
    arrays = ", ".join(f"%(rows_{name})s::{kind}[]" for name, kind in _COLUMNS.items())
    more = {f"rows_{name}": list(column) for name, column in zip(_COLUMNS, values, strict=True)}
    select = f"SELECT * FROM unnest({arrays}) AS j ({', '.join(_COLUMNS)})"  # noqa: S608  constants
    return Statement({}, select, more)


def version_of(name: str, question: Question) -> InForce:
    """The definition by which the figure beside the rows was counted."""
    return in_force(name, day=question.as_of, known_by=question.known_by)


_sets: dict[str, dict[str, RowSet]] = {}


def rows_of(name: str, part: str, found: RowSet) -> None:
    """Registers the rows of a part of KPI `name`; the first part is the one a figure opens."""
    _sets.setdefault(name, {})[part] = found


def has_rows(name: str) -> bool:
    _load()
    return name in _sets


def parts_of(name: str) -> dict[str, RowSet]:
    """Empty for a KPI without rows."""
    _load()
    return _sets.get(name, {})


def _load() -> None:
    from reports.dashboards.rows import book, contact, entries, money, promises  # noqa: F401  (each registers its sets)
