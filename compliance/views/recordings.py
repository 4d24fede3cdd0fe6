"""Talks that were not recorded, for whoever answers for recordings."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.names import shown_names
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from compliance.forms import FindingForm, RecordingFilter
from compliance.models import ContactDetail
from compliance.selectors_calls import talks_without_recording
from compliance.services.call_details import LogRefused
from compliance.services.recordings import review_missing

CAPABILITY = "recordings.review"


@requires(CAPABILITY)
@require_GET
def recordings(request: SignedInRequest) -> HttpResponse:
    """Newest first; those looked into are shown where they are asked for."""
    return _page(request)


def _page(
    request: SignedInRequest, *, form: FindingForm | None = None, about: int = 0, status: int = 200
) -> HttpResponse:
    asked = RecordingFilter(request.GET or None)
    reviewed = asked.is_valid() and asked.cleaned_data["show"] == "reviewed"
    page = key_page(request, talks_without_recording(reviewed=reviewed))
    names = shown_names(request.user, [row.attempt.case for row in page.rows])
    context = {
        "asked": asked,
        "reviewed": reviewed,
        "page": page,
        "lines": [
            (
                row,
                names[row.attempt.case_id],
                form if form is not None and row.pk == about else FindingForm(auto_id=False),
            )
            for row in page.rows
        ],
    }
    return render(request, "compliance/recordings.html", context, status=status)


@requires(CAPABILITY)
@require_POST
@once
def review(request: SignedInRequest, attempt_id: int) -> HttpResponse:
    """Why there is none."""
    detail = ContactDetail.objects.filter(pk=attempt_id, no_recording=True).first()
    if detail is None:
        raise Http404
    form = FindingForm(request.POST, auto_id=False)
    if not form.is_valid():
        return _page(request, form=form, about=detail.pk, status=400)
    try:
        review_missing(detail=detail, finding=form.cleaned_data["finding"], actor=request.user, now=clock.now())
    except LogRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已记录核查结论"))
    return redirect("compliance:recordings")
