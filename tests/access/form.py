"""A form of the site, filled in so that it has an effect."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from collection_ops.core.models import User

Cast = dict[str, User]
Filled = tuple[dict[str, Any], dict[str, Any]]


@dataclass(frozen=True)
class Form:
    """`role` sends it; `build(cast)` makes the object and gives the route's arguments and the values. `audited` False:
    nothing that the trail should know (a person's own taste, or the job's own row says it)."""

    role: str
    build: Callable[[Cast], Filled]
    audited: bool = True
    # A second sending with a new token would have the same effect once more.
    doubles: bool = False
