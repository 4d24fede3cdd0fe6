"""The case list."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from cases import columns as list_columns
from cases import selectors
from cases.filters import SORT_LABELS, STATUSES, CaseFilter, chips_of, read_sort
from cases.models import Case
from cases.services import saved_views
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import SavedView


def _opening_query(request: SignedInRequest, views: list[SavedView]) -> Any:
    """What the address asks for; a bare address opens the person's default view, or the role's."""
    if request.GET:
        return request.GET
    default = next((view for view in views if view.is_default and view.page == saved_views.CASE_LIST), None)
    return default.query if default else saved_views.role_default(request.user)


def _chosen_columns(views: list[SavedView]) -> tuple[list_columns.Column, ...]:
    kept = next((view for view in views if view.page == saved_views.CASE_LIST_COLUMNS), None)
    return list_columns.chosen(kept.query.get("columns", []) if kept else list_columns.DEFAULT)


@requires("cases.view")
@require_GET
def case_list(request: SignedInRequest) -> HttpResponse:
    """Filter, sort and page through the cases that this person may see."""
    user = request.user
    views = list(
        SavedView.objects.filter(user=user, page__in=(saved_views.CASE_LIST, saved_views.CASE_LIST_COLUMNS)).order_by(
            "name"
        )
    )
    query = _opening_query(request, views)
    filterset = CaseFilter(query, Case.objects.for_user(user))
    key, descending, sort = read_sort(str(query.get("sort", "")))
    page = selectors.list_rows(
        filterset.filtered,
        key=key,
        descending=descending,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    columns = _chosen_columns(views)
    names = selectors.source_and_desk_names(user)
    products, regions = selectors.products_and_regions()
    here = filterset.address(sort=sort)
    context = {
        "filterset": filterset,
        "form": filterset.form,
        "choices": {**names, "product": products, "region": regions},
        "chips": chips_of(filterset, names=names, sort=sort),
        "statuses": [(value, label, filterset.address(status=value, sort=sort)) for value, label in STATUSES],
        "status": filterset.query["status"],
        "sort": sort,
        "headings": [_heading(filterset, column, sort) for column in columns],
        "sort_choices": [(f"{sign}{name}", label, sign) for name, label in SORT_LABELS.items() for sign in ("-", "")],
        "columns": columns,
        "all_columns": list_columns.COLUMNS,
        "always_columns": list_columns.ALWAYS,
        "lines": selectors.case_lines(page.rows, columns=columns, user=user),
        "totals": selectors.totals_of(filterset.filtered),
        "previous_url": f"?{here}&before={page.before}" if page.before else "",
        "next_url": f"?{here}&after={page.after}" if page.after else "",
        "here": here,
        "saved": [_saved_link(view) for view in views if view.page == saved_views.CASE_LIST],
        "stage_address": filterset.address(without="stage", sort=sort),
    }
    return render(request, "cases/list.html", context)


def _heading(filterset: CaseFilter, column: list_columns.Column, sort: str) -> dict[str, Any]:
    """A column's heading: the address that sorts by it (the other way round when it is sorted by it now), and how it is
    sorted now."""
    if not column.sort:
        return {"column": column, "url": "", "state": ""}
    state = ""
    target = column.sort if column.sort == "contract" else f"-{column.sort}"  # largest first, contracts from A
    if sort.removeprefix("-") == column.sort:
        state = "descending" if sort.startswith("-") else "ascending"
        target = column.sort if sort.startswith("-") else f"-{column.sort}"
    return {"column": column, "url": f"?{filterset.address(sort=target)}", "state": state}


def _saved_link(view: SavedView) -> dict[str, Any]:
    filterset = CaseFilter(view.query, Case.objects.none())
    address = filterset.address(sort=read_sort(str(view.query.get("sort", "")))[2])
    return {"view": view, "url": f"{reverse('cases:list')}?{address}"}


@requires("cases.view")
@require_GET
def list_totals(request: SignedInRequest) -> HttpResponse:
    """Fragment: count and amounts of a list too long to be added up with the page."""
    filterset = CaseFilter(request.GET, Case.objects.for_user(request.user))
    totals = selectors.totals_of(filterset.filtered, cap=None)
    sort = read_sort(request.GET.get("sort", ""))[2]
    return render(
        request,
        "cases/_totals.html",
        {"totals": totals, "stage_address": filterset.address(without="stage", sort=sort), "here": ""},
    )
