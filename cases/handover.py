"""The handover card: what somebody has to know who takes over a case that another desk held before.

Each app adds its part; the card shows those that have something to say.

    @handover_part(label=_("最近联系"), order=10)
    def last_contacts(case: Case, user: User, now: datetime) -> Iterable[Line]: ...
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case, Custody, DeskKind, Promise
from cases.models.promise import PromiseState
from cases.selectors_care import dispositions_of, holds_in_force
from cases.services.holds import last_day_of
from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.dated_settings import Setting
from collection_ops.core.models import User

CARD_DAYS = Setting(
    "handover.card_days", label=gettext_lazy("交接卡显示天数"), default=7, source="内部规定", unit=gettext_lazy("天"),
    least=1, most=60,
)  # fmt: skip
_CUSTODIES, _PROMISES = 20, 3


@dataclass(frozen=True)
class Line:
    """One thing of a part: the moment it is of (None: it is now), and the words. `url` leads to it."""

    text: str
    at: datetime | None = None
    url: str = ""


@dataclass(frozen=True)
class Part:
    label: Any
    lines: list[Line]


@dataclass(frozen=True)
class Handover:
    """From whose desk, since when, why; and what the parts say."""

    custody: Custody
    before: Custody
    parts: list[Part] = field(default_factory=list)


Give = Callable[[Case, User, datetime], Iterable[Line]]


@dataclass(frozen=True)
class _Registered:
    order: int
    label: Any
    give: Give


_parts: list[_Registered] = []


def handover_part(*, label: Any, order: int) -> Callable[[Give], Give]:
    """Registers a function that gives the lines of one part, at most a few queries."""

    def register(give: Give) -> Give:
        if all(part.give is not give for part in _parts):
            _parts.append(_Registered(order, label, give))
        return give

    return register


def handover_of(case: Case, user: User, *, now: datetime) -> Handover | None:
    """The card, when the case changed hands within CARD_DAYS and somebody had worked on it before; else nothing. Out of the
    pool for the first time is no handover: nobody knows anything yet."""
    if not case.is_open:
        return None
    rows = Custody.objects.filter(case=case).select_related("desk").order_by("-started_at", "-pk")
    custodies = list(rows[:_CUSTODIES])
    if len(custodies) < 2:
        return None
    newest, *earlier = custodies
    before = next((one for one in earlier if one.desk.kind != DeskKind.POOL), None)
    if before is None or before.desk_id == newest.desk_id or newest.desk.kind == DeskKind.POOL:
        return None
    if newest.started_at < now - timedelta(days=CARD_DAYS.on(clock.business_date(now))):
        return None
    parts = [
        Part(part.label, lines)
        for part in sorted(_parts, key=lambda part: part.order)
        if (lines := list(part.give(case, user, now)))
    ]
    return Handover(newest, before, parts)


@handover_part(label=gettext_lazy("承诺还款"), order=15)
def promised(case: Case, user: User, now: datetime) -> Iterable[Line]:
    """What is promised now, and how the last promise before it ended."""
    found = Promise.objects.filter(case=case)
    running = list(found.filter(state=PromiseState.OPEN).order_by("due_on", "pk")[:_PROMISES])
    before = found.exclude(state__in=(PromiseState.OPEN, PromiseState.CANCELLED)).order_by("-settled_on", "-pk")[:1]
    for promise in [*running, *before]:
        amounts = {"amount": f"{promise.amount:,.2f}", "day": promise.due_on.isoformat()}
        words = _("%(day)s 前还 %(amount)s 元") % amounts
        yield Line(f"{words} · {promise.get_state_display()}", promise.made_at)


@handover_part(label=gettext_lazy("停催与禁区"), order=30)
def forbidden(case: Case, user: User, now: datetime) -> Iterable[Line]:
    """What must not be done or said: holds in force, with their end."""
    if not has(user, "care.view"):
        return
    for hold in holds_in_force(case, now):
        day = last_day_of(hold)
        until = _("至 %(day)s") % {"day": day.isoformat()} if day else _("至解除")
        parts = [hold.get_type_display(), hold.reason, until]
        if hold.amount is not None:
            parts.insert(2, _("争议 %(amount)s 元") % {"amount": f"{hold.amount:,.2f}"})
        yield Line(" · ".join(parts))


@handover_part(label=gettext_lazy("特殊处置"), order=40)
def special(case: Case, user: User, now: datetime) -> Iterable[Line]:
    if not has(user, "care.view"):
        return
    for plan, left in dispositions_of(case):
        words = _("%(kind)s（%(type)s），剩余 %(count)s 步") % {
            "kind": plan.get_kind_display(),
            "type": plan.flag.get_type_display(),
            "count": left,
        }
        yield Line(words, plan.opened_at)
