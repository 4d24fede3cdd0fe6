"""Ending the cooperation: proposed with a file of reasons, approved by two others, and then the exit begins.

propose(row=row, reason="…", actor=manager, now=now)     # of a rectification that stopped placements
approve(proposal=one, actor=supervisor, now=now)         # one of the line
approve(proposal=one, actor=officer, now=now)            # and one of compliance, in any order: the exit begins
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection_ops.core import clock
from collection_ops.core.access import Role, has, users_with
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from vendors.agencies import leaving
from vendors.agencies.limits import EXIT_DAYS
from vendors.agencies.refusals import AgencyRefused
from vendors.models import (
    UNSETTLED,
    Agency,
    AgencyState,
    Rectification,
    RectificationState,
    Termination,
    TerminationState,
)
from vendors.placement import recalls
from vendors.placement.numbers import next_number
from vendors.rectification.dossier import digest, file_of
from vendors.rectification.raising import MOST_WORDS, WORKING, step
from vendors.rectification.refusals import RectificationRefused

PROPOSE, APPROVE = "terminations.propose", "terminations.approve"
PREFIX = "ZZ"
PLAN_STEPS = ("recall", "accounts", "data", "deletion", "settlement")
"""The wind-down in its order; each gets its day in `plan`."""
ONE_SIDED = {
    "compliance": gettext_lazy("合规已批准，还须业务主管或经理批准"),
    "line": gettext_lazy("业务已批准，还须合规批准"),
}
SETTLED_AFTER = 30
"""Days after the exit until the last statement is made: money of the days of grace has come by then."""


def propose(*, row: Rectification, reason: str, actor: User, now: datetime) -> Termination:
    """Raises RectificationRefused: without the authority, no reason, placements were not stopped because of it, or the
    end is proposed already."""
    if not has(actor, PROPOSE):
        raise RectificationRefused(_("您没有这项权限"))
    if not reason.strip():
        raise RectificationRefused(_("请写明终止合作的理由"), "reason")
    day = clock.business_date(now)
    with transaction.atomic():
        agency = Agency.objects.select_for_update(of=("self",)).select_related("desk").get(pk=row.agency_id)
        held = Rectification.objects.select_for_update(of=("self",)).select_related("agency").get(pk=row.pk)
        if agency.state not in WORKING:
            raise RectificationRefused(_("机构不在合作中，无需提议终止"))
        if not held.is_unsettled or not held.is_stopping:
            raise RectificationRefused(_("只有因整改停止委案之后才能提议终止合作"))
        if Termination.objects.filter(agency=agency, state=TerminationState.PROPOSED).exists():
            raise RectificationRefused(_("已有终止合作的提议等待批准"))
        file = file_of(agency, reason=reason.strip(), now=now)
        proposal = Termination.objects.create(
            number=next_number(Termination, PREFIX, day),
            agency=agency,
            rectification=held,
            reason=reason.strip()[:MOST_WORDS],
            file=file,
            digest=digest(file),
            plan=plan_from(day, EXIT_DAYS.on(day)),
            proposed_by=actor,
            proposed_at=now,
        )
        step(held, "end_proposed", actor=actor, now=now, words=reason, data={"number": proposal.number})
        data = {"number": proposal.number, "agency": agency.pk, "digest": proposal.digest}
        audit.record(action="termination.proposed", actor=actor, obj=proposal, data=data)
        _tell(proposal, "termination.proposed", actor)
    return proposal


def plan_from(day: date, exit_days: int) -> dict[str, str]:
    """The days of the wind-down, counted from `day` on: cases come back first, accounts are closed when none is left,
    then the data; the money is settled last."""
    last = day + timedelta(days=exit_days)
    half = day + timedelta(days=max(exit_days // 2, 1))
    days = (half, half, last, last, last + timedelta(days=SETTLED_AFTER))
    return {name: on.isoformat() for name, on in zip(PLAN_STEPS, days, strict=True)}


def approve(*, proposal: Termination, actor: User, now: datetime) -> Termination:
    """Compliance approves for compliance, everybody else for the line. With the second the exit begins: the cases are listed
    for recall. Raises RectificationRefused: one's own proposal, one's side or oneself has approved already."""
    if not has(actor, APPROVE):
        raise RectificationRefused(_("您没有这项权限"))
    with transaction.atomic():
        held = _hold(proposal)
        if held.proposed_by_id == actor.pk:
            raise RectificationRefused(_("自己提议的终止须由他人批准"))
        if held.agency.state in (AgencyState.EXITING, AgencyState.EXITED):
            raise RectificationRefused(_("机构已在退出，无需再批准"))
        side = "compliance" if Role.COMPLIANCE in actor.roles else "line"
        given = {"line": held.line_by_id, "compliance": held.compliance_by_id}
        if actor.pk in given.values():
            raise RectificationRefused(_("您已批准过，须由另一人批准"))
        if given[side] is not None:
            raise RectificationRefused(str(ONE_SIDED[side]))
        setattr(held, f"{side}_by", actor)
        setattr(held, f"{side}_at", now)
        fields = [f"{side}_by", f"{side}_at"]
        is_second = given["line"] is not None or given["compliance"] is not None
        if is_second:
            held.state = TerminationState.APPROVED
            fields.append("state")
        held.save(update_fields=fields)
        step(held.rectification, f"end_{side}", actor=actor, now=now, data={"number": held.number})
        action = "termination.approved" if is_second else "termination.approved_one"
        audit.record(action=action, actor=actor, obj=held, data={"number": held.number, "side": side})
        if is_second:
            _begin_exit(held, actor, now)
            _tell(held, "termination.approved", actor)
    return held


def _begin_exit(proposal: Termination, actor: User, now: datetime) -> None:
    """agencies/leaving.py closes the desk and leads through the steps; the cases come onto the list of recalls."""
    day = clock.business_date(now)
    reason = _("终止合作 %(number)s") % {"number": proposal.number}
    try:
        leaving.begin_exit(agency=proposal.agency, on=day, reason=reason, actor=actor, day=day)
    except AgencyRefused as refused:
        raise RectificationRefused(str(refused)) from refused
    rows = list(
        Rectification.objects.select_for_update(of=("self",)).filter(agency=proposal.agency, state__in=UNSETTLED)
    )
    for row in rows:
        step(row, "ended", actor=None, now=now, data={"number": proposal.number})
    Rectification.objects.filter(pk__in=[row.pk for row in rows]).update(state=RectificationState.ENDED)
    recalls.propose(day=day, actor=None, now=now)


def reject(*, proposal: Termination, words: str, actor: User, now: datetime) -> Termination:
    """Not so: the rectification goes on, and placements stay stopped until it is done. Raises RectificationRefused."""
    if not has(actor, APPROVE):
        raise RectificationRefused(_("您没有这项权限"))
    if not words.strip():
        raise RectificationRefused(_("请写明否决的理由"), "words")
    with transaction.atomic():
        held = _hold(proposal)
        if held.proposed_by_id == actor.pk:
            raise RectificationRefused(_("自己提议的终止须由他人决定"))
        held.state, held.rejected_by, held.rejected_at = TerminationState.REJECTED, actor, now
        held.save(update_fields=["state", "rejected_by", "rejected_at"])
        step(held.rectification, "end_rejected", actor=actor, now=now, words=words, data={"number": held.number})
        audit.record(action="termination.rejected", actor=actor, obj=held, data={"number": held.number})
        _tell(held, "termination.rejected", actor)
    return held


def _hold(proposal: Termination) -> Termination:
    """The agencies first, as everywhere; all of them in order, since the list of recalls locks them all as well. Raises
    RectificationRefused where it is decided already."""
    list(Agency.objects.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    related = ("agency__desk", "rectification__agency")
    held = Termination.objects.select_for_update(of=("self",)).select_related(*related).get(pk=proposal.pk)
    if held.state != TerminationState.PROPOSED:
        raise RectificationRefused(_("这项提议已有决定，请刷新页面"))
    return held


def _tell(proposal: Termination, kind: str, actor: User) -> None:
    people = users_with(APPROVE) if kind == "termination.proposed" else users_with(PROPOSE)
    params = {"number": proposal.number, "agency": proposal.agency.name}
    url = reverse("vendors:rectification", args=[proposal.rectification_id])
    notify(users=people.exclude(pk=actor.pk), kind=kind, params=params, url=url, level="warning")
