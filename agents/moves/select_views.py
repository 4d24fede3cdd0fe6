"""Choosing cases to move: by the filter of the case list, ticked one by one or all pages; and one case alone."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agents.moves.choice import choice_url, choose
from agents.moves.desks import desks_by_group
from agents.moves.gather import movable
from agents.moves.limits import CAPABILITY, Reach, limits_in_force
from agents.moves.move import MoveRefused
from cases import columns as list_columns
from cases import selectors
from cases.filters import SORT_LABELS, CaseFilter, chips_of, read_sort
from cases.models import Case, Desk
from cases.names import shown_names
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

COLUMNS = ("name", "contract", "product", "stage", "days", "total", "desk")
TICKED_AT_MOST = selectors.PAGE_SIZE


@requires(CAPABILITY)
@require_GET
def select(request: SignedInRequest) -> HttpResponse:
    """The cases that this person may move, by the filter of the case list."""
    return _page(request, request.GET)


@requires(CAPABILITY)
@require_POST
@once
def make_choice(request: SignedInRequest) -> HttpResponse:
    """Freeze what was ticked, or all that the filter finds, and show what moving it would do."""
    query = QueryDict(request.POST.get("query", "")[:2_000].replace("\x00", ""))
    reach = limits_in_force().of(request.user)
    reachable = movable(request.user, reach)
    cases: QuerySet[Case] = (
        CaseFilter(query, reachable).filtered
        if request.POST.get("all") == "on"
        else reachable.filter(pk__in=_numbers(request.POST.getlist("case")))
    )
    try:
        choice = choose(
            cases=cases,
            desk=_desk(request.POST.get("desk", "")),
            reason=_typed_reason(request),
            actor=request.user,
            now=clock.database_now(),
        )
    except MoveRefused as refused:
        return _page(request, query, reach=reach, refused=refused, status=409 if refused.field == "" else 400)
    return redirect(choice_url(choice))


@requires(CAPABILITY)
@require_http_methods(["GET", "POST"])
@once
def one_case(request: SignedInRequest, case_id: int) -> HttpResponse:
    """One case: where it lies, and where it should go. The preview follows, as for many."""
    user = request.user
    reach = limits_in_force().of(user)
    found = selectors.with_relations(movable(user, reach).filter(pk=min(case_id, 2**63 - 1)))
    case = found.first()
    if case is None:
        raise Http404
    refused, status = None, 200
    if request.method == "POST":
        try:
            choice = choose(
                cases=movable(user, reach).filter(pk=case.pk),
                desk=_desk(request.POST.get("desk", "")),
                reason=_typed_reason(request),
                actor=user,
                now=clock.database_now(),
            )
            return redirect(choice_url(choice))
        except MoveRefused as error:
            refused, status = error, 400
    context = {
        "case": case,
        "name": shown_names(user, [case])[case.pk],
        "groups": desks_by_group(reach),
        "is_in_view": Case.objects.for_user(user).filter(pk=case.pk).exists(),
        **_typed(request, refused),
    }
    return render(request, "agents/moves/one_case.html", context, status=status)


def _page(
    request: SignedInRequest,
    query: QueryDict,
    *,
    reach: Reach | None = None,
    refused: MoveRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    user = request.user
    reach = reach or limits_in_force().of(user)
    filterset = CaseFilter(query, movable(user, reach).open())
    key, descending, sort = read_sort(str(query.get("sort", "")))
    page = selectors.list_rows(
        filterset.filtered,
        key=key,
        descending=descending,
        after=query.get("after", ""),
        before=query.get("before", ""),
    )
    columns = list_columns.chosen(COLUMNS)
    names = selectors.source_and_desk_names(user)
    products, regions = selectors.products_and_regions()
    groups = desks_by_group(reach)
    if reach.only_unit:  # the pool is no desk of the team, but its cases may be taken
        names["desk"] = {line.desk.code: line.desk.name for _group, lines in groups for line in lines}
    here = filterset.address(sort=sort)
    context: dict[str, Any] = {
        "filterset": filterset,
        "form": filterset.form,
        "choices": {**names, "product": products, "region": regions},
        "chips": chips_of(filterset, names=names, sort=sort),
        "status": filterset.query["status"],
        "sort": sort,
        "sort_choices": [(f"{sign}{name}", label, sign) for name, label in SORT_LABELS.items() for sign in ("-", "")],
        "columns": columns,
        "lines": selectors.case_lines(page.rows, columns=columns, user=user),
        "totals": selectors.totals_of(filterset.filtered, cap=max(reach.most, 1)),
        "previous_url": f"?{here}&before={page.before}" if page.before else "",
        "next_url": f"?{here}&after={page.after}" if page.after else "",
        "here": here,
        "query": f"{here}&after={query.get('after', '')}&before={query.get('before', '')}",
        "groups": groups,
        "most": reach.most,
        "ticked": set(_numbers(request.POST.getlist("case"))),
        **_typed(request, refused),
    }
    return render(request, "agents/moves/select.html", context, status=status)


def _typed(request: SignedInRequest, refused: MoveRefused | None) -> dict[str, Any]:
    """What stands in the form, so that nothing is typed twice."""
    return {
        "refused": refused,
        "desk_chosen": request.POST.get("desk", ""),
        "reason": _typed_reason(request),
        "is_all": request.POST.get("all") == "on",
    }


def _typed_reason(request: SignedInRequest) -> str:
    return request.POST.get("reason", "").replace("\x00", "")[:200]


def _numbers(given: list[str]) -> list[int]:
    return [int(one) for one in given[:TICKED_AT_MOST] if one.isascii() and one.isdigit() and len(one) < 19]


def _desk(text: str) -> Desk:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    found = Desk.objects.select_related("owner").filter(pk=number, is_active=True).first()
    if found is None:
        raise MoveRefused(_("请选择目标席位"), "desk")
    return found
