"""What agencies claim beside what came (回款核对): all agencies of a month, one agency with its claims, and the workbook."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.clock import month_end
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from vendors.models import Agency, MoneyPlace
from vendors.returns.export import claims_file
from vendors.returns.forms import MonthForm
from vendors.returns.limits import REMIT_DAYS
from vendors.returns.selectors import PAGE, SHOWN, Claimed, cases_seen, claims_of, month_of, unclaimed
from vendors.returns.views import LARGEST_ID, VIEW, key_in, workbook


@requires(VIEW)
@require_GET
def claims(request: SignedInRequest) -> HttpResponse:
    """All agencies of a month: who has kept most money first."""
    today = clock.business_date(clock.now())
    form, first, last = _month(request, today)
    chosen = form.cleaned_data.get("agency") if form.is_bound and form.is_valid() else None
    agencies = [chosen] if chosen else list(Agency.objects.select_related("desk").order_by("name"))
    months = [
        one for one in month_of(agencies, first, last, today=today)
        if chosen or one.claimed.count or one.unclaimed or one.late.count
    ]  # fmt: skip
    months.sort(key=lambda one: -one.late.amount)
    context = {"form": form, "first": first, "months": months, "days": REMIT_DAYS.on(today)}
    return render(request, "vendors/returns/claims.html", context)


@requires(VIEW)
@require_GET
def agency_claims(request: SignedInRequest, agency_id: int) -> HttpResponse:
    """One agency's month: what it has not passed on, three kinds of money apart, and the rows behind each figure."""
    agency = _agency(agency_id)
    today = clock.business_date(clock.now())
    form, first, last = _month(request, today)
    (month,) = month_of([agency], first, last, today=today)
    show, place = _asked(request)
    context = {
        "agency": agency,
        "form": form,
        "first": first,
        "month": month,
        "days": REMIT_DAYS.on(today),
        "places": [(value, label, month.places.get(value, Claimed())) for value, label in MoneyPlace.choices],
        "show": show,
        "place": place,
        **(_unclaimed_rows(request, agency, first, last) if show == "unclaimed" else {}),
        **({} if show == "unclaimed" else _claim_rows(request, agency, first, last, show, place, today)),
    }
    return render(request, "vendors/returns/agency_claims.html", context)


def _claim_rows(
    request: SignedInRequest, agency: Agency, first: date, last: date, show: str, place: str, today: date
) -> dict[str, Any]:
    page = key_page(request, claims_of(agency, first, last, show=show, place=place, today=today))
    seen = cases_seen(request.user, {claim.case_id for claim in page.rows})
    rows = [
        {
            "claim": claim,
            "case_id": claim.case_id if claim.case_id in seen else None,
            "age": (today - claim.paid_on).days,
        }
        for claim in page.rows
    ]
    return {"rows": rows, "previous_url": page.previous_url, "next_url": page.next_url}


def _unclaimed_rows(request: SignedInRequest, agency: Agency, first: date, last: date) -> dict[str, Any]:
    after = key_in(request, "from") or 0
    found = unclaimed(agency, first, last, after=after, most=PAGE + 1)
    more = (
        {"month": f"{first:%Y-%m}", "show": "unclaimed", "from": found[PAGE - 1].repayment_id} if found[PAGE:] else {}
    )
    seen = cases_seen(request.user, {one.case_id for one in found[:PAGE]})
    rows = [{"money": one, "case_id": one.case_id if one.case_id in seen else None} for one in found[:PAGE]]
    back = urlencode({"month": f"{first:%Y-%m}", "show": "unclaimed"})
    return {
        "rows": rows,
        "previous_url": f"?{back}" if after else "",
        "next_url": f"?{urlencode(more)}" if more else "",
    }


@requires(VIEW)
@require_GET
def agency_claims_file(request: SignedInRequest, agency_id: int) -> HttpResponse:
    """The month as a workbook, to be gone through with the agency."""
    agency, now = _agency(agency_id), clock.database_now()
    today = clock.business_date(clock.now())
    _form, first, last = _month(request, today)
    content = claims_file(agency, first, last, actor=request.user, now=now, today=today)
    return workbook(content, f"claims-{agency.desk.code}-{first:%Y%m}.xlsx")


def _month(request: SignedInRequest, today: date) -> tuple[MonthForm, date, date]:
    """The month that is asked for, or the running one: its first and last day."""
    given = {"month": request.GET.get("month") or f"{today:%Y-%m}", "agency": request.GET.get("agency", "")}
    form = MonthForm(given)
    first = (form.cleaned_data.get("month") if form.is_valid() else None) or today.replace(day=1)
    if not 2000 <= first.year < 2100:
        first = today.replace(day=1)
    return form, first, month_end(first)


def _asked(request: SignedInRequest) -> tuple[str, str]:
    show, place = request.GET.get("show", ""), request.GET.get("place", "")
    known = (*SHOWN, "unclaimed")
    return show if show in known else "all", place if place in MoneyPlace.values else ""


def _agency(agency_id: int) -> Agency:
    found: Agency = get_object_or_404(Agency.objects.select_related("desk"), pk=min(agency_id, LARGEST_ID))
    return found
