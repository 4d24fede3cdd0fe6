"""The table of weights: read, tried out, saved."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agents.models import QueueWeights
from agents.services.queue_weights import WeightsRefused, read_weights, save_weights
from agents.workbench.queue.weights import LINES, Weights, weights_in_force
from agents.workbench.queue.what_if import FIRST, WhatIf, what_if
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

VERSIONS_SHOWN = 20


@requires("queue.weigh")
@require_http_methods(["GET", "POST"])
@once
def weights(request: SignedInRequest) -> HttpResponse:
    """The weights in force with their history. A POST tries the typed ones out (nothing is kept), or with `do=save` puts
    them in force."""
    in_force = weights_in_force()
    if request.method != "POST":
        return _page(request, in_force, in_force.values)
    now, typed = clock.now(), {line.name: request.POST.get(line.name, "") for line in LINES}
    reason, based_on = request.POST.get("reason", "").replace("\x00", ""), request.POST.get("based_on", "")
    try:
        if request.POST.get("do") == "save":
            number = int(based_on) if based_on.isdecimal() and len(based_on) < 19 else -1
            save_weights(values=typed, reason=reason, based_on=number, actor=request.user, now=now)
            messages.success(request, _("新的权重已生效"))
            return redirect("workbench:weights")
        tried = what_if(in_force, read_weights(typed), now=now)
    except WeightsRefused as refused:
        return _page(request, in_force, typed, reason=reason, refused=refused, status=409)
    return _page(request, in_force, typed, reason=reason, tried=tried)


def _page(
    request: SignedInRequest,
    in_force: Weights,
    typed: Mapping[str, Any],
    *,
    reason: str = "",
    tried: WhatIf | None = None,
    refused: WeightsRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    lines = [
        {
            "line": line,
            "value": typed[line.name],
            "is_changed": str(typed[line.name]) != str(in_force[line.name]),
            "in_force": in_force[line.name],
            "is_wrong": refused is not None and refused.name == line.name,
        }
        for line in LINES
    ]
    context = {
        "sections": [(label, list(found)) for label, found in groupby(lines, key=lambda one: one["line"].section)],
        "in_force": in_force,
        "versions": list(QueueWeights.objects.select_related("saved_by").order_by("-pk")[:VERSIONS_SHOWN]),
        "tried": tried,
        "first": FIRST,
        "reason": reason,
        "refused": refused,
    }
    return render(request, "agents/workbench/weights.html", context, status=status)
