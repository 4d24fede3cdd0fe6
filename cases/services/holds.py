"""Reasons not to collect from a person: placing and lifting them."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cases.models import Debtor, Hold, HoldType
from collection_ops.core.models import User
from collection_ops.core.services import audit


class HoldRefused(Exception):
    """The hold cannot be placed or lifted; the sentence says why."""


def place_hold(
    *,
    debtor: Debtor,
    type: HoldType | str,
    reason: str,
    actor: User | None,
    now: datetime,
    since: datetime | None = None,
    ends_at: datetime | None = None,
    proof: str = "",
    accused: User | None = None,
    accused_channel: str = "",
) -> Hold:
    """Stop collecting from `debtor` from `since` (by default now) until `ends_at` (None: until it is lifted). Without
    `proof` it is unproven.

    Raises HoldRefused: no reason, an end before the beginning, another of the type at the same time.
    """
    begins = since or now
    if not reason.strip():
        raise HoldRefused(_("请写明停催的原因"))
    if ends_at is not None and ends_at <= begins:
        raise HoldRefused(_("停催的结束时间须在开始之后"))
    try:
        with transaction.atomic():
            hold = Hold.objects.create(
                debtor=debtor,
                type=type,
                since=begins,
                ends_at=ends_at,
                proven=bool(proof.strip()),
                proof=proof.strip()[:200],
                reason=reason.strip()[:200],
                accused=accused,
                accused_channel=accused_channel,
                placed_by=actor,
                placed_at=now,
            )
            audit.record(action="hold.placed", actor=actor, obj=hold, data={"debtor": debtor.pk, "type": str(type)})
    except IntegrityError as overlaps:
        raise HoldRefused(_("这个客户在这段时间已有同类停催")) from overlaps
    return hold


def lift_hold(*, hold: Hold, reason: str, actor: User | None, now: datetime) -> Hold:
    """End a hold now; one that has not begun yet never does. Raises HoldRefused without a reason, or when it has ended."""
    if not reason.strip():
        raise HoldRefused(_("请写明解除停催的原因"))
    with transaction.atomic():
        locked = Hold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
        if locked.ends_at is not None and locked.ends_at <= now:
            raise HoldRefused(_("这项停催已经结束"))
        locked.ends_at, locked.lifted_by, locked.lift_reason = max(now, locked.since), actor, reason.strip()[:200]
        locked.save(update_fields=["ends_at", "lifted_by", "lift_reason"])
        audit.record(action="hold.lifted", actor=actor, obj=locked, data={"type": locked.type}, reason=reason)
    return locked
