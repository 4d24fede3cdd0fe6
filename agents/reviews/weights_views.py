"""The weights of the appraisal: read and saved as a new version."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from agents.models import AppraisalWeights
from agents.reviews.scoring import SUBJECTS
from agents.reviews.weights import DEFAULTS, OTHERS, AppraisalRefused, save_weights, weights_in_force
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

VERSIONS_SHOWN = 20
LABELS = {
    "grade_a": gettext_lazy("A 级从"),
    "grade_b": gettext_lazy("B 级从"),
    "grade_c": gettext_lazy("C 级从"),
    "cap_from": gettext_lazy("成立投诉达几件时最高 C 级（0 不限）"),
    "most_adjustment": gettext_lazy("组长最多调整（分）"),
}


@requires("appraisals.weights")
@require_http_methods(["GET", "POST"])
@once
def weights(request: SignedInRequest) -> HttpResponse:
    in_force = weights_in_force()
    if request.method != "POST":
        return _page(request, in_force.values, in_force.version)
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in DEFAULTS}
    reason, based_on = request.POST.get("reason", "").replace("\x00", ""), request.POST.get("based_on", "")
    number = int(based_on) if based_on.isascii() and based_on.isdecimal() and len(based_on) < 19 else -1
    try:
        save_weights(typed=typed, reason=reason, based_on=number, actor=request.user, now=clock.database_now())
    except AppraisalRefused as refused:
        return _page(request, typed, in_force.version, reason=reason, refused=refused, status=409)
    messages.success(request, _("新的权重已生效；已开始的考核仍按原来的权重"))
    return redirect("reviews:weights")


def _page(
    request: SignedInRequest,
    values: Mapping[str, Any],
    version: int,
    *,
    reason: str = "",
    refused: AppraisalRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    wrong = refused.field if refused else ""
    lines = [
        (
            subject,
            [(f"{subject.name}_{part}", values[f"{subject.name}_{part}"]) for part in ("weight", "floor", "full")],
        )
        for subject in SUBJECTS
    ]
    context = {
        "lines": lines,
        "others": [(name, LABELS[name], values[name]) for name in OTHERS],
        "wrong": wrong,
        "version": version,
        "versions": list(AppraisalWeights.objects.select_related("saved_by").order_by("-pk")[:VERSIONS_SHOWN]),
        "reason": reason,
        "refused": refused,
    }
    return render(request, "agents/reviews/weights.html", context, status=status)
