"""Addresses of a list's neighbouring pages: the same filters, another edge."""

from django.http import HttpRequest

from cases.keyset import Page


def asked(request: HttpRequest, name: str) -> str:
    """A filter value as typed into an address: cut to a sane length, without the NUL that PostgreSQL refuses."""
    return request.GET.get(name, "").replace("\x00", "")[:64]


def neighbours(request: HttpRequest, page: Page) -> dict[str, str]:
    """`previous_url` and `next_url` for includes/pager.html; empty where there is no neighbour."""

    def url(name: str, cursor: str) -> str:
        if not cursor:
            return ""
        query = request.GET.copy()
        query.pop("after", None)
        query.pop("before", None)
        query[name] = cursor
        return f"?{query.urlencode()}"

    return {"previous_url": url("before", page.before), "next_url": url("after", page.after)}
