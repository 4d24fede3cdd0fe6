"""Accruals with what became of them, and accruing a month."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.clock import month_before, month_end
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from collection_ops.core.wording import listed
from vendors.accruals import jobs
from vendors.accruals.explain import CAUSE_LABELS
from vendors.accruals.forms import FilterForm, MonthForm
from vendors.accruals.selectors import Outcome, accruals, outcomes, outstanding
from vendors.models import AccrualBasis
from vendors.settlement.wording import percent, yuan

VIEW, MAKE = "accruals.view", "accruals.make"
TONES = {
    AccrualBasis.STATEMENT: "success",
    AccrualBasis.ENGINE: "info",
    AccrualBasis.RATE: "warning",
    AccrualBasis.NONE: "danger",
}


@requires(VIEW)
@require_GET
def accruals_list(request: SignedInRequest) -> HttpResponse:
    """The accruals, the newest first, by agency and month."""
    return list_page(request)


def list_page(request: SignedInRequest, form: MonthForm | None = None, *, status: int = 200) -> HttpResponse:
    asked = FilterForm(request.GET or None)
    given = asked.cleaned_data if asked.is_valid() else {}
    agency = given.get("agency")
    found = accruals(agency=agency.pk if agency else None, period=given.get("month"))
    page = key_page(request, found)
    open_amount, open_tax = outstanding(found)
    context = {
        "rows": [_shown(one) for one in outcomes(page.rows)],
        "open_amount": open_amount,
        "open_tax": open_tax,
        "asked": asked,
        "filtered": any(given.values()),
        "form": (form or MonthForm(initial={"month": last_month()})) if has(request.user, MAKE) else None,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "vendors/accruals/list.html", context, status=status)


def last_month() -> date:
    """The first day of the month before this one."""
    return month_before(clock.business_date(clock.now()))


def _shown(one: Outcome) -> dict[str, Any]:
    accrual = one.accrual
    return {
        "one": accrual,
        "tone": TONES[AccrualBasis(accrual.basis)],
        "told": _told(accrual.told, accrual.basis),
        "reversal": getattr(accrual, "reversal", None),
        "statement": one.statement,
        "payable": one.payable,
        "difference": one.difference,
        "parts": [{"label": CAUSE_LABELS[part.cause], "amount": part.amount} for part in one.parts],
    }


def _told(told: dict[str, Any], basis: str) -> str:
    """Why it is an estimate, and by what."""
    if basis == AccrualBasis.RATE:
        said = {
            "reason": told["reason"], "months": listed(told["months"]), "money": yuan(Decimal(told["money"])),
            "rate": percent(Decimal(told["rate"])),
        }  # fmt: skip
        return _("%(reason)s；按 %(months)s 的实际费率 %(rate)s × 回款 %(money)s 估计") % said
    if basis == AccrualBasis.NONE:
        return _("%(reason)s；也没有以往的结算单可参照，请人工估计") % {"reason": told["reason"]}
    return ""


@requires(MAKE)
@require_POST
@once
def accrual_make(request: SignedInRequest) -> HttpResponse:
    """Every agency's month, as a job."""
    form = MonthForm(request.POST)
    if not form.is_valid():
        return list_page(request, form, status=400)
    month = form.cleaned_data["month"]
    if clock.business_date(clock.now()) <= month_end(month):
        form.add_error("month", _("%(month)s 还没有结束，下月 1 日起才能计提") % {"month": f"{month:%Y-%m}"})
        return list_page(request, form, status=409)
    job = jobs.enqueue(period=month, actor=request.user)
    messages.success(request, _("已开始计提 %(month)s") % {"month": f"{month:%Y-%m}"})
    return redirect("core:job", job.pk)
