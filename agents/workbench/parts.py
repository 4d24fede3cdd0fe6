"""What stands beside the case on the desk. Each part is a small template with a function that gives it what it expects; apps
register theirs, and the page shows those that the person may see and that have something to say.

    @desk_part("promises", template="cases/_desk_promises.html", order=20)
    def promises(request: SignedInRequest, case: Case) -> dict[str, Any] | None: ...

`case` is in the template anyway. None leaves the part out. A part costs one query at most: it is on every case that
is opened.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cases.models import Case
from collection_ops.core.access import has
from collection_ops.core.http import SignedInRequest

Content = Callable[[SignedInRequest, Case], dict[str, Any] | None]
MAIN, RAIL = "main", "rail"


@dataclass(frozen=True)
class DeskPart:
    """`place`: main (below the call) or rail (beside it). `capability` besides that of contacting, if it asks for one."""

    key: str
    template: str
    order: int
    place: str
    content: Content
    capability: str


@dataclass(frozen=True)
class ShownPart:
    template: str
    context: dict[str, Any]


_parts: dict[str, DeskPart] = {}


def desk_part(
    key: str, *, template: str, order: int, place: str = MAIN, capability: str = ""
) -> Callable[[Content], Content]:
    """Registers the function that gives a part its content."""

    def register(content: Content) -> Content:
        if key in _parts and _parts[key].content is not content:
            raise LookupError(f"two parts of the desk named {key!r}")
        _parts[key] = DeskPart(key, template, order, place, content, capability)
        return content

    return register


def shown_parts(request: SignedInRequest, case: Case) -> dict[str, list[ShownPart]]:
    """By place, in their order."""
    shown: dict[str, list[ShownPart]] = {MAIN: [], RAIL: []}
    for part in sorted(_parts.values(), key=lambda one: (one.order, one.key)):
        if part.capability and not has(request.user, part.capability):
            continue
        content = part.content(request, case)
        if content is not None:
            shown[part.place].append(ShownPart(part.template, content))
    return shown
