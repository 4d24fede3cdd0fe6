"""One referral locked, and a line about what was done with it."""

from datetime import datetime

from django.utils.translation import gettext as _

from collection_ops.core.models import User
from compliance.models import Referral, ReferralStep
from compliance.routing.refusals import ReferralRefused


def locked(referral: Referral, *states: str) -> Referral:
    """The row, locked until the transaction ends. Raises ReferralRefused in another state than these: somebody else may
    have been faster, and is named."""
    row = Referral.objects.select_for_update(of=("self",)).get(pk=referral.pk)
    if row.state not in states:
        last = row.steps.exclude(actor=None).select_related("actor").order_by("-at", "-pk").first()
        said = {"number": row.number, "state": row.get_state_display(), "who": last.actor if last else row.asked_by}
        raise ReferralRefused(_("转办 %(number)s 已由 %(who)s 处理，现为“%(state)s”；请刷新") % said)
    return row


def step(
    referral: Referral,
    kind: str,
    *,
    actor: User | None,
    now: datetime,
    words: str = "",
    data: dict[str, object] | None = None,
) -> ReferralStep:
    """One line of what was done. Kinds have their labels in `routing/texts.py`."""
    return ReferralStep.objects.create(
        referral=referral, kind=kind, at=now, actor=actor, words=words.strip(), data=data or {}
    )
