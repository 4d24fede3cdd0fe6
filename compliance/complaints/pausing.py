"""What an open complaint stops (CN-S-07): the people, agencies and channels it is about, for this debtor.

A complaint that names nobody has a hold that only warns, or one against a channel where it names that: `Complaint.hold`.
Each person and agency complained about has a hold of their own, found by who is accused. Whatever the cause, the last open
complaint that asks for a hold lifts it.
"""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from cases.models import Hold, HoldType
from cases.services.holds import HoldRefused, lift_hold, place_hold
from collection_ops.core.models import User
from compliance.complaints.refusals import ComplaintRefused
from compliance.models import OPEN_STATES, Complaint, ComplaintSubject, FreezeLine


def pause(complaint: Complaint, *, now: datetime, channel: str = "") -> None:
    """Place what is not in force yet, one hold for each person and agency complained about, one for `channel`, and one that
    names nobody where there is neither. In the caller's transaction. Placed by the system: whoever takes a complaint in need
    not be one who may place holds."""
    if complaint.debtor is None:
        return
    before = complaint.hold
    first = before if before is not None and before.is_in_force(now) else None
    for user, org, way in _stopped(complaint, channel or (before.accused_channel if before is not None else "")):
        hold = _going_on(complaint, user, org, way, now) or _place(complaint, user, org, way, now)
        # Nobody else leads to the hold of a channel: the complaint has to.
        if first is None or way:
            first = hold
    if first is not None and complaint.hold_id != first.pk:
        complaint.hold = first
        complaint.save(update_fields=["hold"])


def resume(complaint: Complaint, *, actor: User | None, now: datetime) -> int:
    """Lift the holds of this complaint that no other open one of the debtor asks for; how many. In the caller's
    transaction, the complaint no longer open."""
    if complaint.debtor is None:
        return 0
    others = Complaint.objects.filter(debtor=complaint.debtor, state__in=OPEN_STATES).exclude(pk=complaint.pk)
    linked = set(others.values_list("hold_id", flat=True))
    wanted = set(ComplaintSubject.objects.filter(complaint__in=others).values_list("user_id", "org"))
    mine = set(complaint.subjects.values_list("user_id", "org"))
    frozen = FreezeLine.objects.filter(hold__debtor=complaint.debtor, freeze__released_at__isnull=True)
    kept = linked | set(frozen.values_list("hold_id", flat=True))
    nobody = (None, "")
    lifted = 0
    for hold in Hold.objects.in_force(now).filter(debtor=complaint.debtor, type=HoldType.COMPLAINT).order_by("pk"):
        who = (hold.accused_id, hold.accused_org)
        is_mine = hold.pk == complaint.hold_id or (who != nobody and who in mine)
        if not is_mine or hold.pk in kept or (who != nobody and who in wanted):
            continue
        lift_hold(hold=hold, reason=_("投诉 %(number)s 已办结") % {"number": complaint.number}, actor=None, now=now)
        lifted += 1
    return lifted


def _stopped(complaint: Complaint, channel: str) -> list[tuple[User | None, str, str]]:
    """Person, agency, channel of each hold it asks for."""
    subjects = complaint.subjects.select_related("user").order_by("pk")
    named = [(one.user, one.org, "") for one in subjects if one.user is not None or one.org]
    unnamed: list[tuple[User | None, str, str]] = [(None, "", channel)] if channel or not named else []
    return [*unnamed, *named]


def _place(complaint: Complaint, user: User | None, org: str, channel: str, now: datetime) -> Hold:
    """The hold; that of a complaint which came in at the same moment, where there were two."""
    assert complaint.debtor is not None
    try:
        return place_hold(
            debtor=complaint.debtor,
            type=HoldType.COMPLAINT,
            reason=_("投诉 %(number)s 处理中") % {"number": complaint.number},
            actor=None,
            now=now,
            accused=user,
            accused_org=org,
            accused_channel=channel,
        )
    except HoldRefused as refused:
        if (found := _going_on(complaint, user, org, channel, now)) is None:
            raise ComplaintRefused(str(refused)) from refused
        return found


def _going_on(complaint: Complaint, user: User | None, org: str, channel: str, now: datetime) -> Hold | None:
    """Not over yet: one that another process placed may begin a moment after this one's clock. One that was placed by hand
    may name a channel beside the person; it stops the person as well."""
    held = Hold.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now)).filter(
        debtor=complaint.debtor, type=HoldType.COMPLAINT, accused=user, accused_org=org
    )
    if user is None and not org:
        held = held.filter(accused_channel=channel)
    return held.order_by("pk").first()
