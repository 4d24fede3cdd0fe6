"""Risk flags and what follows: raise → decide (somebody else) → steps of a special disposition → its result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import (
    Case,
    Disposition,
    DispositionKind,
    DispositionStep,
    FlagState,
    Hold,
    HoldType,
    RiskFlag,
    RiskType,
)
from cases.services.holds import HoldRefused, after_day, place_hold
from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify

RAISE, DECIDE = "risks.raise", "risks.decide"


class RiskRefused(Exception):
    """The step cannot be taken; the sentence says why, `field` of which entry (or nothing)."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Step:
    """What somebody is to do, until when."""

    what: str
    owner: User
    due_on: date


def raise_risk(
    *, case: Case, type: RiskType | str, evidence: str, proposal: DispositionKind | str, actor: User, now: datetime
) -> RiskFlag:
    """Say what is special about a case, on what evidence, and what should be done. Raises RiskRefused: no right, no
    evidence, a flag of this type waits already, a closed case."""
    _allow(actor, RAISE)
    if type not in RiskType.values:
        raise RiskRefused(_("请选择风险类型"), "type")
    if proposal not in DispositionKind.values:
        raise RiskRefused(_("请选择建议的处置方式"), "proposal")
    if len(evidence.strip()) < 4:
        raise RiskRefused(_("请写明依据：什么时间、什么事实"), "evidence")
    if not case.is_open:
        raise RiskRefused(_("案件已结案，不能再提出风险标识"))
    try:
        with transaction.atomic():
            flag = RiskFlag.objects.create(
                case=case, type=type, evidence=evidence.strip()[:500], proposal=proposal, raised_by=actor, raised_at=now
            )
            audit.record(
                action="risk.raised",
                actor=actor,
                obj=case,
                data={"flag": flag.pk, "type": str(type), "proposal": str(proposal)},
            )
    except IntegrityError as waiting:
        raise RiskRefused(_("这个案件已有同类风险标识等待决定"), "type") from waiting
    return flag


def decide_risk(
    *,
    flag: RiskFlag,
    accept: bool,
    reason: str,
    actor: User,
    now: datetime,
    kind: DispositionKind | str = "",
    steps: Sequence[Step] = (),
    pause_until: date | None = None,
) -> RiskFlag:
    """Accept a flag, which opens a disposition of `kind` (by default as proposed) with its first steps, or reject it. Of a
    hardship, `pause_until` (the last day) places a pause for a vulnerable person in the same act.

    Raises RiskRefused: no right, one's own flag, no reason, decided already, a step or a pause that cannot be.
    """
    _allow(actor, DECIDE)
    if len(reason.strip()) < 2:
        raise RiskRefused(_("请写明决定的理由"), "reason")
    with transaction.atomic():
        locked = RiskFlag.objects.select_for_update(of=("self",)).select_related("case__loan__debtor").get(pk=flag.pk)
        if locked.state != FlagState.OPEN:
            raise RiskRefused(
                _("%(who)s 已经决定：%(state)s") % {"who": locked.decided_by, "state": locked.get_state_display()}
            )
        if locked.raised_by_id == actor.pk:
            raise RiskRefused(_("不能决定自己提出的风险标识，请由另一人决定"))
        if pause_until is not None and not (accept and locked.type == RiskType.HARDSHIP):
            raise RiskRefused(_("只有采纳“特殊困难”时才能同时暂停催收"), "pause_until")
        locked.state = FlagState.ACCEPTED if accept else FlagState.REJECTED
        locked.decided_by, locked.decided_at, locked.decision = actor, now, reason.strip()[:500]
        locked.save(update_fields=["state", "decided_by", "decided_at", "decision"])
        disposition = hold = None
        if accept:
            disposition = _open(locked, kind or locked.proposal, steps, actor=actor, now=now)
            if pause_until is not None:
                hold = _pause(locked, pause_until, actor=actor, now=now)
        audit.record(
            action="risk.accepted" if accept else "risk.rejected",
            actor=actor,
            obj=locked.case,
            data={
                "flag": locked.pk,
                "type": locked.type,
                "disposition": disposition.pk if disposition else None,
                "hold": hold.pk if hold else None,
            },
            reason=reason,
        )
        notify(
            users=[locked.raised_by],
            kind="risk.accepted" if accept else "risk.rejected",
            params={"who": str(actor)},
            url=reverse("cases:risk", args=[locked.pk]),
        )
    return locked


def add_step(*, disposition: Disposition, step: Step, actor: User, now: datetime) -> DispositionStep:
    """One more thing to do. Raises RiskRefused: no right, ended already, nothing to do, a day in the past, an owner who
    cannot see the case."""
    _allow(actor, DECIDE)
    with transaction.atomic():
        locked = _going_on(disposition)
        return _write_step(locked, step, actor=actor, now=now)


def finish_step(*, step: DispositionStep, result: str, actor: User, now: datetime) -> DispositionStep:
    """Its owner, or who decides on risks, says what came of a step. Raises RiskRefused: somebody else, no result, done
    already."""
    if len(result.strip()) < 2:
        raise RiskRefused(_("请写明这一步的结果"), "result")
    with transaction.atomic():
        _going_on(step.disposition)
        locked = DispositionStep.objects.select_for_update(of=("self",)).get(pk=step.pk)
        if locked.owner_id != actor.pk and not has(actor, DECIDE):
            raise RiskRefused(_("这一步由 %(owner)s 负责，只有负责人或主管可以填写结果") % {"owner": locked.owner})
        if locked.done_at is not None:
            raise RiskRefused(_("%(who)s 已经填写了这一步的结果") % {"who": locked.done_by})
        locked.done_at, locked.done_by, locked.result = now, actor, result.strip()[:200]
        locked.save(update_fields=["done_at", "done_by", "result"])
        audit.record(
            action="disposition.step_done",
            actor=actor,
            obj=step.disposition.case,
            data={"disposition": locked.disposition_id, "step": locked.pk},
        )
    return locked


def end_disposition(*, disposition: Disposition, result: str, actor: User, now: datetime) -> Disposition:
    """Close the plan with what came of it. Raises RiskRefused: no right, no result, ended already, steps that are open."""
    _allow(actor, DECIDE)
    if len(result.strip()) < 2:
        raise RiskRefused(_("请写明处置结果"), "result")
    with transaction.atomic():
        locked = _going_on(disposition)
        open_steps = locked.steps.filter(done_at__isnull=True).count()
        if open_steps:
            raise RiskRefused(_("还有 %(count)s 个步骤没有结果，请先填写") % {"count": open_steps})
        locked.ended_at, locked.ended_by, locked.result = now, actor, result.strip()[:500]
        locked.save(update_fields=["ended_at", "ended_by", "result"])
        audit.record(action="disposition.ended", actor=actor, obj=locked.case, data={"disposition": locked.pk})
    return locked


def _allow(actor: User, capability: str) -> None:
    if not has(actor, capability):
        raise RiskRefused(_("您没有这项操作的权限"))


def _going_on(disposition: Disposition) -> Disposition:
    """The plan, locked until the transaction ends: a step cannot be added while it is being closed."""
    locked = Disposition.objects.select_for_update(of=("self",)).select_related("case").get(pk=disposition.pk)
    if locked.ended_at is not None:
        raise RiskRefused(_("这项处置已经结束"))
    return locked


def _open(
    flag: RiskFlag, kind: DispositionKind | str, steps: Sequence[Step], *, actor: User, now: datetime
) -> Disposition:
    if kind not in DispositionKind.values:
        raise RiskRefused(_("请选择处置方式"), "kind")
    disposition = Disposition.objects.create(flag=flag, case=flag.case, kind=kind, opened_by=actor, opened_at=now)
    for step in steps:
        _write_step(disposition, step, actor=actor, now=now)
    return disposition


def _write_step(disposition: Disposition, step: Step, *, actor: User, now: datetime) -> DispositionStep:
    if len(step.what.strip()) < 2:
        raise RiskRefused(_("请写明这一步做什么"), "what")
    if step.due_on < clock.business_date(now):
        raise RiskRefused(_("截止日期不能在过去"), "due_on")
    if not Case.objects.for_user(step.owner).filter(pk=disposition.case_id).exists():
        raise RiskRefused(_("%(owner)s 看不到这个案件，请选择其他负责人") % {"owner": step.owner}, "owner")
    written = DispositionStep.objects.create(
        disposition=disposition,
        what=step.what.strip()[:200],
        owner=step.owner,
        due_on=step.due_on,
        created_by=actor,
        created_at=now,
    )
    audit.record(
        action="disposition.step_added",
        actor=actor,
        obj=disposition.case,
        data={
            "disposition": disposition.pk,
            "step": written.pk,
            "owner": step.owner.pk,
            "due_on": step.due_on.isoformat(),
        },
    )
    if step.owner.pk != actor.pk:
        notify(
            users=[step.owner],
            kind="disposition.step",
            params={"who": str(actor), "due": step.due_on.isoformat()},
            url=reverse("cases:disposition", args=[disposition.pk]),
        )
    return written


def _pause(flag: RiskFlag, last_day: date, *, actor: User, now: datetime) -> Hold:
    try:
        return place_hold(
            debtor=flag.case.loan.debtor,
            type=HoldType.VULNERABLE,
            reason=flag.evidence[:200],
            actor=actor,
            now=now,
            ends_at=after_day(last_day),
        )
    except HoldRefused as refused:
        raise RiskRefused(str(refused), "pause_until") from refused
