"""What a KPI means: event, population, as-of, grain, window, exclusions, attribution, and since when it means that.

The words are here, the numbers that people may decide (windows, thresholds) are parameters, and every pair of words and
numbers that was in force is a row of `KpiVersion`: a report of last year still says what its figures meant.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from reports.kpis.asked import Answer, Dim, Question
from reports.kpis.reading import once


class Unit(StrEnum):
    PERCENT = "percent"
    PER_10K = "per_10k"
    YUAN = "yuan"
    COUNT = "count"
    TIMES = "times"


@dataclass(frozen=True)
class Param:
    """A number of a definition that people may change, in whole units; `unit` is for people."""

    label: Any
    default: int
    least: int
    most: int
    unit: Any = ""


@dataclass(frozen=True)
class Definition:
    """Texts are msgids with `%(name)s` for parameters. `edition` grows when the words or the function change their meaning.
    `counter`: the KPI that is watched beside it, so that one is not bought with the other."""

    name: str
    label: Any
    unit: Unit
    event: Any
    population: Any
    grain: Any
    as_of: Any
    window: Any
    exclusions: Any
    attribution: Any
    dims: tuple[Dim, ...]
    higher_is_better: bool | None = None
    counter: str = ""
    params: Mapping[str, Param] = field(default_factory=dict)
    edition: int = 1

    TEXTS = ("event", "population", "grain", "as_of", "window", "exclusions", "attribution")

    def texts(self, params: Mapping[str, int] | None = None) -> dict[str, str]:
        """The words with the numbers in them, in the reader's language."""
        numbers = {name: param.default for name, param in self.params.items()} | dict(params or {})
        return {name: str(getattr(self, name)) % numbers for name in self.TEXTS}


@dataclass(frozen=True)
class InForce:
    """The version of a definition that counts on a day."""

    definition: Definition
    number: int
    params: Mapping[str, int]

    def __getitem__(self, name: str) -> int:
        return self.params[name]


Compute = Callable[[Question, InForce], Answer]
_catalogue: dict[str, tuple[Definition, Compute]] = {}


def kpi_of(definition: Definition) -> Callable[[Compute], Compute]:
    """Registers the one function of a KPI under its definition."""

    def register(function: Compute) -> Compute:
        if definition.name in _catalogue:
            raise LookupError(f"two KPIs {definition.name!r}")
        _catalogue[definition.name] = definition, function
        return function

    return register


def catalogue() -> dict[str, Definition]:
    """All definitions by name, in the order in which pages list them."""
    return {name: definition for name, (definition, _function) in _catalogue.items()}


def definition_of(name: str) -> Definition:
    return _catalogue[name][0]


def in_force(name: str, *, day: date, known_by: datetime | None = None) -> InForce:
    """The version in force on `day`, of those that were known at `known_by`; without a row the shipped one. One query, or
    none where another figure of the same reading has asked, of whatever day."""
    return _of_day(once(("versions", known_by), lambda: _versions(known_by)), name, day)


def all_in_force(*, day: date, known_by: datetime | None = None) -> dict[str, InForce]:
    """`in_force` of every KPI, in one query."""
    rows = _versions(known_by)
    return {name: _of_day(rows, name, day) for name in catalogue()}


def _versions(known_by: datetime | None) -> dict[str, list[Any]]:
    """All of them that were known, by KPI, the newest first: a few for each."""
    from reports.models import KpiVersion

    rows = KpiVersion.objects.order_by("name", "-effective_from", "-number")
    if known_by is not None:
        # What shipped with the product was known before anybody wrote it down.
        rows = rows.filter(made_at__lte=known_by)
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows.only("name", "number", "params", "effective_from"):
        found[row.name].append(row)
    return found


def _of_day(versions: Mapping[str, Sequence[Any]], name: str, day: date) -> InForce:
    row = next((one for one in versions.get(name, ()) if one.effective_from <= day), None)
    return _in_force(catalogue()[name], row)


def _in_force(definition: Definition, row: Any) -> InForce:
    params = {key: param.default for key, param in definition.params.items()}
    if row is None:
        return InForce(definition, 1, params)
    return InForce(definition, row.number, params | {key: int(row.params[key]) for key in params if key in row.params})


def kpi(name: str, question: Question) -> Answer:
    """Asks the KPI `name`. Raises KeyError for a name that is none, ValueError for a dimension it cannot be told apart by,
    NoBook where there is no book to start from."""
    definition, function = _catalogue[name]
    for dim in question.wanted:
        if dim not in definition.dims:
            raise ValueError(f"{name} is not told apart by {dim}; possible: {', '.join(definition.dims)}")
    return function(question, in_force(name, day=question.as_of, known_by=question.known_by))


def shown(value: Decimal | None, unit: Unit) -> str:
    """A figure for people: «3.47 %», «12.5», «1,234.56»; a dash where there is none."""
    if value is None:
        return "—"
    if unit == Unit.PERCENT:
        return f"{value * 100:,.2f}%"
    if unit == Unit.PER_10K:
        return f"{value * 10_000:,.2f}"
    if unit == Unit.COUNT:
        return f"{value:,.0f}"
    return f"{value:,.2f}"
