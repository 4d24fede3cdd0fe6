"""The dashboards by role, and their tables as Excel."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from reports.dashboards import intake as intake_page
from reports.dashboards import manager as manager_page
from reports.dashboards import mine as mine_page
from reports.dashboards import supervisor as supervisor_page
from reports.dashboards.asked import NARROWING
from reports.dashboards.page import Maker, open_page, shared
from reports.dashboards.tables import workbook


def _export(request: SignedInRequest, name: str, *, tables: Mapping[str, Maker], capability: str) -> HttpResponse:
    """The table of that name, with the filters of the page. 404 for a name that is none, or has nothing to show."""
    if name not in tables:
        raise Http404
    page = open_page(request, capability)
    table = tables[name](page)
    if table is None:
        raise Http404
    asked = page.asked
    data = {"first": asked.first.isoformat(), "last": asked.as_of.isoformat(), **asked.query}
    return workbook(table, user=page.user, now=page.now, data=data)


@requires("overview.view")
@require_GET
def overview(request: SignedInRequest) -> HttpResponse:
    """For who leads: two rates, the book, what rolls tomorrow, who is at work, what waits. Every figure opens its rows."""
    page = open_page(request, supervisor_page.CAPABILITY)
    context = shared(page) | supervisor_page.context(page)
    context["tables_url"] = reverse("reports:overview")
    return render(request, "reports/overview.html", context)


@requires("overview.view")
@require_GET
def overview_part(request: SignedInRequest, name: str) -> HttpResponse:
    """A part of the overview that comes after the page: what rolls soon, who is at work, what moved."""
    part = supervisor_page.PARTS.get(name)
    if part is None:
        raise Http404
    page = open_page(request, supervisor_page.CAPABILITY)
    context = part.context(page) | {"query": page.asked.address(), "tables_url": reverse("reports:overview")}
    return render(request, part.template, context)


@requires("overview.view")
@require_GET
def overview_table(request: SignedInRequest, name: str) -> HttpResponse:
    return _export(request, name, tables=supervisor_page.TABLES, capability=supervisor_page.CAPABILITY)


@requires("overview.view")
@require_GET
def rollers(request: SignedInRequest) -> HttpResponse:
    """What rolls within 1, 3 or 7 days unless money comes, the dearest first, with the smallest amount that stops each."""
    page = open_page(request, supervisor_page.CAPABILITY)
    days = request.GET.get("days", "")
    context = shared(page) | supervisor_page.rollers_context(page, days=days, after=request.GET.get("after", "")[:80])
    return render(request, "reports/rollers.html", context)


@requires("reports.manage")
@require_GET
def manager(request: SignedInRequest) -> HttpResponse:
    """For who answers for the whole: trends, heat map, vintage, own team and agencies, cost."""
    page = open_page(request, manager_page.CAPABILITY)
    context = shared(page) | manager_page.context(page, heat=manager_page.heat_of(request.GET.get("heat", "")))
    context["tables_url"] = reverse("reports:manager")
    return render(request, "reports/manager.html", context)


@requires("reports.manage")
@require_GET
def manager_table(request: SignedInRequest, name: str) -> HttpResponse:
    return _export(request, name, tables=manager_page.TABLES, capability=manager_page.CAPABILITY)


@requires("imports.view")
@require_GET
def intake(request: SignedInRequest) -> HttpResponse:
    """For who brings the files in: each source's last file, what is late, what waits, which problems come."""
    page = open_page(request, intake_page.CAPABILITY)
    context: dict[str, Any] = shared(page, narrowing=("source",)) | intake_page.context(page)
    context["tables_url"] = reverse("reports:intake")
    return render(request, "reports/intake.html", context)


@requires("imports.view")
@require_GET
def intake_table(request: SignedInRequest, name: str) -> HttpResponse:
    return _export(request, name, tables=intake_page.TABLES, capability=intake_page.CAPABILITY)


@requires("figures.own")
@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    """A collector's own numbers."""
    page = open_page(request, mine_page.CAPABILITY)
    narrowing = tuple(name for name in ("source", *NARROWING) if name not in ("team", "agency", "desk"))
    context = shared(page, narrowing=narrowing) | mine_page.context(page)
    context["tables_url"] = reverse("reports:mine")
    return render(request, "reports/mine.html", context)


@requires("figures.own")
@require_GET
def mine_table(request: SignedInRequest, name: str) -> HttpResponse:
    return _export(request, name, tables=mine_page.TABLES, capability=mine_page.CAPABILITY)
