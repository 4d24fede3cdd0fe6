"""Numbers of the business that plans are decided by, and who decides on which amount."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from cases.models import PlanAuthority, RepaymentPlan
from collection_ops.core.dated_settings import Setting, values_on
from collection_ops.core.models import User

LEADER_LIMIT = Setting(
    "plan.leader_limit",
    label=_("还款方案：组长审批上限"),
    default=Decimal("10000.00"),
    source="POLICY (CN-Y-06: approval by level)",
    unit=_("元"),
    least=Decimal(0),
)
SUPERVISOR_LIMIT = Setting(
    "plan.supervisor_limit",
    label=_("还款方案：主管审批上限"),
    default=Decimal("50000.00"),
    source="POLICY (CN-Y-06: approval by level)",
    unit=_("元"),
    least=Decimal(0),
)
# Three days let a bank transfer arrive. The gate has a number of its own (CN-S-02): it allows demand from the day after.
GRACE_DAYS = Setting(
    "plan.grace_days",
    label=_("还款方案：到期后宽限天数"),
    default=3,
    source="POLICY (CN-S-02)",
    unit=_("天"),
    least=0,
    most=30,
)

LADDER = list(PlanAuthority.values)
"""From the lowest up; a higher one may decide what a lower one may."""


def terms_in_force(total: Decimal, *, day: date) -> tuple[PlanAuthority, int]:
    """Who decides on a plan of `total` yuan that is proposed on `day`, and the grace days it is agreed with."""
    found = values_on(day, [LEADER_LIMIT, SUPERVISOR_LIMIT, GRACE_DAYS])
    if total <= found[LEADER_LIMIT.name]:
        authority = PlanAuthority.TEAM_LEADER
    elif total <= found[SUPERVISOR_LIMIT.name]:
        authority = PlanAuthority.SUPERVISOR
    else:
        authority = PlanAuthority.MANAGER
    return authority, int(found[GRACE_DAYS.name])


def authorities_of(user: User) -> list[str]:
    """What the person may decide: their own step of the ladder and those below it."""
    held = [LADDER.index(role) for role in user.roles if role in LADDER]
    return LADDER[: max(held) + 1] if held else []


def may_decide(user: User, plan: RepaymentPlan) -> bool:
    """By amount, and never on one's own proposal. Whose case it is, the caller asks (`plans.decide`)."""
    return plan.authority in authorities_of(user) and plan.proposed_by_id != user.pk
