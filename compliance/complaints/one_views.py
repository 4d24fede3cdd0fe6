"""One complaint: what was said, what was done, and what may be done now."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.complaints import handling
from compliance.complaints.conflicts import DECIDE, HANDLE, possible_handlers
from compliance.complaints.deciding import assign_handler
from compliance.complaints.ending import close_answered, record_follow_up
from compliance.complaints.handling import EXTEND_SPECIAL
from compliance.complaints.letters import sent_in_round
from compliance.complaints.one_forms import AssignForm, CloseForm, ExtendForm, FollowUpForm, NoteForm, ReopenForm
from compliance.complaints.one_page import ASSIGN, find_complaint, gather_page
from compliance.complaints.refusals import ComplaintRefused
from compliance.models import Complaint, Complexity


@requires("complaints.view")
@require_GET
def complaint(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    return show(request, find_complaint(request.user, complaint_id))


def show(
    request: SignedInRequest, found: Complaint, *, sent: Mapping[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    """The page; `sent`: forms that came back with their mistakes, by name."""
    page = gather_page(request.user, found, clock.business_date(clock.now()))
    may, shown = page.may, dict(sent or {})
    if may.get("assign"):
        shown.setdefault("assign", AssignForm(people=possible_handlers(found), complaint=found))
    if may.get("note"):
        shown.setdefault("note", NoteForm())
    if may.get("extend") or may.get("extend_special"):
        shown.setdefault("extend", ExtendForm())
    if may.get("close"):
        shown.setdefault("close", CloseForm(has_letter=page.letter_sent is not None))
    if may.get("reopen"):
        shown.setdefault("reopen", ReopenForm())
    if may.get("follow_up") and page.follow_up is not None:
        shown.setdefault("follow_up", FollowUpForm())
    context = {"page": page, "complaint": found, "may": may, "forms": shown, "returned": set(sent or {})}
    return render(request, "compliance/complaints/one.html", context, status=status)


def act(
    request: SignedInRequest,
    found: Complaint,
    name: str,
    form: forms.Form,
    do: Callable[[dict[str, Any]], Any],
    said: str,
) -> HttpResponse:
    """Run one action of the page. What is refused comes back with the sentence beside its field, and nothing is lost."""
    status = 400
    if form.is_valid():
        try:
            do(form.cleaned_data)
        except ComplaintRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
            status = 409
            found = find_complaint(request.user, found.pk)
        else:
            messages.success(request, said)
            return redirect("compliance:complaint", found.pk)
    return show(request, found, sent={name: form}, status=status)


@requires(ASSIGN)
@require_POST
@once
def assign(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    found = find_complaint(request.user, complaint_id, ASSIGN)
    form = AssignForm(request.POST, people=possible_handlers(found), complaint=found)
    form.fields["handler"].error_messages["invalid_choice"] = _("这个人不能办理该投诉，请重新选择")
    return act(
        request,
        found,
        "assign",
        form,
        lambda given: assign_handler(complaint=found, **given, actor=request.user, now=clock.database_now()),
        _("已指定经办人"),
    )


@requires(HANDLE)
@require_POST
@once
def note(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    found = find_complaint(request.user, complaint_id, HANDLE)
    return act(
        request,
        found,
        "note",
        NoteForm(request.POST),
        lambda given: handling.note(complaint=found, **given, actor=request.user, now=clock.database_now()),
        _("已补充"),
    )


@requires(HANDLE)
@require_POST
@once
def extend(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    """More time because the matter is complex."""
    found = find_complaint(request.user, complaint_id, HANDLE)
    return _extended(request, found, Complexity.COMPLEX)


@requires(EXTEND_SPECIAL)
@require_POST
@once
def extend_special(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    """Once more, by somebody with the authority who does not handle it."""
    found = find_complaint(request.user, complaint_id, EXTEND_SPECIAL)
    return _extended(request, found, Complexity.SPECIAL)


def _extended(request: SignedInRequest, found: Complaint, complexity: Complexity) -> HttpResponse:
    return act(
        request,
        found,
        "extend",
        ExtendForm(request.POST),
        lambda given: handling.extend(
            complaint=found, complexity=complexity, **given, actor=request.user, now=clock.database_now()
        ),
        _("已延期"),
    )


@requires(DECIDE)
@require_POST
@once
def close(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    found = find_complaint(request.user, complaint_id, DECIDE)
    return act(
        request,
        found,
        "close",
        CloseForm(request.POST, has_letter=sent_in_round(found) is not None),
        lambda given: close_answered(
            complaint=found,
            answered=given["answered"],
            without_letter=given.get("without_letter", ""),
            actor=request.user,
            now=clock.database_now(),
        ),
        _("已办结"),
    )


@requires(HANDLE)
@require_POST
@once
def reopen(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    found = find_complaint(request.user, complaint_id, HANDLE)
    return act(
        request,
        found,
        "reopen",
        ReopenForm(request.POST),
        lambda given: handling.reopen(complaint=found, **given, actor=request.user, now=clock.database_now()),
        _("已重新受理，新一轮期限从今天起算"),
    )


@requires(HANDLE)
@require_POST
@once
def follow_up(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    found = find_complaint(request.user, complaint_id, HANDLE)
    return act(
        request,
        found,
        "follow_up",
        FollowUpForm(request.POST),
        lambda given: record_follow_up(
            complaint=found,
            **{**given, "remedied": given["remedied"] == "yes"},
            actor=request.user,
            now=clock.database_now(),
        ),
        _("已记录回访"),
    )
