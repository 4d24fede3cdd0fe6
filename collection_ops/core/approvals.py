"""What waits for a person's decision, for the page of their tasks. Each app registers its own kinds.

@decisions
def plans(user: User) -> Waiting | None: ...
"""

from collections.abc import Callable
from dataclasses import dataclass

from collection_ops.core.models import User


@dataclass(frozen=True)
class Waiting:
    """One kind of decision that waits: how many, and the page where they are made."""

    label: str
    count: int
    url: str


Kind = Callable[[User], Waiting | None]
_kinds: list[Kind] = []


def decisions(kind: Kind) -> Kind:
    """Registers a kind: a function that answers what waits for this person, or nothing. At most one query each."""
    if kind not in _kinds:
        _kinds.append(kind)
    return kind


def waiting_for(user: User) -> list[Waiting]:
    """All that wait for this person's decision, in the order of registration."""
    return [found for kind in _kinds if (found := kind(user)) is not None and found.count]
