"""Paging of logs by key: newest first, by descending id. Nothing slips while rows arrive, and no page is ever counted."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest

PAGE_SIZE = 50
LARGEST_KEY = 2**63 - 1


@dataclass(frozen=True)
class KeyPage:
    """Rows of one page and the addresses of its neighbours (empty at an end)."""

    rows: list[Any]
    previous_url: str
    next_url: str


def key_page(request: HttpRequest, queryset: QuerySet[Any], *, size: int = PAGE_SIZE) -> KeyPage:
    """The page that `?before=` (older than this id) or `?after=` (newer) asks for; a key that is none is ignored."""
    before, after = _key(request, "before"), _key(request, "after")
    if after is not None:
        rows = list(queryset.filter(pk__gt=after).order_by("pk")[: size + 1])
        has_newer, has_older = len(rows) > size, True
        rows = list(reversed(rows[:size]))
    else:
        if before is not None:
            queryset = queryset.filter(pk__lt=before)
        rows = list(queryset.order_by("-pk")[: size + 1])
        has_newer, has_older = before is not None, len(rows) > size
        rows = rows[:size]
    return KeyPage(
        rows=rows,
        previous_url=_address(request, after=rows[0].pk) if rows and has_newer else "",
        next_url=_address(request, before=rows[-1].pk) if rows and has_older else "",
    )


def _key(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and int(text) <= LARGEST_KEY else None


def _address(request: HttpRequest, **key: int) -> str:
    kept = [(k, v) for k, values in request.GET.lists() if k not in ("before", "after") for v in values if v]
    return f"?{urlencode([*kept, *key.items()])}"
