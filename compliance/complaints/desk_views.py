"""The complaint desk: what is open, the nearest deadline first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from compliance.models import Complaint


@requires("complaints.view")
@require_GET
def complaints(request: SignedInRequest) -> HttpResponse:
    page = key_page(request, Complaint.objects.for_user(request.user).open())
    return render(request, "compliance/complaints/desk.html", {"page": page, "today": clock.business_date(clock.now())})
