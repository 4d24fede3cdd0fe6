"""What people decide about repayment plans: propose, prove, approve or reject, withdraw, end.

    propose_plan → submitted → decide_plan → active → (plans.follow) completed, broken, ended
                             → decide_plan → rejected
                             → withdraw_plan → withdrawn

A plan is about the whole balance of the latest file. When a newer file has moved the balance before the plan is decided, it
is not approved: the debtor agreed to other amounts, so it has to be proposed anew, with a proof of its own.
"""

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from cases.models import Case, PlanInstalment, PlanState, ProofKind, RepaymentPlan
from cases.plans.follow import follow_plans
from cases.plans.limits import may_decide, terms_in_force
from cases.plans.schedule import Instalment, ScheduleRefused, Terms, drawn_up
from cases.plans.telling import tell, tell_deciders
from cases.services.book import lock_book
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit

PROPOSE, DECIDE = "plans.propose", "plans.decide"
"""The capabilities; whose case it is, the caller has asked (`Case.objects.for_user`)."""


class PlanRefused(Exception):
    """It cannot be done; the sentence says why, `field` names what it is about (a field of `Terms` or of the form, or
    "")."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def propose_plan(
    *,
    case: Case,
    terms: Terms,
    actor: User,
    now: datetime,
    accrues: bool = False,
    proof_kind: str = "",
    proof_ref: str = "",
    guarantor_consent: str = "",
    note: str = "",
    replaces: RepaymentPlan | None = None,
) -> RepaymentPlan:
    """Write down what the debtor agreed to, for whoever has the authority over the amount to decide.

    `replaces`: the plan of this case that waits for a decision, which this one takes the place of. Raises PlanRefused: the
    case is closed or missing from the latest file, the total is not its balance, terms that give no plan, another live plan.
    """
    today = clock.business_date(now)
    try:
        with transaction.atomic():
            locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
            refuse_total(locked, terms.total)
            instalments = _drawn_up(terms, today)
            if replaces is not None:
                _withdraw(replaces, actor=actor, reason=_("重新提出"))
            authority, grace_days = terms_in_force(terms.total, day=today)
            last = RepaymentPlan.objects.filter(case=locked).aggregate(last=Max("version"))["last"] or 0
            plan = RepaymentPlan.objects.create(
                case=locked,
                version=last + 1,
                kind=terms.kind,
                total=terms.total,
                terms=_kept(terms),
                starts_on=today,
                accrues=accrues,
                grace_days=grace_days,
                **_ledger(locked),
                **_proof(proof_kind, proof_ref),
                guarantor_consent=guarantor_consent.strip()[:200],
                note=note.strip()[:200],
                authority=authority,
                proposed_by=actor,
                proposed_at=now,
            )
            PlanInstalment.objects.bulk_create(
                [
                    PlanInstalment(plan=plan, number=one.number, due_on=one.due_on, amount=one.amount)
                    for one in instalments
                ]
            )
            audit.record(
                action="plan.proposed",
                actor=actor,
                obj=plan,
                data={
                    "case": case.pk, "kind": str(terms.kind), "total": str(terms.total), "instalments": len(instalments),
                    "first": instalments[0].due_on.isoformat(), "last": instalments[-1].due_on.isoformat(),
                },
            )  # fmt: skip
            tell_deciders(plan, by=actor)
    except IntegrityError as other:
        raise PlanRefused(_("这个案件已有待审批或履行中的还款方案，请刷新页面")) from other
    return plan


def add_proof(*, plan: RepaymentPlan, kind: str, ref: str, actor: User, now: datetime) -> RepaymentPlan:
    """Name the document or recording in which the debtor agreed. Raises PlanRefused once the plan is decided."""
    if kind not in ProofKind.values or not ref.strip():
        raise PlanRefused(_("请选择凭证类型并填写凭证编号"), "proof_ref")
    with transaction.atomic():
        locked = _held(plan)
        _refuse_unless(locked, PlanState.SUBMITTED)
        locked.proof_kind, locked.proof_ref = kind, ref.strip()[:200]
        locked.save(update_fields=["proof_kind", "proof_ref"])
        audit.record(action="plan.proof_added", actor=actor, obj=locked, data={"case": locked.case_id, "kind": kind})
    return locked


def decide_plan(*, plan: RepaymentPlan, approve: bool, actor: User, now: datetime, note: str = "") -> RepaymentPlan:
    """Approve a plan, which holds collection from now on, or reject it with a `note` that says why.

    Raises PlanRefused: one's own proposal, an amount above the person's authority, decided already, the case closed; and
    for an approval: no proof, the balance moved, the first day gone by.
    """
    if not approve and not note.strip():
        raise PlanRefused(_("请写明不批准的原因"), "note")
    with transaction.atomic():
        # In the order of every writer of the book; an import that is just being applied moves the balance first.
        lock_book(source_id=plan.case.loan.source_id)
        case = Case.objects.select_for_update(of=("self",)).get(pk=plan.case_id)
        locked = _held(plan)
        _refuse_unless(locked, PlanState.SUBMITTED)
        _refuse_decider(locked, actor)
        if approve:
            _refuse_approval(locked, case, today=clock.business_date(now))
            for column, value in _ledger(case).items():
                setattr(locked, column, value)
        locked.state = PlanState.ACTIVE if approve else PlanState.REJECTED
        locked.decided_by, locked.decided_at, locked.decision_note = actor, now, note.strip()[:200]
        locked.save()
        audit.record(
            action="plan.approved" if approve else "plan.rejected",
            actor=actor,
            obj=locked,
            data={"case": case.pk, "total": str(locked.total), "balance_as_of": locked.balance_as_of.isoformat()},
            reason=note,
        )
        # Money since the balance counts at once; and a plan that was broken before a rejected one may go on.
        follow_plans(day=clock.business_date(now), now=now, cases=[case.pk])
        tell(locked, "plan.approved" if approve else "plan.rejected", "success" if approve else "warning", by=actor)
    locked.refresh_from_db()
    return locked


def withdraw_plan(*, plan: RepaymentPlan, actor: User, now: datetime, reason: str = "") -> RepaymentPlan:
    """Take back a proposal before it is decided. Raises PlanRefused afterwards."""
    with transaction.atomic():
        Case.objects.select_for_update(of=("self",)).get(pk=plan.case_id)
        withdrawn = _withdraw(plan, actor=actor, reason=reason)
        follow_plans(day=clock.business_date(now), now=now, cases=[plan.case_id])
    return withdrawn


def end_plan(*, plan: RepaymentPlan, reason: str, actor: User, now: datetime) -> RepaymentPlan:
    """End an active plan by a person's decision: collection goes on. Raises PlanRefused without a reason, or when it
    does not run."""
    if not reason.strip():
        raise PlanRefused(_("请写明终止的原因"), "reason")
    with transaction.atomic():
        locked = _held(plan)
        _refuse_unless(locked, PlanState.ACTIVE)
        locked.state, locked.ended_on = PlanState.ENDED, clock.business_date(now)
        locked.ended_by, locked.end_reason = actor, reason.strip()[:200]
        locked.save(update_fields=["state", "ended_on", "ended_by", "end_reason"])
        audit.record(action="plan.ended", actor=actor, obj=locked, data={"case": locked.case_id}, reason=reason)
        tell(locked, "plan.ended", "warning", by=actor)
    return locked


def why_no_plan(case: Case) -> str:
    """Why nobody can agree on a plan about this case now; empty when they can."""
    if not case.is_open:
        return _("案件已于 %(day)s 结案，不能再提出或批准方案") % {"day": case.closed_on}
    if case.absent_since is not None:
        return _("案件自 %(day)s 起未出现在来源文件中，欠款不确定；请先解释缺席") % {"day": case.absent_since}
    if case.total <= 0:
        return _("截至 %(day)s 没有欠款，不需要方案") % {"day": case.as_of}
    return ""


def refuse_total(case: Case, total: Decimal) -> None:
    """A plan is about what the latest file says is owed, no more and no less. Raises PlanRefused."""
    if why := why_no_plan(case):
        raise PlanRefused(why)
    if total != case.total:
        raise PlanRefused(
            _("方案总额须等于截至 %(day)s 的欠款 %(total)s 元；减免另行申请，不从方案中扣除")
            % {"day": case.as_of, "total": f"{case.total:,.2f}"},
            "total",
        )


def balance_moved(plan: RepaymentPlan, case: Case) -> bool:
    """Whether the latest file says another balance than the plan was proposed for."""
    return case.total != plan.total


# Steps ----------------------------------------------------------------------------------------------------------------


def _drawn_up(terms: Terms, today: date) -> list[Instalment]:
    try:
        return drawn_up(terms, today=today)
    except ScheduleRefused as refused:
        raise PlanRefused(str(refused), refused.field) from refused


def _kept(terms: Terms) -> dict[str, str]:
    numbers = {"share": terms.share, "least": terms.least} if terms.kind == "minimum" else {}
    return {name: str(number) for name, number in numbers.items() if number is not None}


def _ledger(case: Case) -> dict[str, date | Decimal]:
    return {
        "balance_as_of": case.as_of,
        "principal": case.principal,
        "interest": case.interest,
        "penalty": case.penalty,
        "fees": case.fees,
    }


def _proof(kind: str, ref: str) -> dict[str, str]:
    """Both or neither: a kind without its number proves nothing."""
    if not ref.strip():
        return {"proof_kind": "", "proof_ref": ""}
    if kind not in ProofKind.values:
        raise PlanRefused(_("请选择凭证类型"), "proof_kind")
    return {"proof_kind": kind, "proof_ref": ref.strip()[:200]}


def _held(plan: RepaymentPlan) -> RepaymentPlan:
    """The plan as it is now, locked."""
    locked = RepaymentPlan.objects.select_for_update(of=("self",))
    return locked.select_related("case__desk__owner", "proposed_by").get(pk=plan.pk)


def _refuse_unless(plan: RepaymentPlan, wanted: PlanState) -> None:
    if plan.state == wanted:
        return
    if plan.decided_by is not None and wanted == PlanState.SUBMITTED:
        raise PlanRefused(
            _("%(who)s 已处理这个方案：%(state)s") % {"who": plan.decided_by, "state": plan.get_state_display()}
        )
    raise PlanRefused(_("这个方案现在是“%(state)s”，请刷新页面") % {"state": plan.get_state_display()})


def _refuse_decider(plan: RepaymentPlan, actor: User) -> None:
    if plan.proposed_by_id == actor.pk:
        raise PlanRefused(_("不能审批自己提出的方案"))
    if not may_decide(actor, plan):
        raise PlanRefused(
            _("%(total)s 元的方案须由%(who)s审批")
            % {"total": f"{plan.total:,.2f}", "who": plan.get_authority_display()}
        )


def _refuse_approval(plan: RepaymentPlan, case: Case, *, today: date) -> None:
    if why := why_no_plan(case):
        raise PlanRefused(why)
    if not plan.proof_ref:
        raise PlanRefused(_("没有书面协议或通话录音，方案不能生效；请先补充凭证"), "proof_ref")
    if balance_moved(plan, case):
        raise PlanRefused(
            _("提出后欠款已变为 %(now)s 元（截至 %(day)s，方案为 %(was)s 元），请按新的欠款重新提出")
            % {"now": f"{case.total:,.2f}", "day": case.as_of, "was": f"{plan.total:,.2f}"}
        )
    first = plan.instalments.order_by("number").values_list("due_on", flat=True)[0]
    if first < today:
        raise PlanRefused(_("首期还款日 %(day)s 已过，请重新提出") % {"day": first})


def _withdraw(plan: RepaymentPlan, *, actor: User, reason: str) -> RepaymentPlan:
    with transaction.atomic():
        locked = _held(plan)
        _refuse_unless(locked, PlanState.SUBMITTED)
        locked.state, locked.end_reason = PlanState.WITHDRAWN, reason.strip()[:200]
        locked.save(update_fields=["state", "end_reason"])
        audit.record(action="plan.withdrawn", actor=actor, obj=locked, data={"case": locked.case_id}, reason=reason)
    return locked
