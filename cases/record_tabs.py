"""The tabs of a case record. Each app registers its own; the record shows those that the reader may open.

    @record_tab("promises", label=_("承诺"), template="cases/_record_promises.html", order=30)
    def promises(request: SignedInRequest, case: Case) -> dict[str, Any]: ...

The function gives what the template expects, and runs only while its tab is open. `case` is in the template anyway.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cases.models import Case
from collection_ops.core.access import has
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User

Content = Callable[[SignedInRequest, Case], dict[str, Any]]


@dataclass(frozen=True)
class RecordTab:
    """One tab: its word in the address, its label, the template of its content, and its place in the row. `capability`
    besides `cases.view`, if it asks for one."""

    key: str
    label: Any
    template: str
    order: int
    content: Content
    capability: str = ""


_tabs: dict[str, RecordTab] = {}


def record_tab(
    key: str, *, label: Any, template: str, order: int, capability: str = ""
) -> Callable[[Content], Content]:
    """Registers the function that gives a tab its content."""

    def register(content: Content) -> Content:
        if key in _tabs and _tabs[key].content is not content:
            raise LookupError(f"two tabs named {key!r}")
        _tabs[key] = RecordTab(key, label, template, order, content, capability)
        return content

    return register


def tabs_for(user: User) -> list[RecordTab]:
    """Those that the person may open, in the order of the row; the first is the one a record opens with."""
    allowed = [tab for tab in _tabs.values() if not tab.capability or has(user, tab.capability)]
    return sorted(allowed, key=lambda tab: (tab.order, tab.key))
