"""Promises and waivers on the timeline of a case."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Case, Promise, PromiseState, Waiver
from cases.timeline import MOST_ENTRIES, Entry, register
from collection_ops.core.models import User

PROMISE_TONES = {
    PromiseState.KEPT: "success",
    PromiseState.PART_KEPT: "warning",
    PromiseState.BROKEN: "danger",
    PromiseState.CANCELLED: "neutral",
}


def _amount(value: Decimal) -> str:
    return f"{value:,.2f}"


@register
def promises(case: Case, user: User) -> Iterable[Entry]:
    """Made, and what came of it."""
    found = Promise.objects.filter(case=case).select_related("made_by", "cancelled_by").order_by("-pk")
    for promise in found[:MOST_ENTRIES]:
        yield Entry(
            at=promise.made_at,
            key=f"promise-{promise.pk}",
            kind="promise",
            title=_("承诺 %(day)s 前还款 %(amount)s 元")
            % {"day": promise.due_on.isoformat(), "amount": _amount(promise.amount)},
            detail=" · ".join(part for part in (promise.get_channel_display(), promise.override_reason) if part),
            actor=str(promise.made_by or ""),
            tone="info",
        )
        if promise.settled_on is not None:
            morning = dt.datetime.combine(promise.settled_on, dt.time(0), tzinfo=timezone.get_current_timezone())
            counted = {"state": promise.get_state_display(), "paid": _amount(promise.paid)}
            yield Entry(
                at=promise.cancelled_at or max(morning, promise.made_at),
                day=promise.settled_on,
                key=f"promise-{promise.pk}-settled",
                kind="promise",
                title=_("承诺%(state)s，计入 %(paid)s 元") % counted,
                detail=promise.cancel_reason,
                actor=str(promise.cancelled_by or ""),
                tone=PROMISE_TONES[PromiseState(promise.state)],
            )


@register
def waivers(case: Case, user: User) -> Iterable[Entry]:
    """Applied for, each person's word, and how it ended."""
    found = Waiver.objects.filter(case=case).select_related("applied_by", "first_by", "second_by", "ended_by")
    for waiver in found.order_by("-pk")[:MOST_ENTRIES]:
        key, amount = f"waiver-{waiver.pk}", {"amount": _amount(waiver.total)}
        yield Entry(
            at=waiver.applied_at, key=key, kind="waiver", title=_("申请减免 %(amount)s 元") % amount, tone="info",
            detail=waiver.reason, actor=str(waiver.applied_by),
        )  # fmt: skip
        for who, moment, number in ((waiver.first_by, waiver.first_at, 1), (waiver.second_by, waiver.second_at, 2)):
            if moment is not None:
                yield Entry(
                    at=moment, key=f"{key}-approved-{number}", kind="waiver",
                    title=_("批准减免 %(amount)s 元") % amount, actor=str(who), tone="success",
                )  # fmt: skip
        if waiver.ended_at is not None:
            yield Entry(
                at=waiver.ended_at, key=f"{key}-ended", kind="waiver",
                title=_("减免%(state)s") % {"state": waiver.get_state_display()}, detail=waiver.end_reason,
                actor=str(waiver.ended_by or ""), tone="neutral",
            )  # fmt: skip
