"""The register of breaches: what stands, and a breach that somebody writes down."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.views.care import say
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from compliance.breaching.figures import standing
from compliance.breaching.forms import RegisterFilter, ReportForm
from compliance.breaching.refusals import BreachRefused
from compliance.breaching.register import HANDLE, report_breach
from compliance.breaching.selectors import chosen, lines
from compliance.models import BreachCase

VIEW = "breaches.view"


@requires(VIEW)
@require_GET
def breaches(request: SignedInRequest) -> HttpResponse:
    """Newest first; what is settled or withdrawn is shown where it is asked for."""
    form = RegisterFilter(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    today = clock.business_date(clock.now())
    seen = BreachCase.objects.for_user(request.user)
    page = key_page(request, chosen(seen, asked, today))
    context = {
        "form": form,
        "page": page,
        "lines": lines(page.rows, request.user, today),
        "counts": standing(seen, today),
        "is_filtered": any(asked.values()),
        "may_report": has(request.user, HANDLE),
    }
    return render(request, "compliance/breaching/list.html", context)


@requires(HANDLE)
@require_http_methods(["GET", "POST"])
@once
def report(request: SignedInRequest) -> HttpResponse:
    """By hand, or what an agency reported."""
    now = clock.database_now()
    form = ReportForm(request.POST or None, initial={"found_on": clock.business_date(now)})
    told, status = "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        try:
            row = report_breach(actor=request.user, now=now, **form.cleaned_data)
        except BreachRefused as refused:
            told, status = say(form, refused), 409
        else:
            messages.success(request, _("违规 %(number)s 已登记") % {"number": row.number})
            if row.user_id == request.user.pk:
                return redirect("compliance:my_breach", row.pk)
            return redirect("compliance:breach", row.pk)
    return render(request, "compliance/breaching/new.html", {"form": form, "told": told}, status=status)
