"""What a person may ask for their own data to become: corrected, or gone (个保法 46, 47). Rows stay where contacts refer to
them; what names a person in them goes.

Not asked here whether it may be done: whoever calls has decided that.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases.imports.cleaning.characters import tidied
from cases.models import ContactPoint, Debtor, ImportChange
from cases.services.contact_points import ContactPointRefused
from collection_ops.core import clock
from collection_ops.core.masking import mask_name
from collection_ops.core.models import User
from collection_ops.core.services import audit

ERASED = "***"
"""In place of the mask of a value that is gone, and of a name."""


def correct_name(*, debtor: Debtor, name: str, actor: User, now: datetime, reason: str) -> tuple[str, str]:
    """Another name; the masks of both. A later file of the source that bears the old name brings it back, so the source has
    to be told. Raises ContactPointRefused: no name, or the same."""
    text = tidied(name)[:128]
    if len(text) < 2:
        raise ContactPointRefused(_("请填写完整的姓名"), "value")
    with transaction.atomic():
        locked = Debtor.objects.select_for_update(no_key=True).get(pk=debtor.pk)
        if locked.name == text:
            raise ContactPointRefused(_("姓名没有变化"), "value")
        masks = mask_name(locked.name), mask_name(text)
        locked.name = text
        locked.save(update_fields=["name"])
        audit.record(
            action="debtor.name_corrected",
            actor=actor,
            obj=locked,
            data={"from": masks[0], "to": masks[1]},
            reason=reason,
        )
    return masks


def erase_points(*, debtor: Debtor, third: bool, actor: User, now: datetime, reason: str) -> int:
    """Values, masks and holders of the numbers and addresses of third persons, or of the debtor's own; how many. Of somebody
    who refused to be contacted the blind index stays: it says nothing by itself, and the refusal is for good (CN-P-04)."""
    with transaction.atomic():
        points = ContactPoint.objects.select_for_update(of=("self",)).filter(debtor=debtor).exclude(masked=ERASED)
        rows = list((points.exclude(relation="") if third else points.filter(relation="")).order_by("pk"))
        for row in rows:
            row.value, row.masked, row.holder_name = "", ERASED, ""
            if row.status != ContactPoint.Status.REFUSED:
                row.status, row.value_index = ContactPoint.Status.DEAD, f"erased:{row.pk}"
            row.verified_on = clock.business_date(now)
        ContactPoint.objects.bulk_update(
            rows, ["value", "masked", "holder_name", "status", "value_index", "verified_on"], batch_size=500
        )
        if rows:
            audit.record(
                action="debtor.points_erased",
                actor=actor,
                obj=debtor,
                data={"third": third, "count": len(rows)},
                reason=reason,
            )
    return len(rows)


def erase_identity(*, debtor: Debtor, actor: User, now: datetime, reason: str) -> bool:
    """Name and ID number, and earlier names in the history of imports; what was borrowed and paid stays as figures. False
    where it was done before."""
    with transaction.atomic():
        locked = Debtor.objects.select_for_update(no_key=True).get(pk=debtor.pk)
        if locked.name == ERASED:
            return False
        locked.name = ERASED
        locked.id_type = locked.id_no = locked.id_index = locked.id_last4 = ""
        locked.save(update_fields=["name", "id_type", "id_no", "id_index", "id_last4"])
        renamed = list(ImportChange.objects.filter(table=ImportChange.Table.DEBTOR, object_id=locked.pk))
        for change in renamed:
            change.before, change.after = ({**side, "name": ERASED} for side in (change.before, change.after))
        ImportChange.objects.bulk_update(renamed, ["before", "after"])
        audit.record(action="debtor.identity_erased", actor=actor, obj=locked, reason=reason)
    return True
