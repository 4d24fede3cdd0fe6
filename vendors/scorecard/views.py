"""A month of agencies: their scorecards side by side, the funnel, the workbook, and the job that makes a month."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from collection_ops.core.tables import CONTENT_TYPES
from vendors.scorecard import jobs
from vendors.scorecard.export import funnel_file, month_file
from vendors.scorecard.forms import MonthForm
from vendors.scorecard.selectors import (
    MOST_AGENCIES,
    had_cases,
    judged_months,
    lines,
    month_after,
    month_before,
    month_cards,
)
from vendors.scorecard.shown import funnel_of

VIEW, MAKE = "scorecards.view", "scorecards.make"


@requires(VIEW)
@require_GET
def scorecards(request: SignedInRequest) -> HttpResponse:
    """The agencies of a month as rows; without `?month=` the newest month that was judged."""
    return month_page(request)


def month_page(request: SignedInRequest, form: MonthForm | None = None, *, status: int = 200) -> HttpResponse:
    """`form`: one that was refused; its month is shown where it has one."""
    day = clock.business_date(clock.now())
    asked = form or (MonthForm(request.GET) if request.GET.get("month") else None)
    month = _month(asked) or next(iter(judged_months(1)), month_before(day.replace(day=1)))
    found = month_cards(month)
    context = {
        "month": month,
        "form": asked if asked is not None and asked.errors else MonthForm(initial={"month": month}),
        "lines": lines(found, month, day),
        "totals": _totals(found),
        "funnel": funnel_of(found),
        "months": judged_months(),
        "is_over": month_after(month) <= day,
        "has_placements": bool(found) or had_cases(month),
        "may_make": has(request.user, MAKE),
        "is_cut": len(found) >= MOST_AGENCIES,
        "earlier": month_before(month),
        "later": month_after(month),
    }
    return render(request, "vendors/scorecard/month.html", context, status=status)


def _month(form: MonthForm | None) -> date | None:
    if form is None:
        return None
    form.is_valid()
    found: date | None = form.cleaned_data.get("month")
    return found


def _totals(found: list[Any]) -> dict[str, Any]:
    return {
        "cases": sum(one.cases for one in found),
        "placed": sum(one.placed for one in found),
        "observed": sum(one.observed for one in found),
        "expected": sum(one.expected for one in found),
    }


@requires(MAKE)
@require_POST
@once
def scorecards_make(request: SignedInRequest) -> HttpResponse:
    """A month as a job: all agencies at once, for they are judged against each other."""
    form = MonthForm(request.POST)
    if not form.is_valid():
        return month_page(request, form, status=400)
    month = form.cleaned_data["month"]
    if clock.business_date(clock.now()) < month_after(month):
        form.add_error("month", _("%(month)s 还没有结束，下月 1 日起才能评分") % {"month": f"{month:%Y-%m}"})
        return month_page(request, form, status=409)
    job = jobs.enqueue(month=month, actor=request.user)
    messages.success(request, _("已开始为 %(month)s 评分") % {"month": f"{month:%Y-%m}"})
    return redirect("core:job", job.pk)


@requires(VIEW)
@require_GET
def scorecards_file(request: SignedInRequest) -> HttpResponse:
    """The month for managers: overview, points lost, strata, what would change a score."""
    return _download(request, month_file, "scorecards")


@requires(VIEW)
@require_GET
def scorecards_funnel(request: SignedInRequest) -> HttpResponse:
    """The numbers behind the funnel."""
    return _download(request, funnel_file, "scorecard-funnel")


def _download(request: SignedInRequest, make: Any, name: str) -> HttpResponse:
    form = MonthForm(request.GET)
    if not form.is_valid():
        return month_page(request, form, status=400)
    month = form.cleaned_data["month"]
    found = month_cards(month)
    if not found:
        form.add_error("month", _("%(month)s 还没有评分，没有可导出的") % {"month": f"{month:%Y-%m}"})
        return month_page(request, form, status=409)
    response = HttpResponse(
        make(found, month, actor=request.user, now=clock.database_now()), content_type=CONTENT_TYPES["xlsx"]
    )
    response["Content-Disposition"] = f'attachment; filename="{name}-{month:%Y%m}.xlsx"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
