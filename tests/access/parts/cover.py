"""Covers of absences."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django.utils import timezone

from agents.cover.arranging import Wish, arrange_cover
from agents.models import Cover
from collection_ops.core import clock
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from tests.access.form import Cast, Filled, Form
from tests.cases.builders import desk_of, make_case
from tests.staff import place, qualify


def _colleague(unit: str) -> User:
    name = f"bang.{uuid.uuid4().hex[:8]}"
    user = create_user(
        username=name, display_name="帮代管", password=uuid.uuid4().hex, roles=[Role.COLLECTOR], actor=None, unit=unit
    )
    place(qualify(user))
    return user


def _owner(cast: Cast) -> User:
    owner = cast["collector"]
    place(owner)
    make_case(desk=desk_of(owner))
    return owner


def _cover(cast: Cast, *, ahead: int = 0) -> Cover:
    """Of the collector; from today, or planned for later."""
    owner, now = _owner(cast), timezone.now()
    first = clock.business_date(now) + dt.timedelta(days=ahead)
    # Whole weeks, so that some other week is free for the next sample.
    Cover.objects.filter(owner=owner, state="running").update(state="ended", ended_at=now, last_day=first)
    wish = Wish(owner, (_colleague(owner.unit),), first, first + dt.timedelta(days=2), Decimal(50))
    return arrange_cover(wish=wish, actor=cast["supervisor"], now=now)[0]


def _ids(cast: Cast) -> dict[str, Any]:
    return {"cover_id": _cover(cast).pk}


def _arrange(cast: Cast) -> Filled:
    owner = _owner(cast)
    today = clock.business_date(timezone.now())
    days = {"first_day": today.isoformat(), "last_day": today.isoformat(), "scope": "all", "share": "50"}
    helper = _colleague(owner.unit)
    return {}, {"owner": owner.pk, **days, "helpers": helper.pk, "reason": "病假", "do": "save"}


def _extend(cast: Cast) -> Filled:
    cover = _cover(cast)
    later = cover.last_day + dt.timedelta(days=3)
    return {"cover_id": cover.pk}, {"last_day": later.isoformat(), "reason": "未愈"}


def _hand_on(cast: Cast) -> Filled:
    cover = _cover(cast)
    return {"cover_id": cover.pk}, {"helper": _colleague(cover.owner.unit).pk, "reason": "代管人病了"}


ROUTES = {f"cover:{name}": _ids for name in ("cover", "note", "end", "extend", "cancel", "hand_on")}
FORMS = {
    "cover:arrange": Form("supervisor", _arrange),
    "cover:end": Form("supervisor", lambda cast: (_ids(cast), {"reason": "提前返岗"})),
    "cover:extend": Form("supervisor", _extend),
    "cover:hand_on": Form("supervisor", _hand_on),
    "cover:cancel": Form("supervisor", lambda cast: ({"cover_id": _cover(cast, ahead=7).pk}, {"reason": "不休了"})),
    "cover:note": Form("supervisor", lambda cast: (_ids(cast), {"note": "王某只接晚上的电话"})),
}


def of_others(cast: Cast, case: Any, person: User) -> dict[str, tuple[dict[str, int], str]]:
    """Of a team that nobody in the cast is of."""
    owner, helper = _colleague("team-z"), _colleague("team-z")
    now = timezone.now()
    today = clock.business_date(now)
    theirs = Cover.objects.create(
        arrangement=uuid.uuid4(), owner=owner, helper=helper, first_day=today, last_day=today, share=50, arranged_at=now
    )
    routes = ("cover", "note", "end", "extend", "cancel", "hand_on")
    return {f"cover:{name}": ({"cover_id": theirs.pk}, "cover_id") for name in routes}
