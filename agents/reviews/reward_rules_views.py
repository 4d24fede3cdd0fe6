"""The rules of rewards and penalties: read and saved as a new version."""

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agents.models import RewardRules
from agents.reviews.reward_lines import FIELDS, FORMULAS, KINDS, METRICS, MOST_LINES, RulesRefused
from agents.reviews.reward_rules import SUGGESTED, rules_in_force, save_rules
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

VERSIONS_SHOWN = 20
BLANK = {"kind": "reward", "metric": "money", "formula": "fixed"}


@requires("rewards.rules")
@require_http_methods(["GET", "POST"])
@once
def rules(request: SignedInRequest) -> HttpResponse:
    in_force = rules_in_force()
    version = in_force.pk if in_force else 0
    if request.method != "POST":
        return _page(request, in_force.lines if in_force else SUGGESTED, version)
    typed = [
        {name: request.POST.get(f"{number}-{name}", "").replace("\x00", "") for name in FIELDS}
        for number in range(1, MOST_LINES + 3)
        if f"{number}-name" in request.POST
    ]
    reason, based_on = request.POST.get("reason", "").replace("\x00", ""), request.POST.get("based_on", "")
    number = int(based_on) if based_on.isascii() and based_on.isdecimal() and len(based_on) < 19 else -1
    try:
        save_rules(typed=typed, reason=reason, based_on=number, actor=request.user, now=clock.database_now())
    except RulesRefused as refused:
        return _page(request, typed, version, reason=reason, refused=refused, status=409)
    messages.success(request, _("新的规则已生效；已提出的奖惩仍按原来的规则"))
    return redirect("reviews:reward_rules")


def _page(
    request: SignedInRequest,
    lines: Sequence[Mapping[str, str]],
    version: int,
    *,
    reason: str = "",
    refused: RulesRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = [*lines, *([] if refused else [BLANK])]
    context = {
        "lines": list(enumerate(shown, 1)),
        "kinds": KINDS.items(),
        "metrics": [(name, label) for name, (label, _unit) in METRICS.items()],
        "formulas": FORMULAS.items(),
        "wrong": refused.field if refused else "",
        "version": version,
        "versions": list(RewardRules.objects.select_related("saved_by").order_by("-pk")[:VERSIONS_SHOWN]),
        "reason": reason,
        "refused": refused,
    }
    return render(request, "agents/reviews/reward_rules.html", context, status=status)
