"""When and how a debtor wants to be contacted: recorded, and taken back. The gate reads it (compliance/facts.py)."""

from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cases.models import Debtor
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.models import ContactWish, WishChannel, WishKind

HOURS = (WishKind.AGREED, WishKind.INCONVENIENT)


class WishRefused(Exception):
    """The wish cannot be taken; the sentence says why, `field` of which entry (or nothing)."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def record_wish(
    *,
    debtor: Debtor,
    kind: WishKind | str,
    evidence: str,
    actor: User | None,
    now: datetime,
    starts: time | None = None,
    ends: time | None = None,
    weekdays: Iterable[int] = (),
    channel: str = "",
    zone: str = "",
    since: date | None = None,
) -> ContactWish:
    """Keep what the debtor said, from `since` (by default today) on; only what the kind asks for. Raises WishRefused: no
    evidence, hours that are none, an unknown channel or zone, one of the kind already, a day before today (a wish is not
    dated back: contacts that took place were judged without it)."""
    kind, today = WishKind(kind), clock.business_date(now)
    first = since or today
    if not evidence.strip():
        raise WishRefused(_("请写明依据：哪次通话、哪条消息"), "evidence")
    if first < today:
        raise WishRefused(_("生效日期不能早于今天"), "since")
    columns: dict[str, object] = {}
    if kind in HOURS:
        if starts is None or ends is None:
            raise WishRefused(_("请填写开始与结束时间"), "starts" if starts is None else "ends")
        if starts == ends:
            raise WishRefused(_("开始与结束时间不能相同"), "ends")
        columns = {"starts": starts, "ends": ends}
        if kind == WishKind.INCONVENIENT:
            columns["weekdays"] = sorted({day for day in weekdays if 1 <= day <= 7})
    elif kind == WishKind.CHANNEL:
        if channel not in WishChannel.values:
            raise WishRefused(_("请选择渠道"), "channel")
        columns = {"channel": channel}
    else:
        if zone not in available_timezones():
            raise WishRefused(_("没有这个时区"), "zone")
        columns = {"zone": zone}
    try:
        with transaction.atomic():
            wish = ContactWish.objects.create(
                debtor=debtor, kind=kind, evidence=evidence.strip()[:200], since=first, recorded_by=actor,
                recorded_at=now, **columns,
            )  # fmt: skip
            audit.record(action="wish.recorded", actor=actor, obj=wish, data={"debtor": debtor.pk, "kind": str(kind)})
    except IntegrityError as again:
        raise WishRefused(_("已有一条同样的约定；请先结束原来的一条")) from again
    return wish


def end_wish(*, wish: ContactWish, reason: str, actor: User | None, now: datetime) -> ContactWish:
    """The debtor takes it back, or it was a mistake; from today on it does not hold (one that begins later never does).
    Raises WishRefused without a reason, or when it has ended."""
    if not reason.strip():
        raise WishRefused(_("请写明结束的原因"), "reason")
    with transaction.atomic():
        locked = ContactWish.objects.select_for_update(of=("self",)).get(pk=wish.pk)
        if locked.ended_on is not None:
            raise WishRefused(_("这项约定已经结束"))
        locked.ended_on = max(clock.business_date(now), locked.since)
        locked.ended_by, locked.end_reason = actor, reason.strip()[:200]
        locked.save(update_fields=["ended_on", "ended_by", "end_reason"])
        audit.record(action="wish.ended", actor=actor, obj=locked, data={"kind": locked.kind}, reason=reason)
    return locked
