"""Who handles it, and the decision with what follows from it: each by somebody who has seen how it stands."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from compliance.complaints import effects, handling
from compliance.complaints.refusals import ComplaintRefused
from compliance.models import Complaint, ComplaintOutcome


def assign_handler(*, complaint: Complaint, handler: User, seen: int | None, actor: User, now: datetime) -> Complaint:
    """Give it to somebody. `seen`: whose it was when the actor looked. Raises ComplaintRefused as `assign` does, and when a
    colleague gave it to somebody meanwhile."""
    with transaction.atomic():
        locked = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
        if locked.handler_id not in (seen, handler.pk):
            raise ComplaintRefused(
                _("同事刚把经办人改为 %(name)s，请核对后再指定") % {"name": locked.handler}, "handler"
            )
        return handling.assign(complaint=locked, handler=handler, actor=actor, now=now)


def decide_complaint(
    *,
    complaint: Complaint,
    outcome: ComplaintOutcome | str,
    finding: str,
    remedy: str,
    responsible: Mapping[int, bool],
    seen: datetime | None,
    actor: User,
    now: datetime,
) -> tuple[Complaint, effects.Follows]:
    """Decide, and ask the people responsible for what they have to go through. `seen`: when the decision was made that the
    actor saw (None: none yet). Raises ComplaintRefused as `decide` does, and when a colleague decided meanwhile."""
    with transaction.atomic():
        locked = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
        if locked.decided_at != seen and locked.is_open:
            raise ComplaintRefused(
                _("%(name)s 刚作出决定：%(outcome)s。请核对；确要更改，请重新打开本页后再提交")
                % {"name": locked.decided_by or _("同事"), "outcome": locked.get_outcome_display() or "–"}
            )
        decided = handling.decide(
            complaint=locked,
            outcome=outcome,
            finding=finding,
            remedy=remedy,
            responsible=responsible,
            actor=actor,
            now=now,
        )
        return decided, effects.apply(decided, actor=actor, now=now)
