"""One matter of the register: what it is, what was done, and what may be done now."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.views.care import say
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.breaching import handling
from compliance.breaching.forms import NoteForm, RemedyForm, ReviewForm, TakeForm, WeighForm
from compliance.breaching.list_views import VIEW
from compliance.breaching.refusals import BreachRefused
from compliance.breaching.register import CLOSE, HANDLE
from compliance.breaching.selectors import lines, repeated, steps_of
from compliance.disclosure.watch import WATCH
from compliance.models import BreachCase, BreachCaseState, Incident

REVIEWS = {"close": handling.close, "send_back": handling.send_back, "dismiss": handling.dismiss}


@requires(VIEW)
@require_GET
def breach(request: SignedInRequest, breach_id: int) -> HttpResponse:
    return _page(request, _found(request, breach_id))


@requires(HANDLE)
@require_POST
@once
def take(request: SignedInRequest, breach_id: int) -> HttpResponse:
    row = _found(request, breach_id, HANDLE)
    form = TakeForm(request.POST, concerned=row.user_id)
    return _act(request, row, "take", form, handling.take, _("负责人已指定"))


@requires(HANDLE)
@require_POST
@once
def note(request: SignedInRequest, breach_id: int) -> HttpResponse:
    row = _found(request, breach_id, HANDLE)
    return _act(request, row, "note", NoteForm(request.POST), handling.note, _("补充已记录"))


@requires(HANDLE)
@require_POST
@once
def weigh(request: SignedInRequest, breach_id: int) -> HttpResponse:
    row = _found(request, breach_id, HANDLE)
    return _act(request, row, "weigh", WeighForm(request.POST), handling.weigh, _("严重程度与期限已调整"))


@requires(HANDLE)
@require_POST
@once
def remedy(request: SignedInRequest, breach_id: int) -> HttpResponse:
    row = _found(request, breach_id, HANDLE)
    return _act(request, row, "remedy", RemedyForm(request.POST), handling.remedy, _("已报告整改完成，等待他人复核"))


@requires(CLOSE)
@require_POST
@once
def review(request: SignedInRequest, breach_id: int) -> HttpResponse:
    """Close, send back, or find that it was none, as the button says."""
    row = _found(request, breach_id, CLOSE)
    act = REVIEWS.get(request.POST.get("decision", ""))
    if act is None:
        raise Http404
    return _act(request, row, "review", ReviewForm(request.POST), act, _("复核结果已保存"))


def _act(
    request: SignedInRequest, row: BreachCase, name: str, form: forms.Form, act: Callable[..., Any], done: str
) -> HttpResponse:
    """Send the form to the service; a refusal comes back on the page, beside what was typed."""
    if not form.is_valid():
        return _page(request, row, sent={name: form}, status=400)
    try:
        act(row=row, actor=request.user, now=clock.database_now(), **form.cleaned_data)
    except BreachRefused as refused:
        told = say(form, refused)
        return _page(request, _found(request, row.pk), sent={name: form}, told=told, status=409)
    messages.success(request, done)
    return redirect("compliance:breach", row.pk)


def _page(
    request: SignedInRequest,
    row: BreachCase,
    *,
    sent: dict[str, forms.Form] | None = None,
    told: str = "",
    status: int = 200,
) -> HttpResponse:
    given, user = sent or {}, request.user
    handles, closes, state = has(user, HANDLE), has(user, CLOSE), row.state
    is_owner = row.owner_id == user.pk
    acts: dict[str, tuple[bool, Callable[[], forms.Form]]] = {
        "remedy": (handles and is_owner and state == BreachCaseState.IN_HAND, RemedyForm),
        "review": (closes and not is_owner and row.is_standing, ReviewForm),
        "take": (
            handles and state in (BreachCaseState.OPEN, BreachCaseState.IN_HAND),
            lambda: TakeForm(concerned=row.user_id, initial={"owner": row.owner_id or user.pk}),
        ),
        "note": (handles, NoteForm),
        "weigh": (handles and row.is_standing, lambda: WeighForm(initial={"severity": row.severity})),
    }
    context = {
        "line": lines([row], user, clock.business_date(clock.now()))[0],
        "row": row,
        "steps": steps_of(row),
        "repeated": repeated(row),
        "incident": Incident.objects.for_user(user).filter(breach_case=row).first(),
        "alerts": list(row.alerts.order_by("day", "pk")) if has(user, WATCH) else [],
        "forms": {name: given.get(name) or build() for name, (allowed, build) in acts.items() if allowed},
        "sent": next(iter(given), ""),
        "told": told,
        "waits_for_another": is_owner and state == BreachCaseState.REMEDIED,
    }
    return render(request, "compliance/breaching/one.html", context, status=status)


def _found(request: SignedInRequest, breach_id: int, capability: str = VIEW) -> BreachCase:
    rows = BreachCase.objects.for_user(request.user, capability)
    found = rows.with_all().filter(pk=breach_id).first() if breach_id < 2**63 else None
    if found is None:
        raise Http404
    return found
