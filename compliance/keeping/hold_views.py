"""Legal holds: what a court or an authority wants kept, in force and lifted."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.names import shown_names
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from compliance.keeping.forms import HoldFilter, LegalHoldForm, ReasonForm
from compliance.keeping.legal import lift_legal_hold, place_legal_hold
from compliance.keeping.refusals import KeepingRefused
from compliance.keeping.retention_views import VIEW
from compliance.keeping.runs import APPROVE, PROPOSE
from compliance.keeping.whose import latest_cases
from compliance.models import LegalHold


@requires(VIEW)
@require_GET
def legal_holds(request: SignedInRequest) -> HttpResponse:
    """Newest first; those in force unless those that were lifted are asked for, all or of one contract."""
    return _page(request)


def _page(
    request: SignedInRequest, *, refused: str = "", about: int = 0, reason: str = "", status: int = 200
) -> HttpResponse:
    """`about`: the hold that was not lifted, for which `reason` was typed."""
    form = HoldFilter(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = LegalHold.objects.filter(lifted_at__isnull=asked.get("show") != "lifted")
    if contract := asked.get("contract"):
        rows = rows.filter(debtor__loans__contract_no=contract).distinct()
    page = key_page(request, rows.select_related("placed_by", "lifted_by"))
    cases = latest_cases({hold.debtor_id for hold in page.rows})
    names = shown_names(request.user, list(cases.values()))
    context: dict[str, Any] = {
        "form": form,
        "page": page,
        "holds": [
            (hold, cases.get(hold.debtor_id), names.get(cases[hold.debtor_id].pk) if hold.debtor_id in cases else "")
            for hold in page.rows
        ],
        "may_propose": has(request.user, PROPOSE),
        "may_approve": has(request.user, APPROVE),
        "refused": refused,
        "about": about,
        "reason": reason,
    }
    return render(request, "compliance/keeping/legal_holds.html", context, status=status)


@requires(PROPOSE)
@require_http_methods(["GET", "POST"])
@once
def legal_hold_new(request: SignedInRequest) -> HttpResponse:
    form = LegalHoldForm(request.POST or None, initial={"contract": request.GET.get("contract", "")})
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            given = form.cleaned_data
            try:
                place_legal_hold(
                    debtor=given["debtor"], reason=given["reason"], reference=given["reference"],
                    actor=request.user, now=clock.database_now(),
                )  # fmt: skip
            except KeepingRefused as refused:
                form.add_error(refused.field or None, str(refused))
                status = 409
            else:
                messages.success(request, _("已登记法律保全，该客户的记录不会被删除"))
                return redirect("compliance:legal_holds")
    return render(request, "compliance/keeping/legal_hold_new.html", {"form": form}, status=status)


@requires(APPROVE)
@require_POST
@once
def legal_hold_lift(request: SignedInRequest, hold_id: int) -> HttpResponse:
    hold = get_object_or_404(LegalHold, pk=hold_id)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        lift_legal_hold(hold=hold, reason=reason, actor=request.user, now=clock.database_now())
    except KeepingRefused as refused:
        return _page(request, refused=str(refused), about=hold.pk, reason=reason, status=400 if refused.field else 409)
    messages.success(request, _("已解除法律保全"))
    return redirect("compliance:legal_holds")
