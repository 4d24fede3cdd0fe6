"""The register of agencies, a new entry, and what the public may see of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.views.care import say
from collection_ops.core import clock
from collection_ops.core.access import has, public, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from vendors.agencies import selectors
from vendors.agencies.forms import AgencyFilter, RegisterForm
from vendors.agencies.refusals import AgencyRefused
from vendors.agencies.register import EDIT, VIEW, register_agency
from vendors.models import AgencyState


@requires(VIEW)
@require_GET
def agencies(request: SignedInRequest) -> HttpResponse:
    """All agencies, the newest first, with what each lacks."""
    form = AgencyFilter(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    page = key_page(request, selectors.chosen(asked))
    counts = selectors.by_state()
    context = {
        "form": form,
        "lines": selectors.lines(page.rows, clock.business_date(clock.now())),
        "states": [(state, counts[state]) for state in AgencyState if state in counts],
        "is_filtered": any(asked.values()),
        "may_edit": has(request.user, EDIT),
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "vendors/agencies/list.html", context)


@requires(EDIT)
@require_http_methods(["GET", "POST"])
@once
def agency_new(request: SignedInRequest) -> HttpResponse:
    form = RegisterForm(request.POST or None)
    told, status = "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row = register_agency(
                master=form.master(), code=given["code"], desk=given["desk"], actor=request.user,
                now=clock.database_now(),
            )  # fmt: skip
        except AgencyRefused as refused:
            told, status = say(form, refused), 409
        else:
            messages.success(request, _("%(agency)s 已登记，办妥各项后启用") % {"agency": row.name})
            return redirect("vendors:agency", row.pk)
    return render(request, "vendors/agencies/new.html", {"form": form, "told": told}, status=status)


@public
@require_GET
def public_agencies(request: HttpRequest) -> HttpResponse:
    """For anybody who was called and wants to know whether the caller is who he says."""
    day = clock.business_date(clock.now())
    return render(request, "vendors/agencies/public.html", {"agencies": selectors.public_agencies(day), "day": day})
