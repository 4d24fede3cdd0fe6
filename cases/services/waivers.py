"""Letting a debtor off a part: applied for, approved by whom the limits name, valid until a day, used or lapsed.

It is a right on paper: no row of money, no change of what the overdue files say is owed. Rule CN-Y-07.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.debt_parts import PART_LABELS
from cases.models import Case, Repayment, Waiver, WaiverState
from cases.models.waiver import WAITING_STATES
from cases.services.promises import hold_case
from cases.services.waiver_limits import Parts, limits_on, need_of
from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.models import User
from collection_ops.core.money import round_money
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify

DECIDE, DECIDE_HIGH = "waivers.decide", "waivers.decide_high"


class WaiverRefused(Exception):
    """It cannot be done so; the sentence says why, `field` where it stands in a form, `code` what it is for machines."""

    def __init__(self, sentence: str, field: str = "", code: str = "") -> None:
        super().__init__(sentence)
        self.field, self.code = field, code


def apply_for_waiver(*, case: Case, parts: Parts, reason: str, valid_until: date, actor: User, now: datetime) -> Waiver:
    """Ask for `parts` (yuan) of the debt of `case` to be let off, for use up to `valid_until`.

    Raises WaiverRefused: case_closed, case_moved, no_reason, nothing, not_cents, over_part (more than is owed of a part),
    past_day, too_long, one_open (the case has one that waits or is approved).
    """
    with transaction.atomic():
        locked = hold_case(case.pk)
        if not locked.is_open:
            raise WaiverRefused(
                _("案件已于 %(day)s 结案，不能申请减免") % {"day": locked.closed_on}, code="case_closed"
            )
        if locked.desk_id != case.desk_id:
            raise WaiverRefused(_("案件刚刚转到了另一个席位，没有提交；请交给现在的负责人"), code="case_moved")
        if not reason.strip():
            raise WaiverRefused(_("请写明申请减免的原因"), "reason", "no_reason")
        _check_parts(parts, locked)
        today = clock.business_date(now)
        limits = limits_on(today)
        if valid_until < today:
            raise WaiverRefused(_("有效期不能早于今天（%(day)s）") % {"day": today}, "valid_until", "past_day")
        last = today + timedelta(days=limits.most_days_valid)
        if valid_until > last:
            raise WaiverRefused(_("有效期最晚 %(day)s") % {"day": last}, "valid_until", "too_long")
        need = need_of(parts, limits)
        try:
            with transaction.atomic():
                waiver = Waiver.objects.create(
                    case=locked,
                    **parts.as_dict(),
                    reason=reason.strip()[:400],
                    valid_until=valid_until,
                    needs_high=need.high,
                    needs_people=need.people,
                    applied_by=actor,
                    applied_at=now,
                )
        except IntegrityError as already:
            raise WaiverRefused(_("这个案件已有待审批或已批准的减免"), code="one_open") from already
        audit.record(
            action="waiver.applied",
            actor=actor,
            obj=waiver,
            data={"case": locked.pk, **{name: str(amount) for name, amount in parts.as_dict().items()}},
            reason=reason,
        )
    return waiver


def decide_waiver(*, waiver: Waiver, approve: bool, actor: User, now: datetime, reason: str = "") -> Waiver:
    """Approve or reject a waiver that waits. One that needs two people is approved by the second of them; one of them may
    reject it.

    Raises WaiverRefused: not_waiting (somebody was faster), own (applied for by the same person), twice (the first approval
    was theirs), level (the limits ask for a higher one), no_reason (of a rejection), lapsed, case_closed, over_part (less is
    owed by now than was applied for).
    """
    with transaction.atomic():
        locked = hold_waiver(waiver.pk)
        _check_decision(locked, actor=actor)
        if not approve:
            if not reason.strip():
                raise WaiverRefused(_("请写明驳回的原因"), "reason", "no_reason")
            _end(locked, WaiverState.REJECTED, actor=actor, now=now, reason=reason)
            _tell_applicant(locked, "waiver.rejected", level="warning")
            audit.record(
                action="waiver.rejected", actor=actor, obj=locked, data={"case": locked.case_id}, reason=reason
            )
            return locked
        if locked.valid_until < clock.business_date(now):
            raise WaiverRefused(_("申请的有效期已过，请驳回后重新申请"), code="lapsed")
        if not locked.case.is_open:
            raise WaiverRefused(_("案件已结案，请驳回这个申请"), code="case_closed")
        _check_parts(parts_of(locked), locked.case)
        if locked.first_by_id is None:
            locked.first_by, locked.first_at = actor, now
            locked.state = WaiverState.APPROVED if locked.needs_people == 1 else WaiverState.HALF
        else:
            locked.second_by, locked.second_at, locked.state = actor, now, WaiverState.APPROVED
        locked.save(update_fields=["first_by", "first_at", "second_by", "second_at", "state"])
        if locked.state == WaiverState.APPROVED:
            _tell_applicant(locked, "waiver.approved", level="success")
        audit.record(
            action="waiver.approved" if locked.state == WaiverState.APPROVED else "waiver.half_approved",
            actor=actor,
            obj=locked,
            data={"case": locked.case_id, "total": str(locked.total)},
            reason=reason,
        )
    return locked


def withdraw_waiver(*, waiver: Waiver, actor: User, now: datetime) -> Waiver:
    """Take back what one applied for oneself, before it is decided. Raises WaiverRefused: not_waiting, not_own."""
    with transaction.atomic():
        locked = hold_waiver(waiver.pk)
        if locked.applied_by_id != actor.pk:
            raise WaiverRefused(_("只有申请人可以撤回"), code="not_own")
        _must_wait(locked)
        _end(locked, WaiverState.WITHDRAWN, actor=actor, now=now, reason="")
        audit.record(action="waiver.withdrawn", actor=actor, obj=locked, data={"case": locked.case_id})
    return locked


def use_waiver(*, waiver: Waiver, actor: User | None, now: datetime, repayment: Repayment | None = None) -> Waiver:
    """The debtor has paid the rest: the approved waiver is used, with the repayment that settled it (or without one, when a
    repayment plan was fulfilled).

    Raises WaiverRefused: not_approved, lapsed, not_this_money (another contract's, claimed, reversed, or from before the
    waiver was approved).
    """
    with transaction.atomic():
        locked = hold_waiver(waiver.pk)
        if locked.state != WaiverState.APPROVED:
            raise WaiverRefused(
                _("减免现在是“%(state)s”，不能使用") % {"state": locked.get_state_display()}, code="not_approved"
            )
        if locked.valid_until < clock.business_date(now):
            raise WaiverRefused(_("减免的有效期到 %(day)s 为止") % {"day": locked.valid_until}, code="lapsed")
        if repayment is not None and not settling_money(locked).filter(pk=repayment.pk).exists():
            raise WaiverRefused(_("须是这份合同在批准之后已确认且未冲正的还款"), "repayment", "not_this_money")
        locked.used_repayment = repayment
        _end(locked, WaiverState.USED, actor=actor, now=now, reason="")
        audit.record(
            action="waiver.used",
            actor=actor,
            obj=locked,
            data={"case": locked.case_id, "total": str(locked.total), "repayment": repayment.pk if repayment else None},
        )
    return locked


def lapse_waiver(*, waiver: Waiver, reason: str, actor: User | None, now: datetime) -> Waiver:
    """End a waiver that is open because what it was given for has failed (a broken plan). Raises WaiverRefused: ended."""
    with transaction.atomic():
        locked = hold_waiver(waiver.pk)
        if locked.ended_at is not None:
            raise WaiverRefused(_("减免已经结束：%(state)s") % {"state": locked.get_state_display()}, code="ended")
        _end(locked, WaiverState.LAPSED, actor=actor, now=now, reason=reason)
        audit.record(action="waiver.lapsed", actor=actor, obj=locked, data={"case": locked.case_id}, reason=reason)
    return locked


def lapse_waivers(*, day: date, now: datetime) -> int:
    """End what was not used by its last day, or whose case has ended without it; returns how many. Daily."""
    with transaction.atomic():
        over = Q(valid_until__lt=day)
        ended = Q(case__closed_on__isnull=False) & ~Q(state=WaiverState.APPROVED)
        open_ones = Waiver.objects.filter(ended_at__isnull=True)
        locked = list(open_ones.filter(over | ended).select_for_update(of=("self",)).order_by("pk"))
        Waiver.objects.filter(pk__in=[waiver.pk for waiver in locked]).update(state=WaiverState.LAPSED, ended_at=now)
        audit.record_each(
            action="waiver.lapsed",
            actor=None,
            objects=[
                (waiver, {"case": waiver.case_id, "valid_until": waiver.valid_until.isoformat()}) for waiver in locked
            ],
        )
    return len(locked)


def settling_money(waiver: Waiver) -> QuerySet[Repayment]:
    """Repayments that may have settled the rest: of the contract, confirmed, not reversed, from the day of approval on."""
    approved_at = waiver.second_at or waiver.first_at
    return Repayment.objects.filter(
        loan=waiver.case.loan_id,
        status=Repayment.Status.CONFIRMED,
        reversal_of__isnull=True,
        reversal__isnull=True,
        paid_on__gte=clock.business_date(approved_at) if approved_at else None,
    ).order_by("-paid_on", "-pk")


def parts_of(waiver: Waiver) -> Parts:
    return Parts(**{name: getattr(waiver, name) for name in PART_LABELS})


def hold_waiver(waiver_id: int) -> Waiver:
    """The waiver as it is, held until the transaction ends: of two who decide at once the second sees the first."""
    return Waiver.objects.select_for_update(of=("self",)).select_related("case__loan").get(pk=waiver_id)


def _check_parts(parts: Parts, case: Case) -> None:
    for name, amount in parts.as_dict().items():
        if amount != round_money(amount):
            raise WaiverRefused(_("金额最多两位小数"), name, "not_cents")
        if amount < 0:
            raise WaiverRefused(_("金额不能小于 0"), name, "negative")
        owed = max(getattr(case, name), Decimal("0.00"))
        if amount > owed:
            sentence = _("%(part)s减免不能超过所欠的 %(owed)s 元")
            raise WaiverRefused(sentence % {"part": PART_LABELS[name], "owed": f"{owed:,.2f}"}, name, "over_part")
    if parts.total <= 0:
        raise WaiverRefused(_("请至少填写一项减免金额"), "", "nothing")


def _check_decision(waiver: Waiver, *, actor: User) -> None:
    _must_wait(waiver)
    if waiver.applied_by_id == actor.pk:
        raise WaiverRefused(_("申请人不能审批自己的申请"), code="own")
    if waiver.first_by_id == actor.pk:
        raise WaiverRefused(_("你已批准过；这个减免须另一人再批准"), code="twice")
    if not has(actor, DECIDE_HIGH if waiver.needs_high else DECIDE):
        raise WaiverRefused(_("这个减免超出你的审批权限，须经理审批"), code="level")


def _must_wait(waiver: Waiver) -> None:
    if waiver.state not in WAITING_STATES:
        raise WaiverRefused(
            _("这个减免已有结果：%(state)s") % {"state": waiver.get_state_display()}, code="not_waiting"
        )


def _tell_applicant(waiver: Waiver, kind: str, *, level: str) -> None:
    """What was decided about it; nothing personal goes in."""
    notify(
        users=[waiver.applied_by],
        kind=kind,
        params={"amount": f"{waiver.total:,.2f}", "contract": waiver.case.loan.contract_no},
        url=f"{reverse('cases:record', args=[waiver.case_id])}?tab=agreements",
        level=level,
    )


def _end(waiver: Waiver, state: WaiverState, *, actor: User | None, now: datetime, reason: str) -> None:
    waiver.state, waiver.ended_by, waiver.ended_at, waiver.end_reason = state, actor, now, reason.strip()[:200]
    waiver.save(update_fields=["state", "ended_by", "ended_at", "end_reason", "used_repayment"])
