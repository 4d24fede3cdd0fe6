"""For those who answer suggestions: who is in charge of which area, and the month."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.clock import month_after
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from collection_ops.core.tables import CONTENT_TYPES
from compliance.models import SuggestionArea
from compliance.suggestions.answering import save_owners
from compliance.suggestions.forms import OwnersForm
from compliance.suggestions.month import OPEN_TOO_LONG, export_month, month_of
from compliance.suggestions.people import MANAGE, answers_all
from compliance.suggestions.refusals import SuggestionRefused


@requires(MANAGE)
@require_http_methods(["GET", "POST"])
@once
def owners(request: SignedInRequest) -> HttpResponse:
    form, refused, status = OwnersForm(request.POST or None), "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        try:
            changed = save_owners(chosen=form.chosen(), actor=request.user, now=clock.now())
        except SuggestionRefused as refusal:
            refused, status = str(refusal), 409
        else:
            messages.success(request, _("已保存，%(n)d 个领域的负责人有变化") % {"n": changed})
            return redirect("compliance:suggestion_owners")
    context = {"form": form, "refused": refused, "may_save": answers_all(request.user)}
    return render(request, "compliance/suggestions/owners.html", context, status=status)


@requires(MANAGE)
@require_GET
def month(request: SignedInRequest) -> HttpResponse:
    """`?month=2026-03`, this month without one; `?format=csv` the suggestions of the month as a file."""
    today = clock.business_date(clock.now())
    first = _asked(request.GET.get("month", ""), today)
    if request.GET.get("format") == "csv":
        response = HttpResponse(
            export_month(first, actor=request.user, now=clock.now()), content_type=CONTENT_TYPES["csv"]
        )
        response["Content-Disposition"] = f'attachment; filename="suggestions-{first:%Y-%m}.csv"'
        return response
    after = month_after(first)
    context = {
        "first": first,
        "lines": [
            {"line": line, "label": SuggestionArea(line.area).label if line.area else _("合计")}
            for line in month_of(first, user=request.user, today=today)
        ],
        "too_long": OPEN_TOO_LONG,
        "before": (first - timedelta(days=1)).replace(day=1),
        "after": after if after <= today else None,
    }
    return render(request, "compliance/suggestions/month.html", context)


def _asked(text: str, today: date) -> date:
    """The first day of the month; of this one where the text names none, or one that has not come."""
    this = today.replace(day=1)
    try:
        found = date.fromisoformat(f"{text}-01") if len(text) == 7 else this
    except ValueError:
        return this
    return found if found.year >= 2000 and found <= this else this
