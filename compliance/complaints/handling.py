"""Leading a complaint to its end: who handles it, more time, what was found, the closing, and opening it again."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.breaching.from_complaints import follow_decision
from compliance.complaints.clock import due_on
from compliance.complaints.conflicts import DECIDE, HANDLE, accused_of, refuse_conflict
from compliance.complaints.pausing import pause, resume
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import step
from compliance.models import (
    FOUND_TRUE,
    OPEN_STATES,
    Complaint,
    ComplaintOutcome,
    ComplaintRound,
    ComplaintState,
    ComplaintType,
    Complexity,
)
from compliance.routing.referring import open_referrals

EXTEND_SPECIAL = "complaints.extend_special"


def assign(*, complaint: Complaint, handler: User, actor: User, now: datetime) -> Complaint:
    """Give it to somebody, who is told. Raises ComplaintRefused: closed, somebody who may not handle complaints, whom it is
    about, or who leads their team (CN-C-02)."""
    if not has(handler, HANDLE):
        raise ComplaintRefused(_("%(name)s 没有办理投诉的权限") % {"name": handler}, "handler")
    with transaction.atomic():
        locked = _locked(complaint, *OPEN_STATES)
        refuse_conflict(accused_of(locked), handler)
        if locked.handler_id == handler.pk:
            return locked
        before = locked.handler_id
        locked.handler = handler
        if locked.state == ComplaintState.RECEIVED:
            locked.state = ComplaintState.HANDLING
        locked.save(update_fields=["handler", "state"])
        step(locked, "assigned", actor=actor, now=now, data={"to": handler.pk, "name": str(handler)})
        audit.record(action="complaint.assigned", actor=actor, obj=locked, data={"from": before, "to": handler.pk})
        if handler.pk != actor.pk:
            notify(
                users=[handler],
                kind="complaint.assigned",
                params={"number": locked.number, "due": locked.due_on.isoformat()},
                url=reverse("compliance:complaint", args=[locked.pk]),
                level="warning",
            )
    return locked


def note(*, complaint: Complaint, words: str, actor: User, now: datetime) -> None:
    """Add what was learned or done. Raises ComplaintRefused: nothing said, joined to another."""
    if not words.strip():
        raise ComplaintRefused(_("请填写内容"), "words")
    if complaint.state == ComplaintState.JOINED:
        raise ComplaintRefused(_("这件投诉已并入另一件，请在那一件中补充"))
    with transaction.atomic():
        step(complaint, "noted", actor=actor, now=now, words=words)
        audit.record(action="complaint.noted", actor=actor, obj=complaint)


def extend(*, complaint: Complaint, complexity: Complexity | str, reason: str, actor: User, now: datetime) -> Complaint:
    """More time: complex by whoever handles it, specially complex by somebody who may approve it and does not handle it
    himself (CN-C-01). Raises ComplaintRefused: no reason, a credit-report dispute, not a step further, overdue already, or
    without the authority."""
    wanted = Complexity(complexity)
    order = list(Complexity)
    if not reason.strip():
        raise ComplaintRefused(_("请写明延期的原因"), "reason")
    with transaction.atomic():
        locked = _locked(complaint, *OPEN_STATES)
        if locked.type == ComplaintType.CREDIT_REPORT:
            raise ComplaintRefused(_("征信异议须在法定期限内答复，不能延期"))
        if order.index(wanted) != order.index(Complexity(locked.complexity)) + 1:
            raise ComplaintRefused(_("只能逐级延期：一般 → 情况复杂 → 特别复杂"), "complexity")
        if locked.days_left(clock.business_date(now)) < 0:
            raise ComplaintRefused(_("期限已过，不能再延期；请尽快办结并说明原因"))
        if wanted == Complexity.SPECIAL:
            if not has(actor, EXTEND_SPECIAL):
                raise ComplaintRefused(_("特别复杂的延期须由合规负责人或经理批准"))
            if locked.handler_id == actor.pk:
                raise ComplaintRefused(_("经办人不能批准自己的延期，请由另一人批准"))
        refuse_conflict(accused_of(locked), actor, field="")
        current = _current_round(locked)
        due = due_on(current.started_on, type=locked.type, complexity=wanted)
        current.complexity, current.due_on = wanted, due
        current.extension_reason, current.extended_by, current.escalated = reason.strip()[:200], actor, 0
        current.save(update_fields=["complexity", "due_on", "extension_reason", "extended_by", "escalated"])
        locked.complexity, locked.due_on = wanted, due
        locked.save(update_fields=["complexity", "due_on"])
        step(locked, "extended", actor=actor, now=now, words=reason, data={"due": due.isoformat()})
        audit.record(
            action="complaint.extended",
            actor=actor,
            obj=locked,
            data={"complexity": str(wanted), "due": due.isoformat()},
            reason=reason,
        )
    return locked


def decide(
    *,
    complaint: Complaint,
    outcome: ComplaintOutcome | str,
    finding: str,
    responsible: Mapping[int, bool],
    actor: User,
    now: datetime,
    remedy: str = "",
) -> Complaint:
    """Say what was found. `responsible`: by id of each subject, whether it bears the blame. Where the complaint is (partly)
    true somebody or something is responsible, and there is a remedy.

    Raises ComplaintRefused: without the authority or with an interest in it, nobody handles it yet, no finding, no remedy,
    nobody responsible, subjects of another complaint.
    """
    found = ComplaintOutcome(outcome)
    if not has(actor, DECIDE):
        raise ComplaintRefused(_("您没有决定投诉的权限"))
    if not finding.strip():
        raise ComplaintRefused(_("请写明查明的情况"), "finding")
    with transaction.atomic():
        locked = _locked(complaint, ComplaintState.HANDLING, ComplaintState.DECIDED)
        refuse_conflict(accused_of(locked), actor, field="")
        subjects = {one.pk: one for one in locked.subjects.all()}
        if not set(responsible) <= set(subjects):
            raise ComplaintRefused(_("被投诉方已变更，请刷新后重新填写"), "responsible")
        if found in FOUND_TRUE:
            if not remedy.strip():
                raise ComplaintRefused(_("属实或部分属实时须写明补救措施"), "remedy")
            if subjects and not any(responsible.values()):
                raise ComplaintRefused(_("属实或部分属实时须指明责任方"), "responsible")
        for pk, subject in subjects.items():
            subject.responsible = bool(responsible.get(pk, False)) if found in FOUND_TRUE else False
            subject.save(update_fields=["responsible"])
        locked.state, locked.outcome = ComplaintState.DECIDED, found
        locked.finding, locked.remedy = finding.strip(), remedy.strip()
        locked.decided_by, locked.decided_at = actor, now
        locked.save(update_fields=["state", "outcome", "finding", "remedy", "decided_by", "decided_at"])
        step(locked, "decided", actor=actor, now=now, data={"outcome": str(found)})
        follow_decision(locked, actor=actor, now=now)
        audit.record(action="complaint.decided", actor=actor, obj=locked, data={"outcome": str(found)})
    return locked


def close(*, complaint: Complaint, answered: str, actor: User, now: datetime) -> Complaint:
    """The person has been answered (`answered`: how, and when): the clock stops, and what the complaint held back goes on
    unless another one asks for it. Raises ComplaintRefused: not decided yet, no answer, an interest in it, another
    department's answer still outstanding or not looked at."""
    if not answered.strip():
        raise ComplaintRefused(_("请写明如何答复投诉人"), "answered")
    with transaction.atomic():
        locked = _locked(complaint, ComplaintState.DECIDED)
        refuse_conflict(accused_of(locked), actor, field="")
        if waiting := open_referrals(locked):
            raise ComplaintRefused(
                _("还有 %(count)d 件转办没有了结，请先确认答复；不再需要的请撤回") % {"count": waiting}
            )
        locked.state, locked.closed_at = ComplaintState.CLOSED, now
        locked.save(update_fields=["state", "closed_at"])
        current = _current_round(locked)
        current.closed_at, current.closed_on = now, clock.business_date(now)
        current.outcome = locked.outcome
        current.save(update_fields=["closed_at", "closed_on", "outcome"])
        resume(locked, actor=actor, now=now)
        step(locked, "closed", actor=actor, now=now, words=answered, data={"in_time": bool(current.in_time)})
        audit.record(
            action="complaint.closed",
            actor=actor,
            obj=locked,
            data={"outcome": locked.outcome, "in_time": bool(current.in_time)},
        )
    return locked


def reopen(*, complaint: Complaint, reason: str, actor: User, now: datetime) -> Complaint:
    """The person is not content, or something new came up. A new round begins with days of its own, counted from today; the
    round before stays as it was. Raises ComplaintRefused: no reason, not closed, an interest in it."""
    if not reason.strip():
        raise ComplaintRefused(_("请写明重新受理的原因"), "reason")
    today = clock.business_date(now)
    with transaction.atomic():
        locked = _locked(complaint, ComplaintState.CLOSED)
        refuse_conflict(accused_of(locked), actor, field="")
        due = due_on(today, type=locked.type, complexity=Complexity.NORMAL)
        number = (locked.rounds.aggregate(last=Max("number"))["last"] or 0) + 1
        ComplaintRound.objects.create(
            complaint=locked, number=number, started_on=today, due_on=due, reopen_reason=reason.strip()[:200]
        )
        locked.state, locked.round, locked.due_on = ComplaintState.HANDLING, number, due
        locked.complexity, locked.outcome = Complexity.NORMAL, ""
        locked.decided_at, locked.decided_by, locked.closed_at = None, None, None
        locked.save()
        locked.subjects.update(responsible=None)
        pause(locked, now=now)
        step(locked, "reopened", actor=actor, now=now, words=reason, data={"round": number, "due": due.isoformat()})
        audit.record(action="complaint.reopened", actor=actor, obj=locked, data={"round": number}, reason=reason)
    return locked


def late_on(complaint: Complaint, today: date) -> bool:
    """Whether it is open and its last day is over."""
    return complaint.is_open and complaint.days_left(today) < 0


def _locked(complaint: Complaint, *states: str) -> Complaint:
    """The row, locked until the transaction ends. Raises ComplaintRefused in another state than these."""
    locked = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
    if locked.state not in states:
        raise ComplaintRefused(
            _("投诉 %(number)s 现为“%(state)s”，不能这样处理；可能已被同事处理，请刷新")
            % {"number": locked.number, "state": locked.get_state_display()}
        )
    return locked


def _current_round(complaint: Complaint) -> ComplaintRound:
    return complaint.rounds.select_for_update().get(closed_at__isnull=True)
