"""What the register says about oneself: to read, and to say something about it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.views.care import say
from collection_ops.core import clock
from collection_ops.core.access import signed_in_only
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from compliance.breaching.forms import StatementForm
from compliance.breaching.handling import state_own
from compliance.breaching.refusals import BreachRefused
from compliance.breaching.selectors import lines, steps_of
from compliance.models import BreachCase

# Notes between those who handle it are theirs.
SHOWN = ("opened", "found", "found_not", "withdrawn", "back", "statement", "closed", "dismissed")


@signed_in_only
@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    page = key_page(request, BreachCase.objects.about(request.user).with_all())
    today = clock.business_date(clock.now())
    context = {"page": page, "lines": lines(page.rows, request.user, today)}
    return render(request, "compliance/breaching/mine.html", context)


@signed_in_only
@require_http_methods(["GET", "POST"])
@once
def my_breach(request: SignedInRequest, breach_id: int) -> HttpResponse:
    rows = BreachCase.objects.about(request.user).with_all()
    row = rows.filter(pk=breach_id).first() if breach_id < 2**63 else None
    if row is None:
        raise Http404
    form, told, status = StatementForm(request.POST or None), "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        try:
            state_own(row=row, actor=request.user, now=clock.database_now(), **form.cleaned_data)
        except BreachRefused as refused:
            told, status = say(form, refused), 409
        else:
            messages.success(request, _("说明已提交"))
            return redirect("compliance:my_breach", row.pk)
    steps = steps_of(row, kinds=SHOWN)
    context = {
        "line": lines([row], request.user, clock.business_date(clock.now()))[0],
        "row": row,
        "steps": steps,
        "form": form,
        "told": told,
    }
    return render(request, "compliance/breaching/my_one.html", context, status=status)
