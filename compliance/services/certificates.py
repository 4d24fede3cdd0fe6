"""Training certificates and papers of the people who contact debtors. What the gate asks of them: rules CN-H-01, CN-H-02."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.models import PaperKind, StaffPaper, TrainingCertificate


class CertificateRefused(Exception):
    """The certificate or paper cannot be taken; the sentence says why, `field` of which entry (or nothing)."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def record_certificate(
    *, user: User, course: str, passed_on: date, actor: User | None, now: datetime, number: str = "", level: int = 5
) -> TrainingCertificate:
    """Somebody passed the training's test. Raises CertificateRefused: no course, a day to come, a level that is none, the
    same again, or one's own."""
    if not course.strip():
        raise CertificateRefused(_("请填写课程名称"), "course")
    if passed_on > clock.business_date(now):
        raise CertificateRefused(_("合格日期不能晚于今天"), "passed_on")
    if not 1 <= level <= 5:
        raise CertificateRefused(_("可办难度须为 1 至 5"), "level")
    if actor is not None and actor.pk == user.pk:
        raise CertificateRefused(_("自己的合格证须由他人登记"))
    try:
        with transaction.atomic():
            row = TrainingCertificate.objects.create(
                user=user,
                course=course.strip()[:64],
                number=number.strip()[:64],
                level=level,
                passed_on=passed_on,
                recorded_by=actor,
                recorded_at=now,
            )
            audit.record(action="certificate.recorded", actor=actor, obj=row, data={"user": user.pk, "level": level})
    except IntegrityError as again:
        raise CertificateRefused(_("这张合格证已登记过"), "passed_on") from again
    return row


def record_paper(
    *, user: User, kind: PaperKind | str, received_on: date, actor: User | None, now: datetime, number: str = ""
) -> StaffPaper:
    """A paper is on file. Raises CertificateRefused: a day to come, one of the kind is on file, or one's own."""
    kind = PaperKind(kind)
    if received_on > clock.business_date(now):
        raise CertificateRefused(_("收到日期不能晚于今天"), "received_on")
    if actor is not None and actor.pk == user.pk:
        raise CertificateRefused(_("自己的材料须由他人登记"))
    try:
        with transaction.atomic():
            row = StaffPaper.objects.create(
                user=user,
                kind=kind,
                number=number.strip()[:64],
                received_on=received_on,
                recorded_by=actor,
                recorded_at=now,
            )
            audit.record(action="paper.recorded", actor=actor, obj=row, data={"user": user.pk, "kind": str(kind)})
    except IntegrityError as again:
        raise CertificateRefused(_("这项材料已在档"), "kind") from again
    return row


def revoke_certificate(
    *, certificate: TrainingCertificate, reason: str, actor: User | None, now: datetime
) -> TrainingCertificate:
    """It does not count any more, and is kept. Raises CertificateRefused: no reason, one's own, or revoked already."""
    if not reason.strip():
        raise CertificateRefused(_("请写明撤销的原因"), "reason")
    if actor is not None and actor.pk == certificate.user_id:
        raise CertificateRefused(_("自己的合格证须由他人撤销"))
    with transaction.atomic():
        row = TrainingCertificate.objects.select_for_update().get(pk=certificate.pk)
        if row.revoked_at is not None:
            raise CertificateRefused(_("这张合格证已撤销"))
        row.revoked_at, row.revoked_by, row.revoke_reason = now, actor, reason.strip()[:200]
        row.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
        audit.record(action="certificate.revoked", actor=actor, obj=row, data={"user": row.user_id}, reason=reason)
    return row


def withdraw_paper(
    *, paper: StaffPaper, withdrawn_on: date, reason: str, actor: User | None, now: datetime
) -> StaffPaper:
    """A paper counts until `withdrawn_on` (not that day any more). Raises CertificateRefused: no reason, one's own, a
    day before it was received or to come, or withdrawn already."""
    if not reason.strip():
        raise CertificateRefused(_("请写明撤回的原因"), "reason")
    if actor is not None and actor.pk == paper.user_id:
        raise CertificateRefused(_("自己的材料须由他人撤回"))
    if not paper.received_on <= withdrawn_on <= clock.business_date(now):
        raise CertificateRefused(_("失效日期须在收到日期之后，且不晚于今天"), "withdrawn_on")
    with transaction.atomic():
        row = StaffPaper.objects.select_for_update().get(pk=paper.pk)
        if row.withdrawn_on is not None:
            raise CertificateRefused(_("这项材料已撤回"))
        row.withdrawn_on = withdrawn_on
        row.save(update_fields=["withdrawn_on"])
        audit.record(
            action="paper.withdrawn", actor=actor, obj=row, data={"user": row.user_id, "kind": row.kind}, reason=reason
        )
    return row
