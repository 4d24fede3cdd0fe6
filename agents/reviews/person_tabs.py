"""Tabs of a person's page: weekly reviews with appraisals, and rewards with penalties."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from agents.models import Appraisal, RewardProposal, WeekReview
from agents.people.tabs import person_tab
from agents.reviews.gaps import from_json, worst
from agents.reviews.lines import said
from agents.reviews.reward_words import voided_words
from agents.reviews.rewards import VIEW as REWARDS
from collection_ops.core.access import has
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User

SHOWN = 12


@person_tab(
    "reviews",
    label=_("复盘与考核"),
    template="agents/reviews/_person_reviews.html",
    order=50,
    capability="reviews.view",
)
def reviews(request: SignedInRequest, person: User) -> dict[str, Any]:
    """The last weeks and months. Two queries. Who may see reviews sees the same people's appraisals."""
    weeks = WeekReview.objects.filter(user=person).order_by("-week")[:SHOWN]
    months = Appraisal.objects.filter(user=person).order_by("-month")[:SHOWN]
    return {
        "weeks": [(one, said(worst(from_json(one.figures)))) for one in weeks],
        "months": months if has(request.user, "appraisals.view") else [],
    }


@person_tab("rewards", label=_("奖惩"), template="agents/reviews/_person_rewards.html", order=60, capability=REWARDS)
def rewards(request: SignedInRequest, person: User) -> dict[str, Any]:
    """The newest rewards and penalties."""
    found = RewardProposal.objects.filter(user=person).order_by("-month", "-pk")[:SHOWN]
    return {"rewards": [(one, voided_words(one)) for one in found]}
