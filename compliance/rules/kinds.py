"""Kinds of rule: the checks that packs may name, each with the parameters it takes.

    @kind("min_gap")
    def min_gap(facts: Facts, params: MinGap) -> Finding | None: ...

The type of `params` is a frozen dataclass: its fields are what a pack may set, its defaults what a pack may leave out. A
parameter that is None switches its check off.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from compliance.rules.facts import Facts
from compliance.rules.verdict import Finding

Check = Callable[[Facts, Any], Finding | None]


class ParametersWrong(ValueError):
    """A pack gives a kind something it does not know or cannot use; the sentence says which."""


@dataclass(frozen=True)
class Kind:
    """A check, and how to read its parameters."""

    name: str
    check: Check
    params: type

    def read(self, values: Mapping[str, Any]) -> Any:
        """The parameters from JSON. Raises ParametersWrong."""
        hints = get_type_hints(self.params)
        known = {item.name for item in fields(self.params)}
        if unknown := sorted(values.keys() - known):
            raise ParametersWrong(
                f"{self.name} has no parameter {', '.join(unknown)}; it has {', '.join(sorted(known))}"
            )
        try:
            return self.params(**{name: _value(hints[name], value) for name, value in values.items()})
        except (TypeError, ValueError) as wrong:
            raise ParametersWrong(f"{self.name}: {wrong}") from wrong


_kinds: dict[str, Kind] = {}


def kind(name: str) -> Callable[[Check], Check]:
    """Registers a check under the name that packs use."""

    def register(check: Check) -> Check:
        if name in _kinds:
            raise LookupError(f"two kinds {name!r}")
        _kinds[name] = Kind(name, check, get_type_hints(check)["params"])
        return check

    return register


def kind_named(name: str) -> Kind:
    """Raises ParametersWrong for a name that no check has."""
    if name not in _kinds:
        raise ParametersWrong(f"no kind of rule is called {name!r}; there are {', '.join(sorted(_kinds))}")
    return _kinds[name]


def known_kinds() -> tuple[Kind, ...]:
    """All that are registered: those of `packs`, once it is imported."""
    return tuple(_kinds.values())


def _value(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return None if value is None else _value(get_args(hint)[0], value)
    if origin is tuple:
        return tuple(_value(get_args(hint)[0], item) for item in value)
    if hint is dt.time:
        return dt.time.fromisoformat(value)
    if hint is int and (isinstance(value, bool) or not isinstance(value, int)):
        raise ValueError(f"{value!r} is no whole number")
    if hint is bool and not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value
