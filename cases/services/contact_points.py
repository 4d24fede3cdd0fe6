"""The standing of phones and addresses: what people found out about them."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import ContactPoint
from collection_ops.core.models import User
from collection_ops.core.services import audit


class ContactPointRefused(Exception):
    """The standing cannot be set; the sentence says why."""


def mark_dead(*, point: ContactPoint, actor: User | None, now: datetime, reason: str = "") -> ContactPoint:
    """The number reaches nobody, or not this person. A refusal stays a refusal."""
    return _stand(point, ContactPoint.Status.DEAD, actor, now, reason)


def mark_refused(*, point: ContactPoint, actor: User | None, now: datetime, reason: str = "") -> ContactPoint:
    """A third person does not want to be contacted: final. Raises ContactPointRefused for the debtor's own."""
    if not point.relation:
        raise ContactPointRefused(_("本人的号码不登记“拒绝联系”；请用停催“本人要求停止联系”"))
    return _stand(point, ContactPoint.Status.REFUSED, actor, now, reason)


def _stand(point: ContactPoint, status: str, actor: User | None, now: datetime, reason: str) -> ContactPoint:
    with transaction.atomic():
        locked = ContactPoint.objects.select_for_update(of=("self",)).get(pk=point.pk)
        if locked.status not in (status, ContactPoint.Status.REFUSED):
            before, locked.status = locked.status, status
            locked.verified_on = now.date()
            locked.save(update_fields=["status", "verified_on"])
            audit.record(
                action="contact_point.changed", actor=actor, obj=locked.debtor,
                data={"point": locked.pk, "masked": locked.masked, "from": before, "to": status}, reason=reason,
            )  # fmt: skip
    return locked
