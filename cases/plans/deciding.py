"""Plans that wait for a decision: by whom, and how many on the page of one's tasks."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Case, PlanState, RepaymentPlan
from cases.plans.limits import authorities_of
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.models import User


def waiting_for(user: User) -> QuerySet[RepaymentPlan]:
    """Plans that this person may decide on: in their scope, within their authority, not their own."""
    cases = Case.objects.for_user(user, "plans.decide")
    return RepaymentPlan.objects.filter(
        state=PlanState.SUBMITTED, authority__in=authorities_of(user), case__in=cases
    ).exclude(proposed_by=user)


@decisions
def plans(user: User) -> Waiting | None:
    if not authorities_of(user):
        return None
    return Waiting(_("还款方案"), waiting_for(user).count(), f"{reverse('cases:plans')}?show=waiting")
