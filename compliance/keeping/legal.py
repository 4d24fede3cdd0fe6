"""Legal holds: set by one person, lifted by another. What is held is not removed, whatever its age."""

from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from cases.models import Debtor
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.keeping.refusals import KeepingRefused
from compliance.models import LegalHold

_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('compliance_retention', 0))"


def take_turn() -> None:
    """A hold is not set while a batch is on its way, and a batch looks at the holds only once it has the turn."""
    with connection.cursor() as cursor:
        cursor.execute(_TURN)


def place_legal_hold(*, debtor: Debtor, reason: str, actor: User, now: datetime, reference: str = "") -> LegalHold:
    """Raises KeepingRefused: no reason, or the person is held for the same matter."""
    if not reason.strip():
        raise KeepingRefused(_("请写明保全的原因"), "reason")
    try:
        with transaction.atomic():
            take_turn()
            hold = LegalHold.objects.create(
                debtor=debtor,
                reason=reason.strip()[:200],
                reference=reference.strip()[:64],
                placed_by=actor,
                placed_at=now,
            )
            audit.record(action="legal_hold.placed", actor=actor, obj=hold, data={"debtor": debtor.pk}, reason=reason)
    except IntegrityError as again:
        raise KeepingRefused(_("该客户因同一案号或文号已在保全中"), "reference") from again
    return hold


def lift_legal_hold(*, hold: LegalHold, reason: str, actor: User, now: datetime) -> LegalHold:
    """Raises KeepingRefused: no reason, set by oneself, lifted already."""
    if not reason.strip():
        raise KeepingRefused(_("请写明解除的原因"), "reason")
    with transaction.atomic():
        locked = LegalHold.objects.select_for_update(no_key=True).get(pk=hold.pk)
        if locked.lifted_at is not None:
            raise KeepingRefused(_("这项保全已解除"))
        if locked.placed_by_id == actor.pk:
            raise KeepingRefused(_("自己登记的保全须由另一人解除"))
        locked.lifted_by, locked.lifted_at, locked.lift_reason = actor, now, reason.strip()[:200]
        locked.save(update_fields=["lifted_by", "lifted_at", "lift_reason"])
        audit.record(
            action="legal_hold.lifted", actor=actor, obj=locked, data={"debtor": locked.debtor_id}, reason=reason
        )
    return locked
