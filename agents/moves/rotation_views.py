"""What lies idle: «明日轮换» with exemptions, and what was rotated lately."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from agents.models import IdleState
from agents.moves.forms import ExemptForm
from agents.moves.rotation import CAPABILITY, IDLE_DAYS, RotationRefused, exempt, idle_for
from cases.names import shown_names
from cases.views.paging import asked
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import PAGE_SIZE, key_page
from collection_ops.core.services.form_tokens import once

TONES = {
    IdleState.LISTED: "warning",
    IdleState.EXEMPTED: "info",
    IdleState.ROTATED: "neutral",
    IdleState.DROPPED: "success",
}


@requires(CAPABILITY)
@require_GET
def rotation(request: SignedInRequest) -> HttpResponse:
    """Lines of the desks in the reader's scope; those that wait unless another state is asked for."""
    return _page(request, ExemptForm())


@requires(CAPABILITY)
@require_POST
@once
def exempt_lines(request: SignedInRequest) -> HttpResponse:
    """Leave the ticked cases where they lie, with a reason."""
    form = ExemptForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    ticked = request.POST.getlist("line")[:PAGE_SIZE]
    try:
        count = exempt(
            lines=[int(one) for one in ticked if one.isascii() and one.isdigit() and len(one) < 19],
            until=form.cleaned_data["until"],
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=clock.database_now(),
        )
    except RotationRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return _page(request, form, status=409)
    messages.success(request, ngettext("已豁免 %(count)s 件", "已豁免 %(count)s 件", count) % {"count": count})
    return redirect("moves:rotation")


def _page(request: SignedInRequest, form: ExemptForm, *, status: int = 200) -> HttpResponse:
    state = asked(request, "state")
    if state not in IdleState.values:
        state = IdleState.LISTED
    today = clock.business_date(clock.now())
    page = key_page(request, idle_for(request.user).filter(state=state))
    names = shown_names(request.user, [line.case for line in page.rows])
    ticked = set(request.POST.getlist("line"))
    context: dict[str, Any] = {
        "lines": [
            {
                "line": line,
                "name": names[line.case_id],
                "days": (line.due_on - line.idle_since).days,
                "is_ticked": str(line.pk) in ticked,
            }
            for line in page.rows
        ],
        "tone": TONES[IdleState(state)],
        "state": state,
        "states": IdleState.choices,
        "days": IDLE_DAYS.on(today),
        "exempt_form": form,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "agents/moves/rotation.html", context, status=status)
