"""The team board: one line a person, now; and one person's day behind it."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from agents.models import Team
from agents.people.board_limits import board_limits
from agents.people.board_selectors import board_rows, total_of
from agents.people.board_sort import COLUMNS, Column, ordered, read_sort
from agents.people.day_selectors import MOST_LINES, SHOWN, person_day
from agents.scope import people_for
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest

CAPABILITY = "people.view"
A_PAGE = 60


@requires(CAPABILITY)
@require_GET
def team_board(request: SignedInRequest) -> HttpResponse:
    """Load and today of everybody in scope; the table alone for the page's own refresh."""
    now = clock.now()
    day = clock.business_date(now)
    people = people_for(request.user, CAPABILITY)
    teams = dict(Team.objects.filter(code__in=people.values("unit")).order_by("code").values_list("code", "name"))
    # The database takes no zero characters.
    typed = {name: request.GET.get(name, "").replace("\x00", "").strip() for name in ("team", "q")}
    asked = {"team": typed["team"][:32], "q": typed["q"][:64]}
    if asked["team"]:
        people = people.filter(unit=asked["team"])
    if asked["q"]:
        people = people.filter(display_name__icontains=asked["q"])
    sort = read_sort(request.GET.get("sort", ""))
    rows = ordered(board_rows(people, teams=teams, day=day, now=now), sort)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "now": timezone.localtime(now),
        "day": day,
        "teams": teams,
        "asked": asked,
        "is_filtered": any(asked.values()),
        "sort": sort,
        "headings": [_heading(column, sort, asked) for column in COLUMNS if column.is_shown],
        "sorts": [(f"-{one.key}" if one.largest_first else one.key, one) for one in COLUMNS],
        "page": page,
        "total": total_of(rows),
        "on_duty": sum(row.presence.there == "on" for row in rows),
        "idle_people": sum(row.is_idle for row in rows),
        "people": len(rows),
        "limits": board_limits(day),
        "here": _address(asked, sort, page.number),
        "previous_url": _address(asked, sort, page.number - 1) if page.has_previous() else "",
        "next_url": _address(asked, sort, page.number + 1) if page.has_next() else "",
    }
    is_refresh = request.headers.get("HX-Request") == "true"
    return render(request, f"agents/people/{'_board_table' if is_refresh else 'board'}.html", context)


def _address(asked: dict[str, str], sort: str, page: int) -> str:
    found = {**asked, "sort": sort, "page": "" if page == 1 else str(page)}
    return "?" + urlencode({name: value for name, value in found.items() if value})


def _heading(column: Column, sort: str, asked: dict[str, str]) -> dict[str, Any]:
    """A column with the address that sorts by it, the other way round when it is sorted by it now."""
    state, target = "", f"-{column.key}" if column.largest_first else column.key
    if sort.removeprefix("-") == column.key:
        state = "descending" if sort.startswith("-") else "ascending"
        target = column.key if sort.startswith("-") else f"-{column.key}"
    return {"column": column, "url": _address(asked, target, 1), "state": state}


@requires(CAPABILITY)
@require_GET
def day(request: SignedInRequest, user_id: int) -> HttpResponse:
    """One person's day, for the person and for who leads them."""
    person = get_object_or_404(
        people_for(request.user, CAPABILITY).select_related("collector__shift").distinct(), pk=user_id
    )
    now = clock.now()
    today = clock.business_date(now)
    chosen = _day_of(request.GET.get("day", ""), today)
    return render(request, "agents/people/day.html", {"person": person, **day_context(request, person, chosen)})


def day_context(request: SignedInRequest, person: Any, chosen: date) -> dict[str, Any]:
    """What the day's page and the tab of the person's page show."""
    now = clock.now()
    today = clock.business_date(now)
    show = request.GET.get("show", "")
    show = show if show in SHOWN else ""
    found = person_day(person, day=chosen, now=now, reader=request.user)
    lines = [line for line in found.lines if not show or show in line.tags]
    counts = {key: sum(not key or key in line.tags for line in found.lines) for key in SHOWN}
    return {
        "shown": found,
        "lines": lines[:MOST_LINES],
        "is_cut": len(lines) > MOST_LINES,
        "most": MOST_LINES,
        "show": show,
        "choices": [(key, label, counts[key]) for key, label in SHOWN.items()],
        "chosen": chosen,
        "today": today,
        "is_today": chosen == today,
        "earlier": date.fromordinal(chosen.toordinal() - 1),
        "later": date.fromordinal(chosen.toordinal() + 1) if chosen < today else None,
    }


def _day_of(text: str, today: date) -> date:
    """A day that cannot be read, or is still to come, is today."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return today
    return found if date(2000, 1, 1) <= found <= today else today
