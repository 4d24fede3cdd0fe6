"""The month's voucher before it is posted and as it was posted, posting it, and the list of those that were."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from collection_ops.core.tables import CONTENT_TYPES
from vendors.accruals.accounts import ACCOUNT_NAMES
from vendors.accruals.draft import OF_ACCRUALS, Draft, Row
from vendors.accruals.entries import by_account
from vendors.accruals.export import SECTION_LABELS, voucher_book
from vendors.accruals.forms import MonthForm
from vendors.accruals.posting import PostRefused, post, why_not
from vendors.accruals.views import last_month
from vendors.accruals.vouchers import booked_later, draft_of, known_since, posted_of, rows_of
from vendors.models import Voucher

VIEW, POST = "vouchers.view", "vouchers.post"


@requires(VIEW)
@require_GET
def vouchers(request: SignedInRequest) -> HttpResponse:
    """What is booked in a month: every line, and both sides of each account."""
    form, month = _month(request)
    return voucher_page(request, form, month)


def voucher_page(
    request: SignedInRequest, form: MonthForm, month: date, *, refused: str = "", status: int = 200
) -> HttpResponse:
    posted, draft, rows = _voucher(month)
    sums = by_account(row.entry for row in rows)
    codes = {row.entry.account: row.code for row in rows}
    context = {
        "form": form,
        "month": month,
        "posted": posted,
        "draft": draft,
        "voucher": posted or draft,
        "sections": _sections(month, rows),
        "sums": [{"sum": one, "code": codes[one.account], "name": ACCOUNT_NAMES[one.account]} for one in sums],
        "why_not": why_not(draft) if draft else "",
        "may_post": bool(draft and not why_not(draft) and has(request.user, POST)),
        "late": sum(row.booked_on < month for row in rows),
        "known_since": known_since(posted) if posted else 0,
        "booked_later": booked_later(posted) if posted else [],
        "refused": refused,
    }
    return render(request, "vendors/accruals/vouchers.html", context, status=status)


def _voucher(month: date) -> tuple[Voucher | None, Draft | None, list[Row]]:
    """What was posted, else the draft; with its rows."""
    posted = posted_of(month)
    if posted is not None:
        return posted, None, rows_of(posted)
    draft = draft_of(month, today=clock.business_date(clock.now()))
    return None, draft, draft.rows


def _sections(month: date, rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "code": section.value,
            "of_statements": section not in OF_ACCRUALS,
            "rows": [
                {
                    "row": row,
                    "entry": row.entry,
                    "name": ACCOUNT_NAMES[row.entry.account],
                    "late": row.booked_on < month,
                }
                for row in rows
                if row.entry.section == section
            ],
        }
        for section, label in SECTION_LABELS.items()
        if any(row.entry.section == section for row in rows)
    ]


def _month(request: SignedInRequest) -> tuple[MonthForm, date]:
    """The month asked for, else the last one."""
    form = MonthForm(request.GET) if "month" in request.GET else MonthForm(initial={"month": last_month()})
    return form, form.cleaned_data["month"] if form.is_valid() else last_month()


@requires(POST)
@require_POST
@once
def voucher_post(request: SignedInRequest) -> HttpResponse:
    """The month's draft, as it was looked at, becomes its voucher."""
    form = MonthForm(request.POST)
    if not form.is_valid():
        return voucher_page(request, form, last_month(), status=400)
    month = form.cleaned_data["month"]
    try:
        voucher = post(month=month, actor=request.user, now=clock.database_now(), seen=request.POST.get("seen", ""))
    except PostRefused as refused:
        return voucher_page(request, form, month, refused=str(refused), status=409)
    messages.success(request, _("%(number)s 已过账") % {"number": voucher.number})
    return redirect(f"{reverse('vendors:vouchers')}?month={month:%Y-%m}")


@requires(VIEW)
@require_GET
def voucher_file(request: SignedInRequest) -> HttpResponse:
    """The month's voucher as a workbook."""
    _form, month = _month(request)
    posted, _draft, rows = _voucher(month)
    content = voucher_book(month, rows, posted=posted, actor=request.user, now=clock.database_now())
    response = HttpResponse(content, content_type=CONTENT_TYPES["xlsx"])
    name = posted.number if posted else f"vouchers-{month:%Y%m}"
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@requires(VIEW)
@require_GET
def vouchers_posted(request: SignedInRequest) -> HttpResponse:
    """What was posted, the newest first."""
    page = key_page(request, Voucher.objects.select_related("posted_by"))
    context = {"rows": page.rows, "previous_url": page.previous_url, "next_url": page.next_url}
    return render(request, "vendors/accruals/posted.html", context)
