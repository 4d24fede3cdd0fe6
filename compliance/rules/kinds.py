"""Kinds of rule: the checks that packs may name, each with the parameters it takes.

    @kind("min_gap")
    def min_gap(facts: Facts, params: MinGap) -> Finding | None: ...

The type of `params` is a frozen dataclass: its fields are what a pack may set, its defaults what a pack may leave out. A
parameter that is None switches its check off.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from compliance.rules.facts import Facts
from compliance.rules.typed_json import built, field_names
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
        known = field_names(self.params)
        if unknown := sorted(values.keys() - known):
            raise ParametersWrong(
                f"{self.name} has no parameter {', '.join(unknown)}; it has {', '.join(sorted(known))}"
            )
        try:
            return built(self.params, values)
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
