"""A person's saved views and columns of the case list."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases import columns as list_columns
from cases.filters import CaseFilter, chips_of, read_sort
from cases.models import Case
from cases.selectors import source_and_desk_names
from cases.services import saved_views as service
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import SavedView
from collection_ops.core.services.form_tokens import once


def _list_address(query: str) -> str:
    """Back to the list with the filter it had. The query string is read through the filter, never passed on."""
    from django.http import QueryDict

    given = QueryDict(query[:2000])
    filterset = CaseFilter(given, Case.objects.none())
    return f"{reverse('cases:list')}?{filterset.address(sort=read_sort(given.get('sort', ''))[2])}"


def _query_of(text: str) -> dict[str, object]:
    from django.http import QueryDict

    given = QueryDict(text[:2000])
    return {**CaseFilter(given, Case.objects.none()).query, "sort": read_sort(given.get("sort", ""))[2]}


@requires("cases.view")
@require_GET
def view_list(request: SignedInRequest) -> HttpResponse:
    """All saved views of this person, to rename, delete or make the default."""
    user = request.user
    names = source_and_desk_names(user)
    rows = []
    for view in SavedView.objects.filter(user=user, page=service.CASE_LIST).order_by("name"):
        filterset = CaseFilter(view.query, Case.objects.none())
        sort = read_sort(str(view.query.get("sort", "")))[2]
        rows.append(
            {
                "view": view,
                "chips": chips_of(filterset, names=names, sort=sort),
                "url": f"{reverse('cases:list')}?{filterset.address(sort=sort)}",
            }
        )
    return render(request, "cases/views.html", {"rows": rows})


@requires("cases.view")
@require_POST
@once
def save(request: SignedInRequest) -> HttpResponse:
    """Keep the filter in `query` under `name`."""
    query = request.POST.get("query", "")
    try:
        view = service.save_view(
            user=request.user,
            page=service.CASE_LIST,
            name=request.POST.get("name", "").replace("\x00", ""),
            query=_query_of(query),
            is_default=request.POST.get("is_default") == "on",
        )
        messages.success(request, _("已保存视图“%(name)s”") % {"name": view.name})
    except service.ViewRefused as refused:
        messages.error(request, str(refused))
    return redirect(_list_address(query))


@requires("cases.view")
@require_POST
@once
def change(request: SignedInRequest, view_id: int) -> HttpResponse:
    """Rename, delete, make the default or no longer the default, by the button pressed."""
    user = request.user
    view = SavedView.objects.filter(user=user, page=service.CASE_LIST, pk=min(view_id, 2**63 - 1)).first()
    if view is None:
        raise Http404
    what = request.POST.get("do", "")
    try:
        if what == "rename":
            service.rename_view(view=view, name=request.POST.get("name", "").replace("\x00", ""))
        elif what == "delete":
            service.delete_view(view=view)
            messages.success(request, _("已删除视图“%(name)s”") % {"name": view.name})
        elif what in ("default", "no_default"):
            service.set_default_view(user=user, page=service.CASE_LIST, view=view if what == "default" else None)
    except service.ViewRefused as refused:
        messages.error(request, str(refused))
    return redirect("cases:views")


@requires("cases.view")
@require_POST
@once
def columns(request: SignedInRequest) -> HttpResponse:
    """Choose the columns of the list; none chosen goes back to the usual ones."""
    chosen = [key for key in request.POST.getlist("columns") if key in list_columns.BY_KEY]
    service.choose_columns(user=request.user, keys=chosen)
    return redirect(_list_address(request.POST.get("query", "")))
