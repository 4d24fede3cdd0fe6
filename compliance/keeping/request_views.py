"""Requests of people about their own data: the list by deadline, one request and what may be done with it."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.keyset import SortKey, keyset_page
from cases.names import shown_names
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.paging import PAGE_SIZE, key_page
from collection_ops.core.services.form_tokens import once
from collection_ops.core.tables import CONTENT_TYPES
from compliance.keeping.assessing import LABELS, SENTENCES, assess
from compliance.keeping.carrying_out import GRANTED, correct, erase, withdraw_consent
from compliance.keeping.copies import KINDS, make_copy, take_copy
from compliance.keeping.forms import CorrectionForm, DoneForm, IdentityForm, OutcomeForm, RequestForm, TakeForm
from compliance.keeping.refusals import KeepingRefused
from compliance.keeping.requests import (
    DECIDE,
    RECORD,
    VIEW,
    Asked,
    check_identity,
    decide_request,
    finish_request,
    open_requests,
    receive_request,
)
from compliance.keeping.runs import APPROVE
from compliance.keeping.texts import EFFECTS
from compliance.keeping.whose import latest_cases
from compliance.models import DataRequest, DataRequestKind

BY_DEADLINE = SortKey("due", "due_on", "date")
TONES = {"received": "warning", "checking": "neutral", "decided": "neutral", "done": "success"}


@decisions
def requests_waiting(user: User) -> Waiting | None:
    """Requests that wait for an answer."""
    if not has(user, DECIDE):
        return None
    return Waiting(_("个人信息请求"), open_requests().count(), reverse("compliance:data_requests"))


@requires(VIEW)
@require_GET
def data_requests(request: SignedInRequest) -> HttpResponse:
    """What is open, the nearest deadline first; what is done, on request, newest first."""
    show_done = request.GET.get("show") == "done"
    today = clock.business_date(clock.now())
    context: dict[str, Any] = {"show_done": show_done, "may_record": has(request.user, RECORD)}
    if show_done:
        done = key_page(request, DataRequest.objects.filter(state="done").select_related("debtor"))
        rows, context["previous_url"], context["next_url"] = done.rows, done.previous_url, done.next_url
    else:
        page = keyset_page(
            open_requests().select_related("debtor"),
            key=BY_DEADLINE,
            descending=False,
            size=PAGE_SIZE,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
        rows = page.rows
        context["previous_url"] = f"?before={page.before}" if page.before else ""
        context["next_url"] = f"?after={page.after}" if page.after else ""
    cases = latest_cases({row.debtor_id for row in rows})
    names = shown_names(request.user, list(cases.values()))
    context["lines"] = [
        {
            "one": row,
            "tone": TONES[row.state],
            "left": row.days_left(today),
            "case": cases.get(row.debtor_id),
            "name": names[cases[row.debtor_id].pk] if row.debtor_id in cases else "",
        }
        for row in rows
    ]
    return render(request, "compliance/keeping/requests.html", context)


@requires(RECORD)
@require_http_methods(["GET", "POST"])
@once
def new(request: SignedInRequest) -> HttpResponse:
    initial = {"received_at": timezone.localtime(clock.now()), "contract": request.GET.get("contract", "")}
    form = RequestForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            given = form.cleaned_data
            asked = Asked(**{name: given[name] for name in Asked.__dataclass_fields__})
            try:
                made = receive_request(
                    debtor=given["debtor"], asked=asked, actor=request.user, now=clock.database_now()
                )
            except KeepingRefused as refused:
                form.add_error(refused.field or None, str(refused))
                status = 409
            else:
                said = {"number": made.number, "due": made.due_on.isoformat()}
                messages.success(request, _("已登记 %(number)s，须在 %(due)s 前答复") % said)
                if has(request.user, VIEW):
                    return redirect("compliance:data_request", made.pk)
                return redirect("compliance:data_request_new")
    return render(request, "compliance/keeping/request_new.html", {"form": form}, status=status)


@requires(VIEW)
@require_GET
def data_request(request: SignedInRequest, request_id: int) -> HttpResponse:
    return _page(request, _found(request_id))


def _found(request_id: int) -> DataRequest:
    people = ("debtor", "recorded_by", "checked_by", "decided_by", "carried_out_by", "done_by")
    return get_object_or_404(DataRequest.objects.select_related(*people), pk=request_id)


def _page(
    request: SignedInRequest, one: DataRequest, *, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    """`form`: the one that was refused, shown in its place with what was typed."""
    now = clock.now()
    cases = latest_cases([one.debtor_id])
    names = shown_names(request.user, list(cases.values()))
    case = cases.get(one.debtor_id)
    may = has(request.user, DECIDE)
    is_deletion = one.kind == DataRequestKind.DELETION
    if one.parts:
        parts = [(LABELS[part["code"]], part["may_go"], SENTENCES[part["why"]], part["count"]) for part in one.parts]
    elif is_deletion:
        found = assess(debtor=one.debtor, now=now)
        parts = [(part.label, part.may_go, SENTENCES[part.why], part.count) for part in found]
    else:
        parts = []
    granted = one.outcome in GRANTED
    todo = granted and one.state == "decided" and one.carried_out_at is None

    def shown(kind: type[forms.Form], allowed: bool) -> forms.Form | None:
        if not (may and allowed):
            return None
        if isinstance(form, kind):
            return form
        return CorrectionForm(debtor=one.debtor_id) if kind is CorrectionForm else kind()

    context = {
        "one": one,
        "tone": TONES[one.state],
        "left": one.days_left(clock.business_date(now)),
        "case": case,
        "name": names[case.pk] if case else "",
        "parts": parts,
        "identity_form": shown(IdentityForm, one.state == "received"),
        "outcome_form": shown(OutcomeForm, one.state == "checking"),
        "done_form": shown(DoneForm, one.state == "decided"),
        "correction_form": shown(CorrectionForm, todo and one.kind == DataRequestKind.CORRECTION),
        "may_withdraw": may and todo and one.kind == DataRequestKind.WITHDRAW,
        "to_erase": todo and one.kind == DataRequestKind.DELETION,
        "may_erase": has(request.user, APPROVE) and one.decided_by_id != request.user.pk,
        "effects": [_effect(line) for line in one.effects],
        "may_copy": may and granted and one.kind in KINDS,
        "take_form": shown(TakeForm, bool(one.file_name)),
        "refused": "" if form is None else " ".join(str(error) for error in form.non_field_errors()),
    }
    return render(request, "compliance/keeping/request.html", context, status=status)


def _effect(line: dict[str, Any]) -> dict[str, Any]:
    """One line of what was done, in words."""
    said = line.get("said", "")
    if "kept" in line:
        said = _("未删除：%(why)s") % {"why": SENTENCES[line["kept"]]}
    elif "count" in line and line["count"] is None:
        said = _("由下一次到期删除移除")
    elif "count" in line:
        said = _("%(count)d 条") % {"count": line["count"]}
    label = LABELS.get(line["code"]) or EFFECTS[line["code"]]
    return {"label": label, "said": said, "by": line["by"], "at": datetime.fromisoformat(line["at"])}


def _act(request: SignedInRequest, one: DataRequest, form: forms.Form, act: Any, said: str) -> HttpResponse:
    """Do what the form says; refused, the page with the sentence beside the field."""
    if not form.is_valid():
        return _page(request, one, form=form, status=400)
    try:
        act(request=one, actor=request.user, now=clock.database_now(), **form.cleaned_data)
    except KeepingRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return _page(request, _found(one.pk), form=form, status=400 if refused.field else 409)
    messages.success(request, said)
    return redirect("compliance:data_request", one.pk)


@requires(DECIDE)
@require_POST
@once
def check(request: SignedInRequest, request_id: int) -> HttpResponse:
    return _act(request, _found(request_id), IdentityForm(request.POST), check_identity, _("已记录身份核验"))


@requires(DECIDE)
@require_POST
@once
def decide(request: SignedInRequest, request_id: int) -> HttpResponse:
    return _act(request, _found(request_id), OutcomeForm(request.POST), decide_request, _("已作出决定，请答复请求人"))


@requires(APPROVE)
@require_POST
@once
def erase_parts(request: SignedInRequest, request_id: int) -> HttpResponse:
    return _carry_out(request, request_id, erase, _("已执行删除"))


@requires(DECIDE)
@require_POST
@once
def withdraw(request: SignedInRequest, request_id: int) -> HttpResponse:
    return _carry_out(request, request_id, withdraw_consent, _("已按撤回执行"))


def _carry_out(request: SignedInRequest, request_id: int, act: Any, said: str) -> HttpResponse:
    one = _found(request_id)
    try:
        act(request=one, actor=request.user, now=clock.database_now())
    except KeepingRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect("compliance:data_request", one.pk)


@requires(DECIDE)
@require_POST
@once
def correct_one(request: SignedInRequest, request_id: int) -> HttpResponse:
    one = _found(request_id)
    form = CorrectionForm(request.POST, debtor=one.debtor_id)
    if not form.is_valid():
        return _page(request, one, form=form, status=400)
    try:
        correct(request=one, right=form.right(), actor=request.user, now=clock.database_now())
    except KeepingRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return _page(request, _found(one.pk), form=form, status=400 if refused.field else 409)
    messages.success(request, _("已更正；来源文件中的旧值须同时通知来源系统更正"))
    return redirect("compliance:data_request", one.pk)


@requires(DECIDE)
@require_POST
@once
def done(request: SignedInRequest, request_id: int) -> HttpResponse:
    return _act(request, _found(request_id), DoneForm(request.POST), finish_request, _("已办结"))


@requires(DECIDE)
@require_POST
@once
def copy(request: SignedInRequest, request_id: int) -> HttpResponse:
    """Make the file for the person."""
    one = _found(request_id)
    try:
        make_copy(request=one, actor=request.user, now=clock.database_now())
    except KeepingRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("副本已生成，下载时请写明用途"))
    return redirect("compliance:data_request", one.pk)


@requires(DECIDE)
@require_POST
@never_cache
def file(request: SignedInRequest, request_id: int) -> HttpResponse:
    """The copy itself, to hand to the person."""
    one, form = _found(request_id), TakeForm(request.POST)
    if not form.is_valid():
        return _page(request, one, form=form, status=400)
    try:
        path = take_copy(request=one, reason=form.cleaned_data["reason"], actor=request.user)
    except KeepingRefused as refused:
        form.add_error(refused.field if one.file_name else None, str(refused))
        return _page(request, one, form=form, status=400)
    answer = HttpResponse(path.read_bytes(), content_type=CONTENT_TYPES["xlsx"])
    answer["Content-Disposition"] = f'attachment; filename="{one.number}.xlsx"'
    return answer
