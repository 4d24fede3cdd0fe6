"""Cases missing from the latest file of their source, and the explaining of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from cases import selectors
from cases import selectors_absences as reads
from cases.absence_filter import SORT_LABELS, AbsenceFilter, read_sort
from cases.forms import ExplainForm
from cases.models import Absence, Case
from cases.names import shown_names
from cases.services.absences import MOST_AT_ONCE, ExplanationRefused, explain_many, take_back_explanation
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

CAPABILITY = reads.CAPABILITY


def _filter(request: SignedInRequest, data: Any) -> AbsenceFilter:
    return AbsenceFilter(data, Case.objects.for_user(request.user, CAPABILITY).absent(), now=clock.now())


@requires(CAPABILITY)
@require_GET
def absence_list(request: SignedInRequest) -> HttpResponse:
    """Absences to explain, oldest first, with the money that came in; the form explains the chosen ones at once."""
    filterset = _filter(request, request.GET)
    key, descending, sort = read_sort(request.GET.get("sort", ""))
    page = selectors.list_rows(
        filterset.filtered,
        key=key,
        descending=descending,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    user = request.user
    now = filterset.now
    here = filterset.address(sort=sort)
    totals = selectors.totals_of(filterset.filtered)
    context = {
        "form": filterset.form,
        "explain_form": ExplainForm(),
        "sources": selectors.source_and_desk_names(user)["source"].items(),
        "sort": sort,
        "sort_choices": [(f"{sign}{name}", label, sign) for name, label in SORT_LABELS.items() for sign in ("-", "")],
        "rows": reads.absent_lines(page.rows, shown_names(user, page.rows), now=now),
        "explained": reads.explained_lines(user, now=now),
        "today": clock.business_date(now),
        "totals": totals,
        "most_at_once": MOST_AT_ONCE,
        "is_too_many": totals.is_capped or totals.count > MOST_AT_ONCE,
        "here": here,
        "is_filtered": bool(filterset.address()),
        "previous_url": f"?{here}&before={page.before}" if page.before else "",
        "next_url": f"?{here}&after={page.after}" if page.after else "",
    }
    return render(request, "cases/absences.html", context)


@requires(CAPABILITY)
@require_POST
@once
def explain(request: SignedInRequest) -> HttpResponse:
    """One explanation for the chosen cases, or for all that the filter finds. A case out of scope among the chosen
    explains none; those explained meanwhile are left alone and told."""
    user = request.user
    given = QueryDict(request.POST.get("query", "")[:2000])
    filterset = _filter(request, given)
    back = f"{reverse('cases:absences')}?{filterset.address(sort=read_sort(given.get('sort', ''))[2])}"
    form = ExplainForm(request.POST)
    ids = _chosen(request, filterset)
    if not ids or not form.is_valid():
        problem = _("请先选择案件") if not ids else str(next(iter(form.errors.values()))[0])
        messages.error(request, problem)
        return redirect(back)
    absent = Case.objects.absent().filter(pk__in=ids)
    mine = Case.objects.for_user(user, CAPABILITY).absent().filter(pk__in=ids)
    if absent.exclude(pk__in=mine.values("pk")).exists():
        messages.error(request, _("所选案件中有的不在权限范围内，请刷新后重试；本次未保存。"))
        return redirect(back)
    try:
        explained = explain_many(
            absences=Absence.objects.filter(case__in=mine, reason="").values_list("pk", flat=True),
            reason=form.cleaned_data["reason"],
            note=form.cleaned_data["note"],
            actor=user,
            now=clock.now(),
        )
    except ExplanationRefused as refused:
        messages.error(request, str(refused))
        return redirect(back)
    _tell(request, explained=explained, meanwhile=len(ids) - explained)
    return redirect(back)


@requires(CAPABILITY)
@require_POST
@once
def take_back(request: SignedInRequest, absence_id: int) -> HttpResponse:
    """A wrong click: to be explained again. Only what the page offers; anything else does not exist."""
    now = clock.now()
    absence = get_object_or_404(reads.recently_explained(request.user, now=now), pk=absence_id)
    try:
        take_back_explanation(absence=absence, actor=request.user, now=now)
    except ExplanationRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已撤回解释，案件恢复为待解释的缺席。"))
    return redirect("cases:absences")


def _chosen(request: SignedInRequest, filterset: AbsenceFilter) -> set[int]:
    """Case ids: the ticked ones, or all of the filter (one more than may be explained at once, so that it is refused)."""
    if request.POST.get("all") == "1":
        return set(filterset.filtered.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    return {int(text) for text in request.POST.getlist("case") if text.isdecimal() and len(text) < 19}


def _tell(request: SignedInRequest, *, explained: int, meanwhile: int) -> None:
    if explained:
        done = ngettext("已解释 %(count)d 件", "已解释 %(count)d 件", explained) % {"count": explained}
        messages.success(request, done)
    if meanwhile:
        told = _("%(count)d 件已由他人、还款或后来的文件解释，没有改动。") % {"count": meanwhile}
        messages.warning(request, told)
