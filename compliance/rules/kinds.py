"""Kinds of rule: the checks that packs may name, each with the parameters it takes.

    @kind("min_gap", minutes=HIGHER)
    def min_gap(facts: Facts, params: MinGap) -> Finding | None: ...

The type of `params` is a frozen dataclass: its fields are what a pack may set, its defaults what a pack may leave out. A
parameter that is None switches its check off. Each says which way it is tighter (`tighter`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from compliance.rules.facts import Facts
from compliance.rules.tighter import Direction, Turn
from compliance.rules.typed_json import built, field_names
from compliance.rules.verdict import Finding

Check = Callable[[Facts, Any], Finding | None]


class ParametersWrong(ValueError):
    """A pack gives a kind something it does not know or cannot use; the sentence says which."""


@dataclass(frozen=True)
class Kind:
    """A check, how to read its parameters, and which way each of them is tighter."""

    name: str
    check: Check
    params: type
    directions: Mapping[str, Direction]

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

    def turns(self, old: Any, new: Any) -> dict[str, Turn]:
        """Whether each parameter of `new` is tighter than that of `old`."""
        return {name: one.of(getattr(old, name), getattr(new, name)) for name, one in self.directions.items()}


_kinds: dict[str, Kind] = {}


def kind(name: str, /, **directions: Direction) -> Callable[[Check], Check]:
    """Registers a check under the name that packs use, with the direction of each of its parameters."""

    def register(check: Check) -> Check:
        params = get_type_hints(check)["params"]
        if name in _kinds:
            raise LookupError(f"two kinds {name!r}")
        if directions.keys() != field_names(params):
            raise LookupError(
                f"{name}: which way is {', '.join(sorted(directions.keys() ^ field_names(params)))} tighter?"
            )
        _kinds[name] = Kind(name, check, params, directions)
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
