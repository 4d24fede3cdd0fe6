"""What an open complaint stops (CN-S-07): the people, agencies and channels it is about, for this debtor.

A complaint has one hold (`Complaint.hold`) that names the first person or agency complained about; further ones get holds of
their own beside it, found by who they accuse. Whatever the cause, the last open complaint about somebody lifts the hold;
what is on a list that was frozen (`blast`) stays until the list is released.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from cases.models import Hold, HoldType
from cases.services.holds import lift_hold, place_hold
from collection_ops.core.models import User
from compliance.models import OPEN_STATES, Complaint, ComplaintSubject, FreezeLine


def pause(complaint: Complaint, *, now: datetime) -> None:
    """Place what is not in force yet, one hold for each person and agency complained about (one that names nobody where
    there is none). In the caller's transaction. Placed by the system: whoever takes a complaint in need not be one who may
    place holds."""
    if complaint.debtor is None:
        return
    first: Hold | None = None
    for user, org in _accused(complaint):
        hold = _in_force(complaint, user, org, now) or place_hold(
            debtor=complaint.debtor,
            type=HoldType.COMPLAINT,
            reason=_("投诉 %(number)s 处理中") % {"number": complaint.number},
            actor=None,
            now=now,
            accused=user,
            accused_org=org,
        )
        first = first or hold
    if first is not None and complaint.hold_id != first.pk:
        complaint.hold = first
        complaint.save(update_fields=["hold"])


def resume(complaint: Complaint, *, actor: User | None, now: datetime) -> int:
    """Lift the holds that no other open complaint of the debtor asks for; how many. In the caller's transaction, the
    complaint no longer open."""
    if complaint.debtor is None:
        return 0
    others = ComplaintSubject.objects.filter(
        complaint__debtor=complaint.debtor, complaint__state__in=OPEN_STATES
    ).exclude(complaint=complaint)
    wanted = set(others.values_list("user_id", "org"))
    general = Complaint.objects.open().filter(debtor=complaint.debtor).exclude(pk=complaint.pk).exists()
    lifted = 0
    for user, org in _accused(complaint):
        hold = _in_force(complaint, user, org, now)
        if hold is None or ((user.pk if user else None, org) in wanted) or (user is None and not org and general):
            continue
        if FreezeLine.objects.filter(hold=hold, freeze__released_at__isnull=True).exists():
            continue
        lift_hold(hold=hold, reason=_("投诉 %(number)s 已办结") % {"number": complaint.number}, actor=None, now=now)
        lifted += 1
    return lifted


def _accused(complaint: Complaint) -> list[tuple[User | None, str]]:
    named = complaint.subjects.select_related("user").order_by("pk")
    pairs = [(one.user, one.org) for one in named if one.user is not None or one.org]
    return pairs or [(None, "")]


def _in_force(complaint: Complaint, user: User | None, org: str, now: datetime) -> Hold | None:
    return (
        Hold.objects.in_force(now)
        .filter(debtor=complaint.debtor, type=HoldType.COMPLAINT, accused=user, accused_org=org, accused_channel="")
        .order_by("pk")
        .first()
    )
