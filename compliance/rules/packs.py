"""Packs: rules as data, with where they come from, since when they hold, and examples that are tests.

A pack is one JSON file in `compliance/packs/` (`pack.schema.json` says what it may hold). A rule names a kind of check and
its parameters; `verdict` is what it does when it speaks. Dates are the first and the last day on which it is in force.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from compliance.rules import conduct, counters, keeping, money, persons, stops, texts, windows
from compliance.rules.facts import Facts
from compliance.rules.kinds import Kind, ParametersWrong, kind_named
from compliance.rules.typed_json import first_problem
from compliance.rules.verdict import Finding, Strength

_WITH_CHECKS = (
    conduct,
    counters,
    keeping,
    money,
    persons,
    stops,
    texts,
    windows,
)  # their kinds are registered when they are imported

FOLDER = Path(__file__).resolve().parent.parent / "packs"
SCHEMA = FOLDER / "pack.schema.json"

Mark = Literal["VERIFIED-T", "VERIFIED-R", "WEAK", "RECALLED", "POLICY"]


class PackWrong(ValueError):
    """A pack cannot be used; the sentence names the rule and what is wrong with it."""


@dataclass(frozen=True)
class Example:
    """What the rule's source calls for, as facts and the answer of this rule alone. `params` and `verdict` differ from the
    rule's where the example is about another setting."""

    name: str
    facts: Mapping[str, Any]
    expect: Literal["allow", "warn", "block", "record", "report"]
    next_allowed_at: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    verdict: Strength | None = None


@dataclass(frozen=True)
class Rule:
    """One rule of a pack. `mark` tells how far its source was verified; `statement` is the rule in words, by language.
    `effective_from`, `effective_to`: the days on which the source holds. `begins_at`, `ends_at`: the moments between which
    this version of it does (`versions`); both None for a rule as it is shipped."""

    id: str
    pack: str
    kind: Kind
    params: Any
    verdict: Strength
    source: str
    statement: Mapping[str, str]
    mark: Mark
    effective_from: dt.date
    effective_to: dt.date | None
    values: Mapping[str, Any]
    examples: tuple[Example, ...]
    begins_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None

    def in_force(self, day: dt.date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)

    def at_work(self, moment: dt.datetime) -> bool:
        """Whether this version is the one of that moment."""
        return (self.begins_at is None or self.begins_at <= moment) and (self.ends_at is None or moment < self.ends_at)

    def ends(self, facts: Facts) -> dt.datetime | None:
        """The first moment at which it is in force no more."""
        ends = [self.ends_at] if self.ends_at is not None else []
        if self.effective_to is not None:
            ends.append(facts.start_of(self.effective_to + dt.timedelta(days=1)))
        return min(ends, default=None)

    def check(self, facts: Facts) -> Finding | None:
        return self.kind.check(facts, self.params)


@dataclass(frozen=True)
class Pack:
    """Rules of one regime. `on`: whether it is in force where nobody has chosen."""

    name: str
    title: Mapping[str, str]
    on: bool
    rules: tuple[Rule, ...]

    def rule(self, rule_id: str) -> Rule:
        """Raises KeyError."""
        return next(rule for rule in self.rules if rule.id == rule_id)


def pack_names() -> list[str]:
    """The packs that are shipped."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if path != SCHEMA)


@lru_cache(maxsize=16)
def shipped(name: str) -> Pack:
    """A pack by its name. Raises PackWrong, for an unknown name too."""
    if name not in pack_names():
        raise PackWrong(f"there is no pack {name!r}; there are {', '.join(pack_names())}")
    return pack_from(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def default_rules() -> tuple[Rule, ...]:
    """The rules of all packs that are on by default."""
    return tuple(rule for name in pack_names() if shipped(name).on for rule in shipped(name).rules)


def pack_from(data: Mapping[str, Any]) -> Pack:
    """A pack from JSON. Raises PackWrong."""
    if problem := first_problem(SCHEMA, data, name="pack"):
        raise PackWrong(problem)
    rules = tuple(_rule(line, pack=data["pack"]) for line in data["rules"])
    if twice := _twice([rule.id for rule in rules]):
        raise PackWrong(f"two rules {twice}")
    return Pack(data["pack"], data["title"], data["on"], rules)


def changed(rule: Rule, params: Mapping[str, Any], verdict: Strength | None = None) -> Rule:
    """The rule with other parameters, and perhaps another verdict. Raises PackWrong."""
    values = {**rule.values, **params}
    return replace(rule, values=values, params=_read(rule.id, rule.kind, values), verdict=verdict or rule.verdict)


def _rule(line: Mapping[str, Any], *, pack: str) -> Rule:
    try:
        kind = kind_named(line["kind"])
    except ParametersWrong as wrong:
        raise PackWrong(f"{line['id']}: {wrong}") from wrong
    until = line["effective"].get("to")
    values = line.get("params", {})
    return Rule(
        id=line["id"],
        pack=pack,
        kind=kind,
        params=_read(line["id"], kind, values),
        verdict=line["verdict"],
        source=line["source"],
        statement=line["statement"],
        mark=line["mark"],
        effective_from=dt.date.fromisoformat(line["effective"]["from"]),
        effective_to=dt.date.fromisoformat(until) if until else None,
        values=values,
        examples=tuple(Example(**example) for example in line.get("examples", [])),
    )


def _read(rule_id: str, kind: Kind, values: Mapping[str, Any]) -> Any:
    try:
        return kind.read(values)
    except ParametersWrong as wrong:
        raise PackWrong(f"{rule_id}: {wrong}") from wrong


def _twice(names: Sequence[str]) -> str:
    return next((name for name in names if names.count(name) > 1), "")
