"""Arranging a cover: the form, what it would do, and doing it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from agents.cover.arranging import SHARE, CoverPreview, Wish, arrange_cover, preview, read_share
from agents.cover.gather import Candidate, candidates
from agents.cover.refusals import CoverRefused, trouble_text
from agents.cover.selectors import MANAGE, helpers_for
from agents.models import CoverScope, Leave, LeaveState
from agents.scope import people_for, with_team_names
from cases.services.custody import CustodyRefused
from cases.stage import OVERDUE_STAGES, Stage
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import once

Typed = Mapping[str, Any]


@requires(MANAGE)
@require_http_methods(["GET", "POST"])
@once
def arrange(request: SignedInRequest) -> HttpResponse:
    """`?owner=` and perhaps `leave=`: filled in, with the emptiest able colleague proposed and what would happen. A POST
    tries what was typed (nothing is kept), or with `do=save` arranges it."""
    now = clock.database_now()
    source = request.POST if request.method == "POST" else request.GET
    owner = _owner(request.user, source)
    if owner is None:
        return render(request, "agents/cover/choose.html", {"people": _people(request.user)})
    leave = _leave(owner, source)
    typed = _typed(request.POST) if request.method == "POST" else _proposed(request, owner, leave, now)
    try:
        wish = _wish(request.user, owner, leave, typed)
        if request.method == "POST" and request.POST.get("do") == "save":
            covers = arrange_cover(wish=wish, actor=request.user, now=now)
            said = ngettext("代管已安排，%(count)s 位代管人", "代管已安排，%(count)s 位代管人", len(covers))
            messages.success(request, said % {"count": len(covers)})
            return redirect("cover:cover", cover_id=covers[0].pk)
        shown = preview(wish, now=now)
    except CoverRefused as refused:
        status = 200 if request.method == "GET" else 409 if refused.code else 400
        return _page(request, owner, leave, typed, now, refused=refused, status=status)
    except CustodyRefused as refused:
        clash = CoverRefused(str(refused), code="custody")
        return _page(request, owner, leave, typed, now, refused=clash, status=409)
    return _page(request, owner, leave, typed, now, shown=shown)


def _owner(user: User, source: QueryDict) -> User | None:
    """Whose cases; None: not chosen yet. Somebody out of scope is nobody (404)."""
    typed = source.get("owner", "")
    if not typed:
        return None
    found = people_for(user, MANAGE).filter(pk=_number(typed)).select_related("desk").first()
    if found is None:
        raise Http404
    return found


def _leave(owner: User, source: QueryDict) -> Leave | None:
    typed = source.get("leave", "")
    if not typed:
        return None
    found = Leave.objects.filter(pk=_number(typed), user=owner, state=LeaveState.APPROVED).first()
    if found is None:
        raise Http404
    return found


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0


def _people(user: User) -> list[User]:
    people = with_team_names(people_for(user, MANAGE).filter(desk__isnull=False))
    return list(people.order_by("unit", "display_name", "pk")[:500])


def _typed(posted: QueryDict) -> dict[str, Any]:
    one = {name: posted.get(name, "").replace("\x00", "") for name in FIELDS}
    many = {name: [value for value in posted.getlist(name) if value.isascii() and value.isdigit()] for name in LISTS}
    return {**one, **many}


FIELDS = ("first_day", "last_day", "scope", "share", "reason", "handover_note")
LISTS = ("helpers", "stages")


def _proposed(request: HttpRequest, owner: User, leave: Leave | None, now: dt.datetime) -> dict[str, Any]:
    """As it would probably be typed: the days of the leave from today on, everything, the emptiest able colleague."""
    today = clock.business_date(now)
    first, last = (leave.first_day, leave.last_day) if leave else (today, today)
    first, last = max(first, today), max(last, today)
    asked = request.GET.get("helper", "")
    able = [one for one in _candidates(request.user, owner, first, last) if not one.trouble]  # type: ignore[arg-type]
    near = [one for one in able if one.user.unit == owner.unit] or able
    helper = [asked] if asked.isascii() and asked.isdigit() else [str(near[0].user.pk)] if near else []
    return {
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "scope": str(CoverScope.ALL),
        "share": f"{SHARE.on(first):f}",
        "reason": str(leave.get_kind_display()) if leave else "",
        "handover_note": "",
        "helpers": helper,
        "stages": [],
    }


def _candidates(user: User, owner: User, first: dt.date, last: dt.date) -> list[Candidate]:
    return candidates(helpers_for(user).exclude(pk=owner.pk), first_day=first, last_day=last)


def _wish(user: User, owner: User, leave: Leave | None, typed: Typed) -> Wish:
    """Raises CoverRefused: a day that is none, a helper who is none of the person's."""
    wanted = {_number(value) for value in typed["helpers"]}
    helpers = tuple(helpers_for(user).filter(pk__in=wanted).order_by("pk"))
    if len(helpers) < len(wanted):
        raise CoverRefused(_("请选择代管人"), "helpers")
    return Wish(
        owner=owner,
        helpers=helpers,
        first_day=_read_day(typed["first_day"], "first_day"),
        last_day=_read_day(typed["last_day"], "last_day"),
        share=read_share(typed["share"]),
        scope=typed["scope"],
        stages=tuple(int(stage) for stage in typed["stages"] if len(stage) < 3 and int(stage) in OVERDUE_STAGES),
        leave=leave,
        reason=typed["reason"],
        handover_note=typed["handover_note"],
    )


def _read_day(typed: str, name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(typed)
    except ValueError as wrong:
        raise CoverRefused(_("请填写日期，例如 2026-03-05"), name) from wrong


def _page(
    request: SignedInRequest,
    owner: User,
    leave: Leave | None,
    typed: Typed,
    now: dt.datetime,
    *,
    shown: CoverPreview | None = None,
    refused: CoverRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    today = clock.business_date(now)
    try:
        first, last = _read_day(typed["first_day"], ""), _read_day(typed["last_day"], "")
    except CoverRefused:
        first = last = today
    if not today <= first <= last <= today + dt.timedelta(days=366):
        first = last = today
    people = [
        {"one": one, "why_not": trouble_text(one.trouble) if one.trouble else ""}
        for one in _candidates(request.user, owner, first, last)
    ]
    context = {
        "owner": owner,
        "leave": leave,
        "typed": typed,
        "people": people,
        "scopes": CoverScope.choices,
        "stages": [(str(int(stage)), stage.label) for stage in Stage if stage in OVERDUE_STAGES],
        "preview": shown,
        "refused": refused,
        "today": today,
    }
    return render(request, "agents/cover/arrange.html", context, status=status)
