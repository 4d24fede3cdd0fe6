"""The calendar of absences and covers, and one cover with its summary."""

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from agents.cover import calendar as grid
from agents.cover.gather import candidates
from agents.cover.refusals import CoverRefused, trouble_text
from agents.cover.selectors import MANAGE, VIEW, covers_for, helpers_for
from agents.cover.summary import Summary, summary_of
from agents.models import Cover, CoverCase, CoverState, LeaveState, Team
from agents.scope import people_for
from cases.models import Case
from cases.names import open_names, shown_name
from collection_ops.core import clock
from collection_ops.core.access import Scope, has, requires, scope
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.paging import key_page

FURTHEST = dt.timedelta(days=3660)


@requires(VIEW)
@require_GET
def calendar(request: SignedInRequest) -> HttpResponse:
    """Four weeks from the week of `?from=`, of the people in scope, perhaps of one team."""
    user, today = request.user, clock.business_date(clock.now())
    first = grid.first_of_window(_day(request.GET.get("from", ""), today))
    team = request.GET.get("team", "")[:32].replace("\x00", "")
    people = people_for(user, VIEW)
    is_wide = scope(user, VIEW) == Scope.ALL
    if team and is_wide:
        people = people.filter(unit=team)
    days = grid.days_of(first, today=today)
    gaps = grid.gaps_of(people, first=max(first, today), last=days[-1].day) if days[-1].day >= today else []
    by_person: defaultdict[int, list[grid.Gap]] = defaultdict(list)
    for gap in gaps:
        by_person[gap.leave.user_id].append(gap)
    page = key_page(request, people, size=grid.PEOPLE_A_PAGE)
    context = {
        "days": days,
        "rows": grid.rows_of(page.rows, days, by_person),
        "gaps": gaps[: grid.MOST_GAPS],
        "gap_count": len(gaps),
        "previous_url": page.previous_url,
        "next_url": page.next_url,
        "first": first,
        "last": days[-1].day,
        "earlier": first - dt.timedelta(days=grid.DAYS),
        "later": first + dt.timedelta(days=grid.DAYS),
        "is_now": first == grid.first_of_window(today),
        "teams": list(Team.objects.filter(is_active=True).order_by("name")) if is_wide else [],
        "team": team,
        "may_manage": has(user, MANAGE),
    }
    return render(request, "agents/cover/calendar.html", context)


def _day(typed: str, today: dt.date) -> dt.date:
    """As typed into an address; what is no day near enough to show is today."""
    try:
        day = dt.date.fromisoformat(typed)
    except ValueError:
        return today
    return day if abs(day - today) < FURTHEST else today


@requires(VIEW)
@require_GET
def cover(request: SignedInRequest, cover_id: int) -> HttpResponse:
    return cover_page(request, found_cover(request.user, cover_id, VIEW))


def found_cover(user: User, cover_id: int, capability: str) -> Cover:
    """Somebody else's is no cover at all."""
    found = covers_for(user, capability).filter(pk=cover_id).first()
    if found is None:
        raise Http404
    return found


def cover_page(
    request: SignedInRequest,
    cover: Cover,
    *,
    refused: CoverRefused | None = None,
    act: str = "",
    status: int = 200,
) -> HttpResponse:
    """The cover with its summary; of the form `act` that was refused what was typed is kept."""
    user, now = request.user, clock.now()
    today = clock.business_date(now)
    summary = summary_of(cover, now=now)
    lent = CoverCase.objects.filter(cover=cover).select_related("case__loan__debtor", "case__desk")
    page = key_page(request, lent)
    listed = [row.case for row in page.rows] + [row.case for row in summary.money] + _due_cases(summary)
    manages = has(user, MANAGE) and covers_for(user, MANAGE).filter(pk=cover.pk).exists()
    others = Cover.objects.filter(arrangement=cover.arrangement).exclude(pk=cover.pk).select_related("helper")
    writes = cover.state != CoverState.CANCELLED and (manages or user.pk in (cover.owner_id, cover.helper_id))
    context = {
        "cover": cover,
        "summary": summary,
        "rows": page.rows,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
        **_shown(user, listed),
        "others": list(others.annotate(count=Count("lent")).order_by("pk")),
        "trouble": trouble_text(cover.trouble) if cover.trouble and cover.state == CoverState.PLANNED else "",
        "leave_lost": cover.is_open and cover.leave is not None and cover.leave.state != LeaveState.APPROVED,
        "today": today,
        "manages": manages and cover.is_open,
        "next_helpers": _next_helpers(user, cover, today) if manages and cover.is_open else [],
        "writes": writes,
        "own_note": cover.return_note if user.pk == cover.helper_id else cover.handover_note,
        "refused": refused,
        "act": act,
        "typed": request.POST if refused else {},
    }
    return render(request, "agents/cover/cover.html", context, status=status)


def _next_helpers(user: User, cover: Cover, today: dt.date) -> list[Any]:
    people = helpers_for(user).exclude(pk__in=[cover.owner_id, cover.helper_id])
    begins = max(cover.first_day, today)
    found = candidates(people, first_day=begins, last_day=max(cover.last_day, begins))
    return [one for one in found if not one.trouble]


def _due_cases(summary: Summary) -> list[Case]:
    due = summary.due
    return [
        *(promise.case for promise in summary.made),
        *(promise.case for promise in due.promises),
        *(one.plan.case for one in due.instalments),
        *(row.attempt.case for row in due.callbacks),
    ]


def _shown(user: User, cases: list[Case]) -> dict[str, Any]:
    """Names in full and links only where the case is in the reader's scope now: a helper who gave it back has done with
    it."""
    ids = {case.pk for case in cases}
    visible = set(Case.objects.for_user(user).filter(pk__in=ids).values_list("pk", flat=True))
    full = open_names(user, [case for case in cases if case.pk in visible])
    names = {case.pk: shown_name(case.loan.debtor.name, full=case.pk in full) for case in cases}
    return {"visible": visible, "names": names}
