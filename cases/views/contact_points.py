"""Numbers and addresses: what was found out about one, and a new one that was learned."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.forms_care import AddPointForm, PointForm
from cases.models import Case, ContactPoint
from cases.names import shown_names
from cases.services.contact_points import ContactPointRefused, add_point, mark_dead, mark_refused, mark_valid
from cases.views.care import case_or_404, say
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

KEEP, CHECK = "points.keep", "points.check"
LARGEST_ID = 2**63 - 1
MARKS = {
    ContactPoint.Status.VALID: mark_valid,
    ContactPoint.Status.DEAD: mark_dead,
    ContactPoint.Status.REFUSED: mark_refused,
}


@requires(KEEP)
@require_http_methods(["GET", "POST"])
@once
def mark(request: SignedInRequest, case_id: int, contact_id: int) -> HttpResponse:
    """Found valid, dead, or refused. A collector tells of a dead number by the result of a call; to judge one dead without
    a call takes the right to check numbers, since it opens the way to third persons."""
    case = case_or_404(request, case_id, KEEP)
    point = ContactPoint.objects.filter(debtor_id=case.loan.debtor_id, pk=min(contact_id, LARGEST_ID)).first()
    if point is None:
        raise Http404
    form = PointForm(request.POST or None, point=point, may_check=has(request.user, CHECK))
    told, status = "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        act = MARKS[ContactPoint.Status(form.cleaned_data["status"])]
        try:
            act(point=point, actor=request.user, now=clock.now(), reason=form.cleaned_data["reason"])
        except ContactPointRefused as refused:
            told, status = say(form, refused), 409
        else:
            messages.success(request, _("已更新 %(masked)s") % {"masked": point.masked})
            return redirect(_to_tab(case))
    return _shown(request, "cases/care/point.html", case, status=status, told=told, form=form, point=point)


@requires(KEEP)
@require_http_methods(["GET", "POST"])
@once
def add(request: SignedInRequest, case_id: int) -> HttpResponse:
    case = case_or_404(request, case_id, KEEP)
    form = AddPointForm(request.POST or None)
    told, status = "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        try:
            point = add_point(debtor=case.loan.debtor, actor=request.user, now=clock.now(), **form.cleaned_data)
        except ContactPointRefused as refused:
            told, status = say(form, refused), 409
        else:
            messages.success(request, _("已新增 %(masked)s") % {"masked": point.masked})
            return redirect(_to_tab(case))
    return _shown(request, "cases/care/add_point.html", case, status=status, told=told, form=form)


def _to_tab(case: Case) -> str:
    return f"{reverse('cases:record', args=[case.pk])}?tab=contacts"


def _shown(
    request: SignedInRequest, template: str, case: Case, *, status: int, form: forms.Form, **context: Any
) -> HttpResponse:
    context |= {"case": case, "form": form, "name": shown_names(request.user, [case])[case.pk], "back": _to_tab(case)}
    return render(request, template, context, status=status)
