"""Who hears of a plan: those who may decide on it, whoever holds the case, and whoever proposed it."""

from typing import Any

from django.urls import reverse

from cases.models import PlanAuthority, RepaymentPlan
from cases.plans.limits import authorities_of
from collection_ops.core.access import users_with
from collection_ops.core.models import User
from collection_ops.core.services.notifications import notify


def tell_deciders(plan: RepaymentPlan, *, by: User) -> None:
    """Those with just the authority: a manager is not told of every small plan."""
    told = [
        user
        for user in users_with("plans.decide").prefetch_related("role_grants").exclude(pk=by.pk)
        if authorities_of(user)[-1:] == [plan.authority] and _is_theirs(user, plan)
    ]
    notify(
        users=told,
        kind="plan.submitted",
        params={"case": plan.case_id, "total": f"{plan.total:,.2f}", "by": str(by)},
        url=reverse("cases:plan", args=[plan.pk]),
    )


def _is_theirs(user: User, plan: RepaymentPlan) -> bool:
    """A team leader hears of the own team's."""
    desk = plan.case.desk
    return plan.authority != PlanAuthority.TEAM_LEADER or (
        desk is not None and bool(user.unit) and desk.unit == user.unit
    )


def tell(plan: RepaymentPlan, kind: str, level: str, *, by: User | None = None, **params: Any) -> None:
    """Whoever holds the case now and whoever proposed the plan; not the one who did it."""
    holder = plan.case.desk.owner if plan.case.desk is not None else None
    told = {user for user in (holder, plan.proposed_by) if user is not None and user.is_active and user != by}
    notify(
        users=told,
        kind=kind,
        params={"case": plan.case_id, "by": str(by or ""), **params},
        url=f"{reverse('cases:record', args=[plan.case_id])}?tab=plans",
        level=level,
    )
