"""An upheld complaint beside the nearest similar case without one."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases.models import Case
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from compliance.complaints.conflicts import HANDLE
from compliance.complaints.one_page import find_complaint
from compliance.complaints.pair import pair_of, side_by_side
from compliance.models import FOUND_TRUE


@requires(HANDLE)
@require_GET
def pair(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    found = find_complaint(request.user, complaint_id, HANDLE)
    if found.outcome not in FOUND_TRUE or found.case_id is None:
        raise Http404
    laid = pair_of(found)
    ids = [case.pk for case in (laid.case, laid.other) if case is not None]
    seen = set(Case.objects.for_user(request.user, "cases.view").filter(pk__in=ids).values_list("pk", flat=True))
    context = {"complaint": found, "pair": laid, "groups": side_by_side(laid) if not laid.missing else [], "seen": seen}
    return render(request, "compliance/complaints/pair.html", context)
