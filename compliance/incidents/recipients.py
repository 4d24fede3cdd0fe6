"""To whom written reports go."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.incidents.refusals import IncidentRefused
from compliance.models import IncidentRecipient, RecipientKind


def add_recipient(
    *, name: str, kind: RecipientKind | str, how: str, actor: User | None, now: datetime
) -> IncidentRecipient:
    """Raises IncidentRefused: no name or way, or the name is there."""
    if not name.strip():
        raise IncidentRefused(_("请填写名称"), "name")
    if not how.strip():
        raise IncidentRefused(_("请写明报送方式：系统、地址或号码"), "how")
    try:
        with transaction.atomic():
            row = IncidentRecipient.objects.create(
                name=name.strip()[:64], kind=RecipientKind(kind), how=how.strip()[:200]
            )
            audit.record(action="incident.recipient_added", actor=actor, obj=row, data={"kind": row.kind})
    except IntegrityError as known:
        raise IncidentRefused(_("已有同名的报送对象"), "name") from known
    return row


def switch_recipient(
    *, recipient: IncidentRecipient, is_active: bool, actor: User | None, now: datetime
) -> IncidentRecipient:
    """Off: no further report goes there; what was sent stays. The same again changes nothing."""
    with transaction.atomic():
        row = IncidentRecipient.objects.select_for_update().get(pk=recipient.pk)
        if row.is_active != is_active:
            row.is_active = is_active
            row.save(update_fields=["is_active"])
            audit.record(action="incident.recipient_switched", actor=actor, obj=row, data={"active": is_active})
    return row
