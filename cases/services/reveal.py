"""Opening a masked value: with a reason, within a daily number of persons, and never without its audit row.

The audit row is written first and commits with the answer; a refusal leaves a row too. Numbers a day are settings
(`REVEALS_PER_DAY`; reference: reliability section 6, rows 4 and 5) and count persons, not clicks: the second number of the
same person on one day costs nothing. Third persons' numbers count for the debtor they belong to.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case, ContactPoint
from cases.services.quota import tell_of_quota
from collection_ops.core import clock
from collection_ops.core.access import has, require
from collection_ops.core.models import AuditEvent, User
from collection_ops.core.services import audit

ACTION = "person.revealed"
PHONES, IDS = "phones.reveal", "ids.reveal"
QUOTA_TEXTS = {PHONES: "quota.phones", IDS: "quota.ids"}
SHOWN_SECONDS = 30


class RevealReason(models.TextChoices):
    CONTACT = "contact", gettext_lazy("准备联系客户")
    VERIFY = "verify", gettext_lazy("核对身份")
    REPAYMENT = "repayment", gettext_lazy("核对还款")
    COMPLAINT = "complaint", gettext_lazy("处理投诉")
    LETTER = "letter", gettext_lazy("寄送函件")
    OTHER = "other", gettext_lazy("其他（请说明）")


class RevealRefused(Exception):
    """Not shown; the sentence says why and what is possible. `code`: quota, reason_missing, nothing_there."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Revealed:
    """A value in the clear, for the one answer it was asked for. `repr` does not show it: tracebacks are kept."""

    label: str
    value: str

    def __repr__(self) -> str:
        return f"Revealed({self.label!r})"


def persons_a_day(user: User, capability: str) -> int:
    """How many persons `user` may open a day: the largest number of the person's roles."""
    by_role: dict[str, int] = settings.REVEALS_PER_DAY[capability]
    return max((by_role.get(role, 0) for role in user.roles), default=0)


def opened_today(user: User, capability: str, now: datetime) -> set[int]:
    """Ids of the debtors whose values `user` opened since midnight of the lender's day."""
    midnight = datetime.combine(clock.business_date(now), time.min, tzinfo=timezone.get_current_timezone())
    rows = AuditEvent.objects.filter(
        actor=user,
        action=ACTION,
        outcome="ok",
        at__gte=midnight,
        at__lt=midnight + timedelta(days=1),
        data__capability=capability,
    )
    return set(rows.values_list("data__debtor", flat=True))


def _allow(*, case: Case, capability: str, reason: str, note: str, actor: User, now: datetime) -> None:
    """Raises RevealRefused; returns when the value may be shown. The person's row is locked, so that two clicks at once
    cannot both be the last one allowed."""
    if reason not in RevealReason.values or (reason == RevealReason.OTHER and len(note.strip()) < 2):
        raise RevealRefused("reason_missing", _("请选择查看的理由；选“其他”时请写明"))
    User.objects.select_for_update().get(pk=actor.pk)
    opened = opened_today(actor, capability, now)
    most = persons_a_day(actor, capability)
    if case.loan.debtor_id not in opened and len(opened) >= most:
        raise RevealRefused(
            "quota", _("今日可查看 %(count)d 人，已用完；明日 00:00 后可继续，如有急需请联系主管") % {"count": most}
        )


def _reveal(
    *,
    case: Case,
    capability: str,
    label: str,
    value: Any,
    data: dict[str, Any],
    reason: str,
    note: str,
    actor: User,
    now: datetime,
) -> Revealed:
    require(actor, capability)
    why = reason if reason in RevealReason.values else ""
    data = {"capability": capability, "debtor": case.loan.debtor_id, "label": label, "why": why, **data}
    words = str(RevealReason(reason).label) if reason in RevealReason.values else ""
    spoken = " · ".join(part for part in (words, note.strip()) if part)
    try:
        with transaction.atomic():
            _allow(case=case, capability=capability, reason=reason, note=note, actor=actor, now=now)
            audit.record(action=ACTION, actor=actor, obj=case, data=data, reason=spoken)
            return Revealed(label=label, value=value())
    except RevealRefused as refusal:
        with transaction.atomic():
            audit.record(
                action=ACTION,
                actor=actor,
                obj=case,
                data={**data, "refusal": refusal.code},
                reason=spoken,
                outcome="refused",
            )
            if refusal.code == "quota":
                count = persons_a_day(actor, capability)
                tell_of_quota(kind=QUOTA_TEXTS[capability], actor=actor, count=count, now=now)
        raise


def reveal_contact(
    *, case: Case, contact_point: ContactPoint, reason: str, note: str, actor: User, now: datetime
) -> Revealed:
    """A phone, address, employer or mail address of the case's debtor. Raises RevealRefused, PermissionDenied.

    The caller has found the case inside the actor's scope for `phones.reveal`. Notes must not hold personal values: they
    are kept for good.
    """
    if contact_point.debtor_id != case.loan.debtor_id:
        raise ValueError("the contact point belongs to another person")
    return _reveal(
        case=case,
        capability=PHONES,
        label=str(contact_point.get_kind_display()),
        value=lambda: contact_point.value,
        data={"contact_point": contact_point.pk, "masked": contact_point.masked},
        reason=reason,
        note=note,
        actor=actor,
        now=now,
    )


def reveal_id_number(*, case: Case, reason: str, note: str, actor: User, now: datetime) -> Revealed:
    """The debtor's ID number. Raises RevealRefused, PermissionDenied."""
    debtor = case.loan.debtor
    return _reveal(
        case=case,
        capability=IDS,
        label=_("证件号码"),
        value=lambda: debtor.id_no,
        data={"last4": debtor.id_last4},
        reason=reason,
        note=note,
        actor=actor,
        now=now,
    )


def record_missing_right(*, case_id: int, capability: str, actor: User) -> None:
    """Somebody without the right asked: kept, because many such rows are a pattern."""
    if has(actor, capability):
        return
    with transaction.atomic():
        audit.record(
            action=ACTION,
            actor=actor,
            data={"capability": capability, "case": case_id, "refusal": "no_right"},
            outcome="refused",
        )
