"""The tabs of a person's page. Each part of the house registers its own; the page shows those that the reader may open.

    @person_tab("targets", label=_("目标"), template="agents/targets/_person.html", order=30, capability="targets.view")
    def targets(request: SignedInRequest, person: User) -> dict[str, Any]: ...

The function gives what the template expects, and runs only while its tab is open. `person` is in the template anyway. With a
`capability` the tab is only there for people inside the reader's scope of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agents.scope import people_for
from collection_ops.core.access import Scope, has, scope
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User

Content = Callable[[SignedInRequest, User], dict[str, Any]]


@dataclass(frozen=True)
class PersonTab:
    """One tab: its word in the address, its label, the template of its content, and its place in the row. `capability`
    besides `people.view`, if it asks for one."""

    key: str
    label: Any
    template: str
    order: int
    content: Content
    capability: str = ""


_tabs: dict[str, PersonTab] = {}


def person_tab(
    key: str, *, label: Any, template: str, order: int, capability: str = ""
) -> Callable[[Content], Content]:
    """Registers the function that gives a tab its content."""

    def register(content: Content) -> Content:
        if key in _tabs and _tabs[key].content is not content:
            raise LookupError(f"two tabs named {key!r}")
        _tabs[key] = PersonTab(key, label, template, order, content, capability)
        return content

    return register


def tabs_for(user: User, person: User) -> list[PersonTab]:
    """Those of `person`'s page that `user` may open, in the order of the row; the first is the one it opens with."""
    scopes = {tab.capability for tab in _tabs.values() if tab.capability and has(user, tab.capability)}
    allowed = {capability for capability in scopes if _covers(user, person, capability)}
    found = [tab for tab in _tabs.values() if not tab.capability or tab.capability in allowed]
    return sorted(found, key=lambda tab: (tab.order, tab.key))


def _covers(user: User, person: User, capability: str) -> bool:
    """Without a query where the answer does not need one."""
    if scope(user, capability) == Scope.ALL:
        return True
    return people_for(user, capability).filter(pk=person.pk).exists()
