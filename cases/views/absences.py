"""Cases missing from the latest file of their source, and the explaining of them."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from cases import selectors
from cases.absence_filter import SORT_LABELS, AbsenceFilter, read_sort
from cases.forms import ExplainForm
from cases.models import Absence, Case
from cases.names import shown_names
from cases.services.absences import ExplanationRefused
from cases.services.absences import explain as explain_absence
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

CAPABILITY = "cases.close"


def _filter(request: SignedInRequest, data: Any) -> AbsenceFilter:
    today = clock.business_date(clock.now())
    return AbsenceFilter(data, Case.objects.for_user(request.user, CAPABILITY).absent(), today=today)


@requires(CAPABILITY)
@require_GET
def absence_list(request: SignedInRequest) -> HttpResponse:
    """Absences to explain, largest first; the form explains the chosen ones of the page at once."""
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
    names = shown_names(user, page.rows)
    here = filterset.address(sort=sort)
    context = {
        "form": filterset.form,
        "explain_form": ExplainForm(),
        "sources": selectors.source_and_desk_names(user)["source"].items(),
        "sort": sort,
        "sort_choices": [(f"{sign}{name}", label, sign) for name, label in SORT_LABELS.items() for sign in ("-", "")],
        "rows": [{"case": case, "name": names[case.pk]} for case in page.rows],
        "today": clock.business_date(clock.now()),
        "totals": selectors.totals_of(filterset.filtered),
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
    """One explanation for the chosen cases. All of them or none: a case out of scope among them explains nothing."""
    user = request.user
    given = QueryDict(request.POST.get("query", "")[:2000])
    back = f"{reverse('cases:absences')}?{_filter(request, given).address(sort=read_sort(given.get('sort', ''))[2])}"
    form = ExplainForm(request.POST)
    ids = {int(text) for text in request.POST.getlist("case") if text.isdecimal() and len(text) < 19}
    if not ids or not form.is_valid():
        problem = _("请先选择案件") if not ids else str(next(iter(form.errors.values()))[0])
        messages.error(request, problem)
        return redirect(back)
    mine = Case.objects.for_user(user, CAPABILITY).absent().filter(pk__in=ids)
    # In one order for everybody: explaining locks the book of the source, then the case.
    absences = list(Absence.objects.filter(case__in=mine, reason="").order_by("case__loan__source_id", "pk"))
    if len(absences) != len(ids):
        messages.error(request, _("所选案件中有的已被他人解释或不在权限范围内，请刷新后重试；本次未保存。"))
        return redirect(back)
    now = clock.now()
    try:
        with transaction.atomic():
            for absence in absences:
                explain_absence(
                    absence=absence,
                    reason=form.cleaned_data["reason"],
                    note=form.cleaned_data["note"],
                    actor=user,
                    now=now,
                )
    except ExplanationRefused as refused:
        messages.error(request, str(refused))
        return redirect(back)
    done = ngettext("已解释 %(count)d 件", "已解释 %(count)d 件", len(absences)) % {"count": len(absences)}
    messages.success(request, done)
    return redirect(back)
