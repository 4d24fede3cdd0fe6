"""One complaint: what was said, what was done, and what may be done now."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from compliance.models import Complaint


@requires("complaints.view")
@require_GET
def complaint(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    found = Complaint.objects.for_user(request.user).filter(pk=complaint_id).first()
    if found is None:
        raise Http404
    return render(
        request, "compliance/complaints/one.html", {"complaint": found, "today": clock.business_date(clock.now())}
    )
