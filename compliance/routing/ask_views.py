"""Asking another department, from a complaint or from a case."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.models import Case
from cases.names import shown_names
from cases.views.care import case_or_404
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.models import Complaint
from compliance.routing.forms import AskForm
from compliance.routing.people import ASK
from compliance.routing.referring import ask, latest_due
from compliance.routing.refusals import ReferralRefused

TAB = "referrals"


@requires(ASK)
@require_http_methods(["GET", "POST"])
@once
def new(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    """About a complaint that the person may see and ask about."""
    visible = Complaint.objects.for_user(request.user).filter(pk=min(complaint_id, 2**63 - 1))
    complaint = visible.for_user(request.user, ASK).first()
    if complaint is None:
        raise Http404
    return _asked(request, complaint=complaint, back=reverse("compliance:complaint", args=[complaint.pk]))


@requires(ASK)
@require_http_methods(["GET", "POST"])
@once
def new_for(request: SignedInRequest, case_id: int) -> HttpResponse:
    """About a case: what its debtor asks."""
    case = case_or_404(request, case_id, ASK)
    return _asked(request, case=case, back=f"{reverse('cases:record', args=[case.pk])}?tab={TAB}")


def _asked(
    request: SignedInRequest, *, back: str, complaint: Complaint | None = None, case: Case | None = None
) -> HttpResponse:
    form = AskForm(request.POST or None, complaint=complaint)
    told, status = "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if name != "late_ok"}
        try:
            made = ask(actor=request.user, now=clock.now(), complaint=complaint, case=case, **given)
        except ReferralRefused as refused:
            status = 409
            if refused.field in form.fields:
                form.add_error(refused.field, str(refused))
            else:
                told = str(refused)
        else:
            messages.success(request, _("已转办 %(department)s，期限 %(due)s") % {
                "department": made.department, "due": made.due_on,
            })  # fmt: skip
            return redirect("compliance:referral", made.pk)
    context = {
        "form": form,
        "told": told,
        "back": back,
        "complaint": complaint,
        "case": case,
        "name": shown_names(request.user, [case])[case.pk] if case is not None else "",
        "latest": latest_due(complaint),
    }
    return render(request, "compliance/routing/new.html", context, status=status)
