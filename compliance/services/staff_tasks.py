"""Coaching and training that follow from a complaint or a quality check."""

from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.models import Complaint, StaffTask, StaffTaskKind, TrainingCertificate


class StaffTaskRefused(Exception):
    """It cannot be done; the sentence says why, `field` of which entry (or nothing)."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def open_staff_task(
    *,
    user: User,
    kind: StaffTaskKind | str,
    what: str,
    due_on: date,
    actor: User | None,
    now: datetime,
    complaint: Complaint | None = None,
    check_number: int | None = None,
) -> StaffTask:
    """Ask somebody to go through it; they are told. The same cause and kind again gives the task that is there, unless it
    was cancelled."""
    with transaction.atomic():
        task, is_new = StaffTask.objects.get_or_create(
            user=user,
            kind=kind,
            complaint=complaint,
            check_number=check_number,
            cancelled_at=None,
            defaults={"what": what.strip()[:200], "due_on": due_on, "opened_by": actor, "opened_at": now},
        )
        if is_new:
            audit.record(action="staff_task.opened", actor=actor, obj=task, data={"user": user.pk, "kind": str(kind)})
            notify(
                users=[user],
                kind="staff_task.opened",
                params={"what": task.what, "due": due_on.isoformat()},
                url=reverse("compliance:my_staff_tasks"),
                level="warning",
            )
    return task


def finish_staff_task(
    *, task: StaffTask, note: str, actor: User, now: datetime, certificate: TrainingCertificate | None = None
) -> StaffTask:
    """It has been done. Raises StaffTaskRefused: one's own, nothing said, done or cancelled already, a training without a
    certificate of that person passed since it was asked for."""
    if actor.pk == task.user_id:
        raise StaffTaskRefused(_("自己的辅导或再培训须由他人确认完成"))
    if not note.strip():
        raise StaffTaskRefused(_("请写明完成情况"), "note")
    with transaction.atomic():
        row = StaffTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
        if row.done_at is not None:
            raise StaffTaskRefused(_("已经确认完成"))
        if row.cancelled_at is not None:
            raise StaffTaskRefused(_("这项任务已取消：%(reason)s") % {"reason": row.cancel_reason})
        if row.kind == StaffTaskKind.TRAINING and (
            certificate is None
            or certificate.user_id != row.user_id
            or certificate.revoked_at is not None
            or certificate.passed_on < clock.business_date(row.opened_at)
        ):
            raise StaffTaskRefused(_("再培训须以布置之后取得的合格证完成"), "certificate")
        row.done_at, row.done_by, row.done_note, row.certificate = now, actor, note.strip()[:500], certificate
        row.save(update_fields=["done_at", "done_by", "done_note", "certificate"])
        audit.record(action="staff_task.done", actor=actor, obj=row, data={"user": row.user_id, "kind": row.kind})
    return row


def cancel_staff_task(*, task: StaffTask, reason: str, actor: User | None, now: datetime) -> StaffTask:
    """It is not asked for any more. Raises StaffTaskRefused: no reason, done or cancelled already."""
    if not reason.strip():
        raise StaffTaskRefused(_("请写明取消的原因"), "reason")
    with transaction.atomic():
        row = StaffTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
        if row.done_at is not None or row.cancelled_at is not None:
            raise StaffTaskRefused(_("这项任务已完成或已取消，不能再取消"))
        row.cancelled_at, row.cancelled_by, row.cancel_reason = now, actor, reason.strip()[:200]
        row.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
        audit.record(
            action="staff_task.cancelled",
            actor=actor,
            obj=row,
            data={"user": row.user_id, "kind": row.kind},
            reason=reason,
        )
        notify(
            users=[row.user],
            kind="staff_task.cancelled",
            params={"what": row.what},
            url=reverse("compliance:my_staff_tasks"),
        )
    return row
