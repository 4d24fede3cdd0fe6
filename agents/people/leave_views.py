"""Leave: asked for, recorded for somebody who called in sick, decided, cancelled."""

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agents.models import Leave, LeaveState
from agents.people.forms import LeaveForm
from agents.people.leave import (
    ASK,
    DECIDE,
    Away,
    LeaveRefused,
    ask_leave,
    cancel_leave,
    decide_leave,
    leaves_for,
    leaves_to_decide,
    record_leave,
)
from agents.people.staff import find_person
from cases.views.paging import asked
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once

VIEW = "people.view"
TONES = {"asked": "warning", "approved": "success", "refused": "danger", "cancelled": "neutral"}


@decisions
def leave_waiting(user: User) -> Waiting | None:
    """On the page of tasks: leave that this person can decide."""
    if not has(user, DECIDE):
        return None
    return Waiting(_("请假审批"), leaves_to_decide(user).count(), reverse("people:leaves"))


@requires(VIEW)
@require_GET
def leaves(request: SignedInRequest) -> HttpResponse:
    return _list(request)


@requires(ASK)
@require_http_methods(["GET", "POST"])
@once
def ask(request: SignedInRequest) -> HttpResponse:
    """One's own leave."""
    form = LeaveForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                ask_leave(
                    user=request.user, away=Away(**form.cleaned_data), actor=request.user, now=clock.database_now()
                )
            except LeaveRefused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused))
                status = 409
            else:
                messages.success(request, _("请假已提交，等待审批"))
                return redirect("people:leaves")
    return render(request, "agents/people/leave_form.html", {"form": form, "person": None}, status=status)


@requires(DECIDE)
@require_http_methods(["GET", "POST"])
@once
def record(request: SignedInRequest, user_id: int) -> HttpResponse:
    """Leave of somebody who called in: approved at once by whoever writes it down."""
    found = find_person(request.user, user_id, DECIDE)
    form = LeaveForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                record_leave(user=found, away=Away(**form.cleaned_data), actor=request.user, now=clock.database_now())
            except LeaveRefused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused))
                status = 409
            else:
                messages.success(request, _("请假已登记"))
                return redirect("people:person", found.pk)
    return render(request, "agents/people/leave_form.html", {"form": form, "person": found}, status=status)


@requires(DECIDE)
@require_POST
@once
def decide(request: SignedInRequest, leave_id: int) -> HttpResponse:
    """Approve or refuse. Who was too late is told what the other one decided."""
    found = _leave(leaves_for(request.user, DECIDE), leave_id)
    note = _note(request)
    try:
        decided = decide_leave(
            leave=found,
            approve=request.POST.get("decision") == "approve",
            note=note,
            actor=request.user,
            now=clock.database_now(),
        )
    except LeaveRefused as refused:
        return _list(request, refused=str(refused), refused_id=found.pk, note=note, status=409)
    messages.success(request, _("已保存：%(state)s") % {"state": decided.get_state_display()})
    return redirect("people:leaves")


@requires(VIEW)
@require_POST
@once
def cancel(request: SignedInRequest, leave_id: int) -> HttpResponse:
    """One's own, or as whoever decides about it."""
    mine = Leave.objects.filter(user=request.user) if has(request.user, ASK) else Leave.objects.none()
    decided = leaves_for(request.user, DECIDE)
    found = _leave(Leave.objects.filter(Q(pk__in=mine.values("pk")) | Q(pk__in=decided.values("pk"))), leave_id)
    note = _note(request)
    try:
        cancel_leave(leave=found, reason=note, actor=request.user, now=clock.database_now())
    except LeaveRefused as refused:
        return _list(request, refused=str(refused), refused_id=found.pk, note=note, status=409)
    messages.success(request, _("请假已取消"))
    return redirect("people:leaves")


def _list(
    request: SignedInRequest, *, refused: str = "", refused_id: int = 0, note: str = "", status: int = 200
) -> HttpResponse:
    """What waits for this person first; everybody's in scope, by state, behind the filter."""
    user = request.user
    may_decide = has(user, DECIDE)
    choices = [
        *([("mine", _("待我审批"))] if may_decide else []),
        ("all", _("全部")),
        *LeaveState.choices,
    ]
    shown = asked(request, "show")
    if shown not in dict(choices):
        shown = "mine" if may_decide else "all"
    seen = leaves_for(user, VIEW)
    found = leaves_to_decide(user) if shown == "mine" else seen if shown == "all" else seen.filter(state=shown)
    page = key_page(request, found.select_related("user", "decided_by", "asked_by"))
    today = clock.business_date(clock.now())
    decidable = set(leaves_for(user, DECIDE).filter(pk__in=[row.pk for row in page.rows]).values_list("pk", flat=True))
    rows = [
        {
            "leave": row,
            "tone": TONES[row.state],
            "may_decide": row.pk in decidable and row.state == LeaveState.ASKED and row.user_id != user.pk,
            "may_cancel": _may_cancel(row, user, is_decider=row.pk in decidable, begun=row.first_day <= today),
            "is_refused": row.pk == refused_id,
        }
        for row in page.rows
    ]
    context = {
        "rows": rows,
        "shown": shown,
        "choices": choices,
        "default": choices[0][0],
        "refused": refused,
        "note": note,
        "may_ask": has(user, ASK),
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "agents/people/leaves.html", context, status=status)


def _may_cancel(leave: Leave, user: User, *, is_decider: bool, begun: bool) -> bool:
    if leave.state not in (LeaveState.ASKED, LeaveState.APPROVED):
        return False
    if leave.user_id == user.pk:
        return has(user, ASK) and not (begun and leave.state == LeaveState.APPROVED)
    return is_decider and leave.state == LeaveState.APPROVED


def _leave(visible: QuerySet[Leave], leave_id: int) -> Leave:
    found = visible.filter(pk=leave_id).select_related("user").first() if leave_id < 2**63 else None
    if found is None:
        raise Http404
    return found


def _note(request: SignedInRequest) -> str:
    return request.POST.get("note", "").replace("\x00", "").strip()[:200]
