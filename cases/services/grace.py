"""Days of grace by a desk's own agreement: written here, read by cases/credit.py."""

from datetime import date, datetime

from cases.models import Desk, DeskGrace
from collection_ops.core.models import User
from collection_ops.core.services import audit


def set_desk_grace(*, desk: Desk, days: int, effective_from: date, actor: User | None, now: datetime) -> DeskGrace:
    """From `effective_from` on, money of a case that left `desk` counts for it for `days` calendar days more."""
    row = DeskGrace.objects.create(desk=desk, effective_from=effective_from, days=days, set_at=now)
    audit.record(
        action="desk.grace_set",
        actor=actor,
        obj=desk,
        data={"days": days, "effective_from": effective_from.isoformat()},
    )
    return row
