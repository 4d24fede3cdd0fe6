"""Rewards and penalties: proposed for a month by the rules, approved by two people, appealed against."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from agents.models import AppealState, ProposalState, RewardKind, RewardProposal, RewardRules
from agents.reviews.month_facts import month_facts
from agents.reviews.pay import checked, propose
from agents.reviews.reward_lines import RulesRefused
from agents.reviews.reward_rules import lines_of, rules_in_force
from agents.scope import people_for
from agents.targets.gather import last_of
from collection_ops.core import clock
from collection_ops.core.access import Scope, has, scope
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify

VIEW, PROPOSE, APPROVE = "rewards.view", "rewards.propose", "rewards.approve"
WAITING = (ProposalState.PROPOSED, ProposalState.FIRST)


class RewardRefused(Exception):
    """It cannot be done so; the sentence says why, `field` where it stands in the form, `code` what it is for machines."""

    def __init__(self, sentence: str, field: str = "", code: str = "") -> None:
        super().__init__(sentence)
        self.field, self.code = field, code


@dataclass(frozen=True)
class Batch:
    """What a proposal of a month made: how many, how many of them voided, and how many there were before."""

    made: int
    voided: int
    before: int


def rewards_for(user: User, capability: str = VIEW) -> "QuerySet[RewardProposal]":
    """Those inside the person's scope. Who sees all sees those of people who have left, too."""
    if scope(user, capability) == Scope.ALL:
        return RewardProposal.objects.all()
    return RewardProposal.objects.filter(user__in=people_for(user, capability))


def to_decide(user: User) -> "QuerySet[RewardProposal]":
    """What this person can approve or answer now."""
    if not has(user, APPROVE):
        return RewardProposal.objects.none()
    waits = Q(state__in=WAITING) & ~Q(proposed_by=user) & (Q(first_by__isnull=True) | ~Q(first_by=user))
    appealed = Q(appeal_state=AppealState.OPEN) & _not_involved(user)
    return rewards_for(user, APPROVE).exclude(user=user).filter(waits | appealed)


def propose_month(*, month: date, users: Collection[User], actor: User, now: datetime) -> Batch:
    """Work out the month for `users` by the rules in force and keep what is new; whoever has a line of a rule keeps it.
    What a condition voids is kept as voided, so that it can be seen. Raises RewardRefused: no rules, the month is not over,
    or there is nothing new."""
    if month.day != 1 or last_of(month) >= clock.business_date(now):
        raise RewardRefused(_("这个月还没有结束，月末之后才能提出奖惩"), code="not_over")
    with transaction.atomic():
        # Two who propose at once take turns; the second finds what the first made.
        newest = rules_in_force()
        rules = RewardRules.objects.select_for_update().get(pk=newest.pk) if newest else None
        if rules is None:
            raise RewardRefused(_("还没有奖惩规则，请经理先保存规则"), code="no_rules")
        wanted = [user.pk for user in users if user.pk != actor.pk]
        have = set(RewardProposal.objects.filter(month=month, user__in=wanted).values_list("user_id", "rule"))
        found = propose(lines_of(rules), month_facts(month=month, users=wanted, now=now))
        rows = [
            RewardProposal(
                user_id=one.user_id, month=month, rules=rules, rule=one.line.code, name=one.line.name,
                kind=one.line.kind, amount=one.amount, arithmetic=one.arithmetic, conditions=one.conditions,
                voided_by=one.voided_by, state=ProposalState.VOIDED if one.voided_by else ProposalState.PROPOSED,
                proposed_by=actor, proposed_at=now,
            )
            for one in found
            if (one.user_id, one.line.code) not in have
        ]  # fmt: skip
        if not rows:
            raise RewardRefused(_("按现在的规则，这个月没有新的奖惩可提"), code="nothing")
        RewardProposal.objects.bulk_create(rows)
        audit.record_each(action="reward.proposed", actor=actor, objects=[(row, _said(row)) for row in rows])
        told = {row.user_id for row in rows}
        notify(
            users=[user for user in users if user.pk in told], kind="reward.proposed",
            params={"month": f"{month:%Y-%m}"}, url=f"{reverse('reviews:rewards')}?month={month:%Y-%m}",
        )  # fmt: skip
    return Batch(len(rows), sum(bool(row.voided_by) for row in rows), len(have))


def decide_reward(
    *, proposal: RewardProposal, approve: bool, actor: User, now: datetime, reason: str = ""
) -> RewardProposal:
    """Approve or reject. The first approval waits for a second by somebody else; the conditions are looked at again each
    time, and where one does not hold any more the reward is voided instead.

    Raises RewardRefused: not_waiting (somebody was faster), own, proposer, twice, no_reason (of a rejection)."""
    with transaction.atomic():
        locked = hold_reward(proposal.pk)
        if locked.state not in WAITING:
            raise RewardRefused(_("已有结果：%(state)s") % {"state": locked.get_state_display()}, code="not_waiting")
        if actor.pk == locked.user_id:
            raise RewardRefused(_("不能审批自己的奖惩"), code="own")
        if actor.pk == locked.proposed_by_id:
            raise RewardRefused(_("提出人不能审批，须另两人批准"), code="proposer")
        if actor.pk == locked.first_by_id:
            raise RewardRefused(_("你已批准过；须另一人再批准"), code="twice")
        if not approve:
            if not reason.strip():
                raise RewardRefused(_("请写明驳回的原因"), "reason", "no_reason")
            locked.state, locked.reject_reason = ProposalState.REJECTED, reason.strip()[:200]
            locked.rejected_by, locked.rejected_at = actor, now
            return _kept(locked, "reward.rejected", actor, reason)
        if locked.kind == RewardKind.REWARD and _void_if_unmet(locked, now):
            return _kept(locked, "reward.voided", actor, reason)
        if locked.first_by_id is None:
            locked.first_by, locked.first_at, locked.state = actor, now, ProposalState.FIRST
            return _kept(locked, "reward.half_approved", actor, reason, tell=False)
        locked.second_by, locked.second_at, locked.state = actor, now, ProposalState.FINAL
        return _kept(locked, "reward.approved", actor, reason)


def appeal(*, proposal: RewardProposal, text: str, actor: User, now: datetime) -> RewardProposal:
    """The person objects, once: to a penalty that was approved, to a reward that was voided or rejected. Raises
    RewardRefused: not_own, not_now, again, no_reason."""
    with transaction.atomic():
        locked = hold_reward(proposal.pk)
        if actor.pk != locked.user_id:
            raise RewardRefused(_("只有本人可以申诉"), code="not_own")
        if locked.appeal_state != AppealState.NONE:
            raise RewardRefused(_("已经申诉过"), code="again")
        if not may_appeal(locked):
            raise RewardRefused(_("只能对已批准的处罚、作废或驳回的奖励申诉"), code="not_now")
        if not text.strip():
            raise RewardRefused(_("请写明申诉的理由"), "appeal", "no_reason")
        locked.appeal, locked.appealed_at, locked.appeal_state = text.strip()[:400], now, AppealState.OPEN
        return _kept(locked, "reward.appealed", actor, text, tell=False)


def decide_appeal(*, proposal: RewardProposal, uphold: bool, note: str, actor: User, now: datetime) -> RewardProposal:
    """Answer an appeal. Upheld, a penalty is withdrawn and a reward waits for two approvals again (its conditions are looked
    at then). Raises RewardRefused: no_appeal, own, involved (whoever proposed, approved or rejected it), no_reason."""
    with transaction.atomic():
        locked = hold_reward(proposal.pk)
        if locked.appeal_state != AppealState.OPEN:
            raise RewardRefused(_("没有待答复的申诉"), code="no_appeal")
        if actor.pk == locked.user_id:
            raise RewardRefused(_("不能答复自己的申诉"), code="own")
        if actor.pk in (locked.proposed_by_id, locked.first_by_id, locked.second_by_id, locked.rejected_by_id):
            raise RewardRefused(_("须由没有参与这项奖惩的人答复"), code="involved")
        if not note.strip():
            raise RewardRefused(_("请写明答复"), "appeal_note", "no_reason")
        locked.appeal_state = AppealState.UPHELD if uphold else AppealState.DISMISSED
        locked.appeal_by, locked.appeal_at, locked.appeal_note = actor, now, note.strip()[:400]
        if uphold and locked.kind == RewardKind.PENALTY:
            locked.state = ProposalState.WITHDRAWN
        elif uphold:
            locked.state, locked.voided_by, locked.reject_reason = ProposalState.PROPOSED, "", ""
            locked.first_by = locked.second_by = locked.rejected_by = None
            locked.first_at = locked.second_at = locked.rejected_at = None
        return _kept(locked, "reward.appeal_upheld" if uphold else "reward.appeal_dismissed", actor, note)


def may_appeal(proposal: RewardProposal) -> bool:
    if proposal.appeal_state != AppealState.NONE:
        return False
    if proposal.kind == RewardKind.PENALTY:
        return proposal.state == ProposalState.FINAL
    return proposal.state in (ProposalState.VOIDED, ProposalState.REJECTED)


def hold_reward(proposal_id: int) -> RewardProposal:
    """As it is, held until the transaction ends: of two who decide at once the second sees the first."""
    return RewardProposal.objects.select_for_update(of=("self",)).select_related("user", "rules").get(pk=proposal_id)


def _void_if_unmet(locked: RewardProposal, now: datetime) -> bool:
    """Complaints and breaches may have come since it was proposed."""
    try:
        line = next(line for line in lines_of(locked.rules) if line.code == locked.rule)
    except (StopIteration, RulesRefused):
        return False
    facts = month_facts(month=locked.month, users=[locked.user_id], now=now)[locked.user_id]
    locked.conditions = checked(line, facts)
    locked.voided_by = next((one["code"] for one in locked.conditions if not one["met"]), "")
    if locked.voided_by:
        locked.state = ProposalState.VOIDED
    return bool(locked.voided_by)


def _kept(locked: RewardProposal, action: str, actor: User, reason: str, *, tell: bool = True) -> RewardProposal:
    locked.save()
    audit.record(action=action, actor=actor, obj=locked, data=_said(locked), reason=reason.strip())
    if tell:
        notify(
            users=[locked.user], kind="reward.decided",
            params={"name": locked.name, "month": f"{locked.month:%Y-%m}"},
            url=reverse("reviews:reward", args=[locked.pk]),
        )  # fmt: skip
    return locked


def _said(row: RewardProposal) -> dict[str, str | int]:
    return {
        "user": row.user_id, "month": f"{row.month:%Y-%m}", "rule": row.rule, "kind": row.kind,
        "amount": str(row.amount), "voided_by": row.voided_by,
    }  # fmt: skip


def _not_involved(user: User) -> Q:
    return ~(Q(proposed_by=user) | Q(first_by=user) | Q(second_by=user) | Q(rejected_by=user))
