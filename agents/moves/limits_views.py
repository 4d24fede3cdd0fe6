"""The table of who may move what from where to where: read and saved."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agents.models import MoveLimits
from agents.moves.limits import KIND_LABELS, ROLES, LimitsRefused, limits_in_force, read_line, save_limits
from collection_ops.core import clock
from collection_ops.core.access import Role, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

VERSIONS_SHOWN = 20


@requires("assignment.rules")
@require_http_methods(["GET", "POST"])
@once
def limits(request: SignedInRequest) -> HttpResponse:
    """The limits in force with their history; a POST puts the typed ones in force."""
    in_force = limits_in_force()
    typed = [line.as_dict() for line in in_force.lines]
    if request.method != "POST":
        return _page(request, in_force.version, typed)
    typed = [_typed(request, role) for role in ROLES]
    reason, based_on = request.POST.get("reason", "").replace("\x00", ""), request.POST.get("based_on", "")
    number = int(based_on) if based_on.isascii() and based_on.isdigit() and len(based_on) < 19 else -1
    try:
        lines = [read_line(**line) for line in typed]
        save_limits(lines=lines, reason=reason, based_on=number, actor=request.user, now=clock.database_now())
    except LimitsRefused as refused:
        return _page(request, in_force.version, typed, reason=reason, refused=refused, status=409)
    messages.success(request, _("新的调案限制已生效"))
    return redirect("moves:limits")


def _typed(request: SignedInRequest, role: str) -> dict[str, Any]:
    return {
        "role": role,
        "takes": request.POST.getlist(f"{role}-takes"),
        "gives": request.POST.getlist(f"{role}-gives"),
        "other_teams": request.POST.get(f"{role}-other_teams") == "on",
        "most": request.POST.get(f"{role}-most", "").replace("\x00", "")[:12],
    }


def _page(
    request: SignedInRequest,
    version: int,
    lines: list[dict[str, Any]],
    *,
    reason: str = "",
    refused: LimitsRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "version": version,
        "lines": [
            {
                **line,
                "label": Role(line["role"]).label,
                "is_leader": line["role"] == Role.TEAM_LEADER,
                "is_wrong": refused is not None and refused.role == line["role"],
            }
            for line in lines
        ],
        "kinds": list(KIND_LABELS.items()),
        "versions": list(MoveLimits.objects.select_related("saved_by").order_by("-pk")[:VERSIONS_SHOWN]),
        "reason": reason,
        "refused": refused,
    }
    return render(request, "agents/moves/limits.html", context, status=status)
