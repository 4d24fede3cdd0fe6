"""What of the book waits for somebody: risk flags to decide, steps of special dispositions to take."""

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.selectors_care import my_steps, risks_to_decide
from collection_ops.core.access import has
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.models import User


@decisions
def risk_flags(user: User) -> Waiting | None:
    if not has(user, "risks.decide"):
        return None
    return Waiting(_("待决定的风险标识"), risks_to_decide(user).count(), reverse("cases:risks"))


@decisions
def disposition_steps(user: User) -> Waiting | None:
    if not has(user, "care.view"):
        return None
    return Waiting(_("我的处置步骤"), my_steps(user).count(), f"{reverse('cases:risks')}?show=mine")
