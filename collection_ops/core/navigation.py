"""The navigation: one data list, shown to each person as far as it exists and as far as they may.

The list itself names the pages of all apps and therefore lives above the kernel, in the module that
`settings.NAVIGATION` names. It holds `ENTRIES` (in order) and `HOME_PAGES` (role → route names, best first).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from collection_ops.core.access import Role, has


@dataclass(frozen=True)
class Entry:
    """One line of the navigation. `icon` is a name from heroicons; `group` a heading or nothing."""

    label: Any
    route: str
    icon: str
    capability: str = ""  # empty: everybody with an account
    group: Any = ""


@dataclass(frozen=True)
class Link:
    """An entry as one person sees it on one page."""

    entry: Entry
    url: str
    is_current: bool


@dataclass
class Group:
    label: Any
    links: list[Link] = field(default_factory=list)


def url_of(route: str) -> str:
    """The address of a route without arguments, or nothing while no app offers it."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


def _entries() -> Sequence[Entry]:
    return import_module(settings.NAVIGATION).ENTRIES


def _home_pages() -> dict[Role, Sequence[str]]:
    return import_module(settings.NAVIGATION).HOME_PAGES


def navigation_for(user: Any, path: str) -> list[Group]:
    """Groups in the order of the list, without what does not exist or what the person may not open.

    The current entry is the one whose address is the longest beginning of `path`: a record lies below its list.
    """
    found = [
        (entry, url)
        for entry in _entries()
        if (url := url_of(entry.route)) and (not entry.capability or has(user, entry.capability))
    ]
    current = max((url for _entry, url in found if path.startswith(url)), key=len, default="")
    groups: list[Group] = []
    for entry, url in found:
        if not groups or groups[-1].label != entry.group:
            groups.append(Group(label=entry.group))
        groups[-1].links.append(Link(entry=entry, url=url, is_current=url == current))
    return groups


def home_of(user: Any) -> str:
    """Where a person's day begins: the first page of their roles that exists, else the first page they may open."""
    capability_of = {entry.route: entry.capability for entry in _entries()}
    for role, routes in _home_pages().items():
        if role not in user.roles:
            continue
        for route in routes:
            capability = capability_of.get(route, "")
            if (url := url_of(route)) and (not capability or has(user, capability)):
                return url
    for group in navigation_for(user, ""):
        for link in group.links:
            if link.entry.capability:
                return link.url
    return ""
