"""Why a rate moved, and the same as Excel."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from reports.dashboards import why as page_of
from reports.dashboards.page import Page, open_page, shared
from reports.dashboards.tables import workbook


def _asked(request: SignedInRequest, name: str) -> tuple[Page, page_of.Asked]:
    page = open_page(request, page_of.CAPABILITY)
    asked = page_of.ask(page, name, way=request.GET.get("by", "")[:32])
    if asked is None:
        raise Http404
    return page, asked


@requires(page_of.CAPABILITY)
@require_GET
def why(request: SignedInRequest, name: str) -> HttpResponse:
    """The rate of the period and of the one before, and what each group adds to the change."""
    page, asked = _asked(request, name)
    context = shared(page) | page_of.context(page, asked)
    context["tables_url"] = reverse("reports:why", args=[name])
    context["query"] = page.asked.address(by=asked.way)
    return render(request, "reports/why.html", context)


@requires(page_of.CAPABILITY)
@require_GET
def why_table(request: SignedInRequest, name: str) -> HttpResponse:
    """Sums only: no person can be told from it."""
    page, asked = _asked(request, name)
    if asked.change is None:
        raise Http404
    found = page.asked
    data = {"kpi": name, "first": found.first.isoformat(), "last": found.as_of.isoformat(), "by": asked.way}
    return workbook(page_of.table(page, asked), user=page.user, now=page.now, data=data)
