"""Reference data that every installation needs, registered by the app that owns it, written by `seed_reference`.

@seeder("cases.desks")
def seed_desks() -> str: ...   # idempotent; returns one line about what it did
"""

from collections.abc import Callable

Seeder = Callable[[], str]
_seeders: dict[str, Seeder] = {}


def seeder(name: str) -> Callable[[Seeder], Seeder]:
    """Registers a function that writes reference data. It must be safe to repeat and must not undo what people edited."""

    def register(function: Seeder) -> Seeder:
        if name in _seeders and _seeders[name] is not function:
            raise LookupError(f"two seeders named {name!r}")
        _seeders[name] = function
        return function

    return register


def run_seeders() -> dict[str, str]:
    """All of them, in the order of registration; name → what it did."""
    return {name: function() for name, function in _seeders.items()}
