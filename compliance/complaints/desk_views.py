"""The complaint desk: what is open, the nearest deadline first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases.views.paging import asked, neighbours
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from compliance.complaints.desk import asked_for, counts_for, desk_page, lines_of
from compliance.complaints.desk_forms import DeskFilter
from compliance.models import Complaint

NEWEST_FIRST = ("closed", "joined", "all")


@requires("complaints.view")
@require_GET
def complaints(request: SignedInRequest) -> HttpResponse:
    """Those that the reader may see; what nobody filters for are the open ones."""
    today = clock.business_date(clock.now())
    form = DeskFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_bound and (form.is_valid() or form.cleaned_data) else {}
    page = desk_page(
        asked_for(Complaint.objects.for_user(request.user), chosen, user=request.user, today=today),
        by_deadline=not chosen.get("q") and chosen.get("state") not in NEWEST_FIRST,
        after=asked(request, "after"),
        before=asked(request, "before"),
    )
    context = {
        "form": form,
        "chosen": chosen,
        "is_filtered": any(chosen.values()),
        "counts": counts_for(request.user, today),
        "lines": lines_of(page.rows, request.user, today=today),
        **neighbours(request, page),
    }
    return render(request, "compliance/complaints/desk.html", context)
