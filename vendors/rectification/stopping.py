"""No further cases while a rectification is not done. The obstacle stands in agencies/standing.py; the desk says it to
whoever moves cases by hand. Cases that are with the agency stay: this is a warning, not the end."""

from datetime import datetime

from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.models import User
from collection_ops.core.services import audit
from vendors.agencies.register import set_desk
from vendors.models import Rectification
from vendors.rectification.raising import VIEW, step, tell


def stop(row: Rectification, because: str, *, actor: User | None, now: datetime) -> None:
    """`row` and its agency are locked; `because`: a key of texts.STOP_REASONS."""
    row.stopped_on = clock.business_date(now)
    row.save(update_fields=["stopped_on"])
    set_desk(row.agency)
    data = {"because": because, "agency": row.agency_id}
    step(row, "stopped", actor=actor, now=now, data=data)
    audit.record(action="rectification.stopped", actor=actor, obj=row, data=data)
    tell(row, "rectification.stopped", users_with(VIEW), actor)


def lift(row: Rectification, *, actor: User | None, now: datetime) -> None:
    row.lifted_on = clock.business_date(now)
    row.save(update_fields=["lifted_on"])
    set_desk(row.agency)
    step(row, "lifted", actor=actor, now=now)
    audit.record(action="rectification.lifted", actor=actor, obj=row, data={"agency": row.agency_id})
