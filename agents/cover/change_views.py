"""What is done to a cover: ended, put off, cancelled, handed on, noted. Refused, its page comes back with what was typed."""

import datetime as dt
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from agents.cover import changing
from agents.cover.ending import end_cover
from agents.cover.refusals import CoverRefused
from agents.cover.selectors import MANAGE, VIEW, helpers_for
from agents.cover.views import cover_page, found_cover
from agents.models import Cover
from cases.services.custody import CustodyRefused
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import once

Change = Callable[[Cover, str, dt.datetime], Cover]


def _do(
    request: SignedInRequest, cover_id: int, act: str, done: str, change: Change, capability: str = MANAGE
) -> HttpResponse:
    found = found_cover(request.user, cover_id, capability)
    reason = request.POST.get("reason", "").replace("\x00", "")[:200]
    try:
        after = change(found, reason, clock.database_now())
    except CoverRefused as refused:
        status = 409 if refused.code else 400
        return cover_page(
            request, found_cover(request.user, cover_id, capability), refused=refused, act=act, status=status
        )
    except CustodyRefused as refused:
        said = CoverRefused(str(refused), code="custody")
        return cover_page(request, found, refused=said, act=act, status=409)
    messages.success(request, done)
    return redirect("cover:cover", cover_id=after.pk)


@requires(MANAGE)
@require_POST
@once
def end(request: SignedInRequest, cover_id: int) -> HttpResponse:
    """Hand back now."""

    def change(cover: Cover, reason: str, now: dt.datetime) -> Cover:
        return end_cover(cover_id=cover.pk, actor=request.user, now=now, reason=reason)

    return _do(request, cover_id, "end", _("已收回，小结如下"), change)


@requires(MANAGE)
@require_POST
@once
def extend(request: SignedInRequest, cover_id: int) -> HttpResponse:
    def change(cover: Cover, reason: str, now: dt.datetime) -> Cover:
        try:
            last_day = dt.date.fromisoformat(request.POST.get("last_day", ""))
        except ValueError as wrong:
            raise CoverRefused(_("请填写日期，例如 2026-03-05"), "last_day") from wrong
        return changing.extend_cover(cover_id=cover.pk, last_day=last_day, reason=reason, actor=request.user, now=now)

    return _do(request, cover_id, "extend", _("结束日期已修改"), change)


@requires(MANAGE)
@require_POST
@once
def cancel(request: SignedInRequest, cover_id: int) -> HttpResponse:
    def change(cover: Cover, reason: str, now: dt.datetime) -> Cover:
        return changing.cancel_cover(cover_id=cover.pk, reason=reason, actor=request.user, now=now)

    return _do(request, cover_id, "cancel", _("代管已取消"), change)


@requires(MANAGE)
@require_POST
@once
def hand_on(request: SignedInRequest, cover_id: int) -> HttpResponse:
    """To another helper, of those whom the person may ask."""

    def change(cover: Cover, reason: str, now: dt.datetime) -> Cover:
        return changing.hand_on(cover_id=cover.pk, helper=_chosen(request), reason=reason, actor=request.user, now=now)

    return _do(request, cover_id, "hand_on", _("已转交"), change)


def _chosen(request: SignedInRequest) -> User:
    typed = request.POST.get("helper", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
    found = helpers_for(request.user).filter(pk=number).first()
    if found is None:
        raise CoverRefused(_("请选择代管人"), "helper")
    return found


@requires(VIEW)
@require_POST
@once
def note(request: SignedInRequest, cover_id: int) -> HttpResponse:
    """Owner, helper, and whoever manages it; the others only read."""

    def change(cover: Cover, _reason: str, now: dt.datetime) -> Cover:
        user = request.user
        if user.pk not in (cover.owner_id, cover.helper_id):
            found_cover(user, cover.pk, MANAGE)
        text = request.POST.get("note", "").replace("\x00", "")
        return changing.write_note(cover=cover, text=text, actor=user, now=now)

    return _do(request, cover_id, "note", _("说明已保存"), change, capability=VIEW)
