"""Entering what the book does not have: what fell due in a month, and what collecting cost."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.clock import month_before
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from reports.forms import InputForm
from reports.models import KpiInput
from reports.services.kpi_inputs import Figure, InputRefused, enter, orgs


@requires("kpi.inputs_view")
@require_GET
def kpi_inputs(request: SignedInRequest) -> HttpResponse:
    """What was entered, the newest first, and the form for those who may."""
    return _page(request)


@requires("kpi.inputs")
@require_POST
@once
def kpi_input_add(request: SignedInRequest) -> HttpResponse:
    form, now = InputForm(request.POST), clock.database_now()
    if not form.is_valid():
        return _page(request, form, status=400)
    told = form.cleaned_data
    figure = Figure(told["month"], told["what"], told["yuan"], told["source"], told["org"], told["note"])
    try:
        row = enter(figure=figure, actor=request.user, today=clock.business_date(now), now=now)
    except InputRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return _page(request, form, status=409)
    messages.success(
        request, _("已录入 %(month)s %(what)s") % {"month": f"{row.month:%Y-%m}", "what": row.get_what_display()}
    )
    return redirect(reverse("reports:kpi_inputs"))


def _page(request: SignedInRequest, form: InputForm | None = None, *, status: int = 200) -> HttpResponse:
    page = key_page(request, KpiInput.objects.select_related("source", "entered_by"))
    names = dict(orgs())
    may_enter = has(request.user, "kpi.inputs")
    last_month = month_before(clock.business_date(clock.now()))
    context = {
        "lines": [{"row": row, "org": names.get(row.org, row.org)} for row in page.rows],
        "form": (form or InputForm(initial={"month": last_month})) if may_enter else None,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "reports/kpi_inputs.html", context, status=status)
