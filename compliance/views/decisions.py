"""One answer of the gate: the question, the facts, and what the rules of its day and of today say."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from cases.models import Case
from cases.names import shown_names
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from compliance.models import GateDecision
from compliance.selectors_decisions import decision_shown


@requires("decisions.view")
@require_GET
def decision(request: SignedInRequest, decision_id: int) -> HttpResponse:
    """About a case in the reader's scope; any other does not exist."""
    mine = Case.objects.for_user(request.user, "decisions.view")
    found = get_object_or_404(
        GateDecision.objects.filter(case__in=mine).select_related(
            "case__loan__debtor", "case__loan__source", "actor", "attempt"
        ),
        pk=decision_id,
    )
    context = {
        "decision": found,
        "case": found.case,
        "name": shown_names(request.user, [found.case])[found.case_id],
        "attempt": getattr(found, "attempt", None),
        "shown": decision_shown(found, now=clock.now()),
    }
    return render(request, "compliance/decision.html", context)
