"""Rewards and penalties: the month, one of them with its arithmetic and stamps."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from agents.models import AppealState, ProposalState, RewardKind, RewardProposal
from agents.reviews.months import month_asked, neighbours
from agents.reviews.reward_rules import rules_in_force
from agents.reviews.reward_words import arithmetic_rows, condition_rows, voided_words
from agents.reviews.rewards import (
    APPROVE,
    PROPOSE,
    VIEW,
    RewardRefused,
    appeal,
    decide_appeal,
    decide_reward,
    may_appeal,
    propose_month,
    rewards_for,
    to_decide,
)
from agents.scope import people_for
from agents.targets.gather import last_of
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once

TONES = {
    ProposalState.PROPOSED: "warning", ProposalState.FIRST: "warning", ProposalState.FINAL: "success",
    ProposalState.REJECTED: "neutral", ProposalState.VOIDED: "danger", ProposalState.WITHDRAWN: "neutral",
}  # fmt: skip


@requires(VIEW)
@require_GET
def rewards(request: SignedInRequest) -> HttpResponse:
    return _list(request, month_asked(request.GET.get("month", "")))


@requires(PROPOSE)
@require_POST
@once
def propose(request: SignedInRequest) -> HttpResponse:
    """Work out the month for everybody in scope by the rules in force."""
    month = month_asked(request.POST.get("month", ""))
    try:
        batch = propose_month(
            month=month, users=list(people_for(request.user, PROPOSE)), actor=request.user, now=clock.database_now()
        )
    except RewardRefused as refused:
        return _list(request, month, refused=refused, status=409)
    messages.success(
        request,
        _("已提出 %(made)d 项，其中 %(voided)d 项因条件不符作废") % {"made": batch.made, "voided": batch.voided},
    )
    response = redirect("reviews:rewards")
    response["Location"] += f"?month={month:%Y-%m}"
    return response


@requires(VIEW)
@require_GET
def reward(request: SignedInRequest, reward_id: int) -> HttpResponse:
    return _page(request, _one(request, reward_id, VIEW))


@requires(APPROVE)
@require_POST
@once
def decision(request: SignedInRequest, reward_id: int) -> HttpResponse:
    found, typed = _one(request, reward_id, APPROVE), _typed(request, "decision", "reason")
    if typed["decision"] not in ("approve", "reject"):
        return _page(request, found, refused=RewardRefused(_("请选择批准或驳回")), typed=typed, status=400)
    return _done(
        request, found, typed,
        lambda: decide_reward(
            proposal=found, approve=typed["decision"] == "approve", reason=typed["reason"], actor=request.user,
            now=clock.database_now(),
        ),
    )  # fmt: skip


@requires(VIEW)
@require_POST
@once
def appeals(request: SignedInRequest, reward_id: int) -> HttpResponse:
    found, typed = _one(request, reward_id, VIEW), _typed(request, "appeal")
    return _done(
        request, found, typed,
        lambda: appeal(proposal=found, text=typed["appeal"], actor=request.user, now=clock.database_now()),
    )  # fmt: skip


@requires(APPROVE)
@require_POST
@once
def appeal_decision(request: SignedInRequest, reward_id: int) -> HttpResponse:
    found, typed = _one(request, reward_id, APPROVE), _typed(request, "uphold", "appeal_note")
    if typed["uphold"] not in ("yes", "no"):
        return _page(request, found, refused=RewardRefused(_("请选择申诉是否成立")), typed=typed, status=400)
    return _done(
        request, found, typed,
        lambda: decide_appeal(
            proposal=found, uphold=typed["uphold"] == "yes", note=typed["appeal_note"], actor=request.user,
            now=clock.database_now(),
        ),
    )  # fmt: skip


def _done(
    request: SignedInRequest, found: RewardProposal, typed: dict[str, str], act: Callable[[], RewardProposal]
) -> HttpResponse:
    try:
        changed = act()
    except RewardRefused as refused:
        return _page(request, _one(request, found.pk, VIEW), refused=refused, typed=typed, status=409)
    if changed.state == ProposalState.VOIDED and typed.get("decision") == "approve":
        messages.warning(request, _("没有批准：条件重新核对后不符，已作废"))
    else:
        messages.success(request, _("已保存：%(state)s") % {"state": changed.get_state_display()})
    return redirect("reviews:reward", found.pk)


def _list(
    request: SignedInRequest, month: date, *, refused: RewardRefused | None = None, status: int = 200
) -> HttpResponse:
    user = request.user
    of_month = rewards_for(user).filter(month=month)
    totals: dict[tuple[str, str], Any] = {
        (row["state"], row["kind"]): row
        for row in of_month.values("state", "kind").annotate(number=Count("pk"), yuan=Sum("amount")).order_by()
    }
    show = request.GET.get("show", "")
    found = of_month.select_related("user", "first_by", "second_by")
    if show == "mine":
        found = found.filter(pk__in=to_decide(user).values("pk"))
    elif show in ProposalState.values:
        found = found.filter(state=show)
    page = key_page(request, found)
    before, after = neighbours(month)
    is_over = last_of(month) < clock.business_date(clock.now())
    rules = rules_in_force()
    context = {
        "rows": [(row, TONES[ProposalState(row.state)], voided_words(row)) for row in page.rows],
        "totals": [_total(state, label, totals) for state, label in ProposalState.choices],
        "month": month,
        "before": before,
        "after": after,
        "show": show,
        "may_decide": has(user, APPROVE),
        "may_propose": has(user, PROPOSE) and is_over and rules is not None,
        "may_rule": has(user, "rewards.rules"),
        "has_rules": rules is not None,
        "is_over": is_over,
        "refused": refused,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "agents/reviews/rewards.html", context, status=status)


def _total(state: str, label: Any, totals: dict[tuple[str, str], Any]) -> dict[str, Any]:
    nothing = {"number": 0, "yuan": Decimal("0.00")}
    reward, penalty = totals.get((state, RewardKind.REWARD), nothing), totals.get((state, RewardKind.PENALTY), nothing)
    return {
        "state": state, "label": label, "number": reward["number"] + penalty["number"], "rewards": reward["yuan"],
        "penalties": penalty["yuan"],
    }  # fmt: skip


def _page(
    request: SignedInRequest,
    found: RewardProposal,
    *,
    refused: RewardRefused | None = None,
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    user = request.user
    can = to_decide(user).filter(pk=found.pk).exists()
    context = {
        "reward": found,
        "tone": TONES[ProposalState(found.state)],
        "voided": voided_words(found),
        "steps": arithmetic_rows(found),
        "conditions": condition_rows(found),
        "may_decide": can and found.state in (ProposalState.PROPOSED, ProposalState.FIRST),
        "may_answer": can and found.appeal_state == AppealState.OPEN,
        "may_appeal": found.user_id == user.pk and may_appeal(found),
        "typed": typed or {},
        "refused": refused,
    }
    return render(request, "agents/reviews/reward.html", context, status=status)


def _one(request: SignedInRequest, reward_id: int, capability: str) -> RewardProposal:
    """One of somebody in scope; any other does not exist."""
    people = ("user", "rules", "proposed_by", "first_by", "second_by", "rejected_by", "appeal_by")
    visible = rewards_for(request.user, capability).select_related(*people)
    found = visible.filter(pk=reward_id).first() if reward_id < 2**63 else None
    if found is None:
        raise Http404
    return found


def _typed(request: SignedInRequest, *names: str) -> dict[str, str]:
    return {name: request.POST.get(name, "").replace("\x00", "") for name in names}
