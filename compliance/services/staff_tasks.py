"""Coaching and training that follow from a complaint or a quality check."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

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
    """Ask somebody to go through it; they are told. The same cause and kind again gives the task that is there."""
    with transaction.atomic():
        task, is_new = StaffTask.objects.get_or_create(
            user=user,
            kind=kind,
            complaint=complaint,
            check_number=check_number,
            defaults={"what": what.strip()[:200], "due_on": due_on, "opened_by": actor, "opened_at": now},
        )
        if is_new:
            audit.record(action="staff_task.opened", actor=actor, obj=task, data={"user": user.pk, "kind": str(kind)})
            notify(
                users=[user],
                kind="staff_task.opened",
                params={"what": task.what, "due": due_on.isoformat()},
                level="warning",
            )
    return task


def finish_staff_task(
    *, task: StaffTask, note: str, actor: User, now: datetime, certificate: TrainingCertificate | None = None
) -> StaffTask:
    """It has been done. Raises StaffTaskRefused: one's own, nothing said, done already, a training without a certificate of
    that person passed since it was asked for."""
    if actor.pk == task.user_id:
        raise StaffTaskRefused(_("自己的辅导或再培训须由他人确认完成"))
    if not note.strip():
        raise StaffTaskRefused(_("请写明完成情况"), "note")
    with transaction.atomic():
        row = StaffTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
        if row.done_at is not None:
            raise StaffTaskRefused(_("已经确认完成"))
        if row.kind == StaffTaskKind.TRAINING and (
            certificate is None
            or certificate.user_id != row.user_id
            or certificate.revoked_at is not None
            or certificate.passed_on < row.opened_at.date()
        ):
            raise StaffTaskRefused(_("再培训须以布置之后取得的合格证完成"), "certificate")
        row.done_at, row.done_by, row.done_note, row.certificate = now, actor, note.strip()[:500], certificate
        row.save(update_fields=["done_at", "done_by", "done_note", "certificate"])
        audit.record(action="staff_task.done", actor=actor, obj=row, data={"user": row.user_id, "kind": row.kind})
    return row
