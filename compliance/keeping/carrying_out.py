"""Doing what was granted of a request: erased by somebody else than who granted it, corrected, or a consent taken back.

What is erased cannot be brought back, so it is judged again at the moment of erasing: a hold or a new debt that came since
the decision keeps its part. Records of contact and complaints leave by the next retention run, with its own two people.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cases.models import ContactPoint
from cases.services.contact_points import ContactPointRefused, add_point, mark_dead
from cases.services.personal_data import correct_name, erase_identity, erase_points
from collection_ops.core.access import has
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.keeping.assessing import assess
from compliance.keeping.legal import take_turn
from compliance.keeping.refusals import KeepingRefused
from compliance.keeping.requests import DECIDE
from compliance.keeping.runs import APPROVE
from compliance.models import (
    ContactWish,
    DataRequest,
    DataRequestKind,
    DataRequestOutcome,
    DataRequestState,
    WishKind,
)
from compliance.services.wishes import end_wish

GRANTED = (DataRequestOutcome.GRANTED, DataRequestOutcome.PARTLY)
BY_CONSENT = "repaired_by_carrier_with_consent"
"""The origin of numbers that may be used only as long as the person agrees."""


def waiting_to_be_erased(user: User) -> "QuerySet[DataRequest]":
    """Deletions that were granted by somebody else and not carried out."""
    rows = DataRequest.objects.filter(
        state=DataRequestState.DECIDED, kind=DataRequestKind.DELETION, outcome__in=GRANTED, carried_out_at__isnull=True
    )
    return rows.exclude(decided_by=user)


def erase(*, request: DataRequest, actor: User, now: datetime) -> DataRequest:
    """Raises KeepingRefused: without the authority, one's own decision, not granted, or done already."""
    if not has(actor, APPROVE):
        raise KeepingRefused(_("您没有执行删除的权限"))
    with transaction.atomic():
        take_turn()
        locked = _granted(request, DataRequestKind.DELETION)
        if locked.decided_by_id == actor.pk:
            raise KeepingRefused(_("删除须由作出决定以外的人执行"))
        now_free = {part.code: part for part in assess(debtor=locked.debtor, now=now)}
        reason = _("个人信息请求 %(number)s") % {"number": locked.number}
        for part in locked.parts:
            if not part["may_go"] or not part["count"]:
                continue
            found = now_free[part["code"]]
            if found.may_go:
                _effect(locked, actor, now, code=found.code, count=_erase_part(locked, found.code, actor, now, reason))
            else:
                _effect(locked, actor, now, code=found.code, count=0, kept=found.why)
        return _carried_out(locked, actor, now, "data_request.erased")


def _erase_part(request: DataRequest, code: str, actor: User, now: datetime, reason: str) -> int | None:
    """How many were erased; None for what the next retention run removes."""
    given: dict[str, Any] = {"debtor": request.debtor, "actor": actor, "now": now, "reason": reason}
    if code == "contract":
        return int(erase_identity(**given))
    if code in ("third_contacts", "own_contacts"):
        return erase_points(third=code == "third_contacts", **given)
    return None


def withdraw_consent(*, request: DataRequest, actor: User, now: datetime) -> DataRequest:
    """Hours that were agreed on end, and numbers that may be used only with consent are used no more. Raises KeepingRefused:
    not granted, or done already."""
    if not has(actor, DECIDE):
        raise KeepingRefused(_("您没有办理个人信息请求的权限"))
    with transaction.atomic():
        locked = _granted(request, DataRequestKind.WITHDRAW)
        reason = _("撤回同意，个人信息请求 %(number)s") % {"number": locked.number}
        agreed = ContactWish.objects.filter(debtor=locked.debtor_id, kind=WishKind.AGREED, ended_on__isnull=True)
        wishes = [end_wish(wish=one, reason=reason, actor=actor, now=now) for one in agreed.order_by("pk")]
        points = ContactPoint.objects.filter(debtor=locked.debtor_id, origin=BY_CONSENT).exclude(
            status__in=[ContactPoint.Status.DEAD, ContactPoint.Status.REFUSED]
        )
        dead = [mark_dead(point=one, actor=actor, now=now, reason=reason) for one in points.order_by("pk")]
        _effect(locked, actor, now, code="agreed_hours", count=len(wishes))
        _effect(locked, actor, now, code="consent_points", count=len(dead))
        return _carried_out(locked, actor, now, "data_request.consent_withdrawn")


@dataclass(frozen=True)
class Correction:
    """What is right: another `name`; or a number or address that is wrong (`wrong`), its right `value` of a `kind`, or
    both."""

    what: str
    value: str = ""
    kind: str = ContactPoint.Kind.PHONE
    wrong: ContactPoint | None = None


def correct(*, request: DataRequest, right: Correction, actor: User, now: datetime) -> DataRequest:
    """As often as there is something to correct. Amounts and ID numbers are the source's: they are corrected there and come
    with its next file. Raises KeepingRefused: not granted, nothing to correct, or a value that cannot be."""
    if not has(actor, DECIDE):
        raise KeepingRefused(_("您没有办理个人信息请求的权限"))
    with transaction.atomic():
        locked = _granted(request, DataRequestKind.CORRECTION)
        reason = _("个人信息请求 %(number)s") % {"number": locked.number}
        try:
            for code, said in _corrected(locked, right, actor, now, reason):
                _effect(locked, actor, now, code=code, said=said)
        except ContactPointRefused as refused:
            raise KeepingRefused(str(refused), refused.field) from refused
        locked.save(update_fields=["effects"])
        audit.record(
            action="data_request.corrected", actor=actor, obj=locked, data={"what": right.what, "kind": str(right.kind)}
        )
    return locked


def _corrected(
    request: DataRequest, right: Correction, actor: User, now: datetime, reason: str
) -> Iterable[tuple[str, str]]:
    if right.what == "name":
        before, after = correct_name(debtor=request.debtor, name=right.value, actor=actor, now=now, reason=reason)
        return [("name", f"{before} → {after}")]
    done: list[tuple[str, str]] = []
    if right.wrong is not None:
        if right.wrong.debtor_id != request.debtor_id or right.wrong.relation:
            raise KeepingRefused(_("请选择本人的联系方式"), "wrong")
        done.append(("point_wrong", mark_dead(point=right.wrong, actor=actor, now=now, reason=reason).masked))
    if right.value.strip():
        point = add_point(
            debtor=request.debtor, kind=right.kind, value=right.value, origin="application", actor=actor, now=now
        )
        done.append(("point_added", point.masked))
    if not done:
        raise KeepingRefused(_("请选择有误的联系方式，或填写正确的内容"), "value")
    return done


def _granted(request: DataRequest, kind: DataRequestKind) -> DataRequest:
    locked = (
        DataRequest.objects.select_for_update(no_key=True, of=("self",)).select_related("debtor").get(pk=request.pk)
    )
    if locked.kind != kind:
        raise KeepingRefused(_("这不是“%(kind)s”请求") % {"kind": kind.label})
    if locked.state != DataRequestState.DECIDED:
        raise KeepingRefused(_("这项请求已是“%(state)s”") % {"state": locked.get_state_display()})
    if locked.outcome not in GRANTED:
        raise KeepingRefused(_("这项请求没有同意，不能执行"))
    if locked.carried_out_at is not None:
        raise KeepingRefused(_("这项请求已经执行"))
    return locked


def _effect(request: DataRequest, actor: User, now: datetime, **what: Any) -> None:
    """One line of what was done; `by` as a name, since it is read and not asked for."""
    request.effects = [*request.effects, {**what, "by": str(actor), "at": now.isoformat()}]


def _carried_out(request: DataRequest, actor: User, now: datetime, action: str) -> DataRequest:
    request.carried_out_by, request.carried_out_at = actor, now
    request.save(update_fields=["effects", "carried_out_by", "carried_out_at"])
    counts = {one["code"]: one.get("count") for one in request.effects}
    audit.record(action=action, actor=actor, obj=request, data=counts)
    return request
