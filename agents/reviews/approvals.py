"""What of reviews, appraisals and rewards waits for somebody."""

from django.urls import reverse
from django.utils.translation import gettext as _

from agents.models import WeekReview, WeekState
from agents.reviews.appraisals import VIEW as APPRAISALS
from agents.reviews.appraisals import to_do
from agents.reviews.rewards import APPROVE, to_decide
from agents.reviews.weeks import address
from collection_ops.core.access import has
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.models import User


@decisions
def weeks_to_acknowledge(user: User) -> Waiting | None:
    """One's own talks that were held and not acknowledged yet; the link leads to the oldest."""
    if not has(user, "reviews.view"):
        return None
    mine = WeekReview.objects.filter(user=user, state=WeekState.HELD).order_by("week")
    waiting = list(mine.values_list("week", flat=True))
    if not waiting:
        return None
    return Waiting(_("待确认的周复盘"), len(waiting), address(user.pk, waiting[0]))


@decisions
def appraisals_to_do(user: User) -> Waiting | None:
    if not has(user, APPRAISALS):
        return None
    months = list(to_do(user).order_by("month").values_list("month", flat=True))
    if not months:
        return None
    url = f"{reverse('reviews:appraisals')}?month={months[0]:%Y-%m}&show=mine"
    return Waiting(_("待处理的考核"), len(months), url)


@decisions
def rewards_to_decide(user: User) -> Waiting | None:
    if not has(user, APPROVE):
        return None
    months = list(to_decide(user).order_by("month").values_list("month", flat=True))
    if not months:
        return None
    url = f"{reverse('reviews:rewards')}?month={months[0]:%Y-%m}&show=mine"
    return Waiting(_("待审批的奖惩"), len(months), url)
