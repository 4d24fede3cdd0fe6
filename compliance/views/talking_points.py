"""Words for calls (话术库): what is in use, what waits, submitting, deciding, retiring."""

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from compliance import selectors_calls as reads
from compliance.forms import DecisionForm, RetireForm, TalkingPointFilter, TalkingPointForm
from compliance.models import PointState, TalkingPoint
from compliance.services.talking_points import WordsRefused, decide_point, retire_point, submit_point


@requires("talking_points.view")
@require_GET
def talking_points(request: SignedInRequest) -> HttpResponse:
    form = TalkingPointFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = reads.talking_points(
        state=chosen.get("state") or PointState.APPROVED, reason=chosen.get("reason", ""), topic=chosen.get("topic", "")
    )
    context = {"form": form, "page": key_page(request, found), "is_filtered": any(chosen.values())}
    return render(request, "compliance/talking_points.html", context)


@requires("talking_points.write")
@require_http_methods(["GET", "POST"])
@once
def new(request: SignedInRequest) -> HttpResponse:
    """Submit words, perhaps others for some that are in use (`?replaces=`)."""
    old = _replaced(request)
    if request.method != "POST":
        kept = {name: getattr(old, name) for name in TalkingPointForm.base_fields} if old is not None else {}
        return _form(request, TalkingPointForm(initial=kept), old)
    form = TalkingPointForm(request.POST)
    if not form.is_valid():
        return _form(request, form, old, status=400)
    try:
        made = submit_point(**form.cleaned_data, author=request.user, now=clock.now(), replaces=old)
    except WordsRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return _form(request, form, old, status=400)
    messages.success(request, _("已提交，等待他人审批"))
    return redirect("compliance:talking_point", made.pk)


def _replaced(request: SignedInRequest) -> TalkingPoint | None:
    given = request.POST.get("replaces", "") or request.GET.get("replaces", "")
    if not (given.isdecimal() and len(given) < 19):
        return None
    return TalkingPoint.objects.filter(pk=given, state=PointState.APPROVED).first()


def _form(
    request: SignedInRequest, form: TalkingPointForm, old: TalkingPoint | None, *, status: int = 200
) -> HttpResponse:
    return render(request, "compliance/talking_point_new.html", {"form": form, "old": old}, status=status)


@requires("talking_points.view")
@require_GET
def point(request: SignedInRequest, point_id: int) -> HttpResponse:
    found = _found(point_id)
    return _point(request, found, RetireForm() if found.state == PointState.APPROVED else DecisionForm())


def _found(point_id: int) -> TalkingPoint:
    return get_object_or_404(reads.talking_points(), pk=min(point_id, 2**63 - 1))


def _point(request: SignedInRequest, found: TalkingPoint, form: Form, *, status: int = 200) -> HttpResponse:
    may_decide = has(request.user, "talking_points.approve") and found.author_id != request.user.pk
    context = {
        "point": found,
        "form": form,
        "may_decide": may_decide and found.state == PointState.SUBMITTED,
        "may_retire": found.state == PointState.APPROVED and has(request.user, "talking_points.approve"),
        "may_replace": found.state == PointState.APPROVED and has(request.user, "talking_points.write"),
    }
    return render(request, "compliance/talking_point.html", context, status=status)


@requires("talking_points.approve")
@require_POST
@once
def decide(request: SignedInRequest, point_id: int) -> HttpResponse:
    found, form = _found(point_id), DecisionForm(request.POST)
    if not form.is_valid():
        return _point(request, found, form, status=400)
    approve = request.POST.get("decision") == "approve"
    try:
        decide_point(point=found, approve=approve, actor=request.user, now=clock.now(), note=form.cleaned_data["note"])
    except WordsRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return _point(request, found, form, status=409)
    messages.success(request, _("已批准，通话页立即使用") if approve else _("已标记为未通过"))
    return redirect("compliance:talking_point", found.pk)


@requires("talking_points.approve")
@require_POST
@once
def retire(request: SignedInRequest, point_id: int) -> HttpResponse:
    found, form = _found(point_id), RetireForm(request.POST)
    if not form.is_valid():
        return _point(request, found, form, status=400)
    try:
        retire_point(point=found, actor=request.user, reason=form.cleaned_data["note"])
    except WordsRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return _point(request, found, form, status=409)
    messages.success(request, _("已停用"))
    return redirect("compliance:talking_point", found.pk)
