"""What a person said about the day on which they are paid."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from agents.models import Payday
from cases.models import Case
from collection_ops.core.models import User
from collection_ops.core.services import audit


class PaydayRefused(Exception):
    """The day cannot be taken; the sentence says why."""


def set_payday(*, case: Case, day: int | None, actor: User, now: datetime) -> None:
    """Keep the day of the month (1 to 31) on which the debtor of `case` is paid; None: it is not known any more. Raises
    PaydayRefused."""
    if day is not None and not 1 <= day <= 31:
        raise PaydayRefused(_("发薪日须在 1 与 31 之间"))
    with transaction.atomic():
        debtor_id = case.loan.debtor_id
        before = Payday.objects.filter(debtor_id=debtor_id).values_list("day", flat=True).first()
        if before == day:
            return
        if day is None:
            Payday.objects.filter(debtor_id=debtor_id).delete()
        else:
            Payday.objects.update_or_create(
                debtor_id=debtor_id, defaults={"day": day, "told_by": actor, "told_at": now}
            )
        audit.record(action="payday.told", actor=actor, obj=case, data={"from": before, "to": day})
