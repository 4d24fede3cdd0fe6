"""Assistance: asking for it, the list, deciding, finishing, taking back."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agents.models import AssistRequest, AssistState
from agents.moves import assist as service
from agents.moves.forms import AskForm, DecideForm, FinishForm
from cases.names import shown_names
from cases.selectors import find_case
from cases.views.paging import asked
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once

ASK, DECIDE = service.ASK, service.DECIDE
TONES = {
    AssistState.ASKED: "warning",
    AssistState.ACCEPTED: "info",
    AssistState.REFUSED: "danger",
    AssistState.FINISHED: "success",
    AssistState.CANCELLED: "neutral",
}


@decisions
def assists_waiting(user: User) -> Waiting | None:
    """On the page of tasks: requests that wait for this person."""
    if not has(user, DECIDE):
        return None
    return Waiting(_("协催申请"), service.to_decide(user).count(), reverse("moves:assists"))


@requires(ASK)
@require_GET
def assists(request: SignedInRequest) -> HttpResponse:
    """What is open first; the rest behind the filter."""
    user = request.user
    show = asked(request, "show")
    default = "mine" if has(user, DECIDE) and service.to_decide(user).exists() else "open"
    if show not in ("mine", "open", "all", *AssistState.values):
        show = default
    found = service.assists_for(user)
    if show == "mine":
        found = found.filter(pk__in=service.to_decide(user).values("pk"))
    elif show == "open":
        found = found.filter(state__in=service.OPEN_STATES)
    elif show != "all":
        found = found.filter(state=show)
    page = key_page(request, found)
    names = shown_names(user, [one.case for one in page.rows])
    context = {
        "rows": [
            {"assist": one, "name": names[one.case_id], "tone": TONES[AssistState(one.state)]} for one in page.rows
        ],
        "show": show,
        "default": default,
        "choices": [
            *([("mine", _("待我审批"))] if has(user, DECIDE) else []),
            ("open", _("待审批与进行中")),
            *AssistState.choices,
            ("all", _("全部")),
        ],
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "agents/moves/assists.html", context)


@requires(ASK)
@require_http_methods(["GET", "POST"])
@once
def ask(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Ask for help with a case of one's own scope."""
    case = find_case(request.user, case_id, ASK)
    if case is None:
        raise Http404
    holder = case.desk.owner_id if case.desk else None
    form = AskForm(request.POST if request.method == "POST" else None, holder=holder)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                made = service.ask(case=case, actor=request.user, now=clock.database_now(), **form.cleaned_data)
                messages.success(request, _("已提交协催申请"))
                return redirect("moves:assist", made.pk)
            except service.AssistRefused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused))
                status = 409
    context = {"case": case, "name": shown_names(request.user, [case])[case.pk], "form": form}
    return render(request, "agents/moves/assist_ask.html", {**context, "back": _record(case.pk)}, status=status)


@requires(ASK)
@require_GET
def assist(request: SignedInRequest, assist_id: int) -> HttpResponse:
    return _page(request, _request(request, assist_id))


@requires(DECIDE)
@require_POST
@once
def decide(request: SignedInRequest, assist_id: int) -> HttpResponse:
    """Accept or refuse. Who was too late is told what the other one decided."""
    found = _request(request, assist_id)
    # Not for this person to decide, though they may see it: as if it were not there.
    if found.state == AssistState.ASKED and not service.to_decide(request.user).filter(pk=found.pk).exists():
        raise Http404
    form = DecideForm(request.POST, people=_people(found, request.user))
    if not form.is_valid():
        return _page(request, found, decide_form=form, status=400)
    try:
        done = service.decide(
            request=found,
            accept=form.cleaned_data["decision"] == "accept",
            helper=form.cleaned_data.get("helper"),
            note=form.cleaned_data["note"],
            actor=request.user,
            now=clock.database_now(),
        )
    except service.AssistRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return _page(request, _request(request, assist_id), decide_form=form, status=409)
    messages.success(request, _("已保存：%(state)s") % {"state": done.get_state_display()})
    return redirect("moves:assist", found.pk)


@requires(ASK)
@require_POST
@once
def finish(request: SignedInRequest, assist_id: int) -> HttpResponse:
    """The help is over: told by the helper, by who asked, or by who answers for them."""
    found, form = _request(request, assist_id), FinishForm(request.POST)
    if not form.is_valid():
        return _page(request, found, finish_form=form, status=400)
    try:
        service.finish(
            request=found, outcome=form.cleaned_data["outcome"], actor=request.user, now=clock.database_now()
        )
    except service.AssistRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return _page(request, _request(request, assist_id), finish_form=form, status=409)
    messages.success(request, _("协催已结束"))
    return redirect("moves:assist", found.pk)


@requires(ASK)
@require_POST
@once
def cancel(request: SignedInRequest, assist_id: int) -> HttpResponse:
    found = _request(request, assist_id)
    try:
        service.cancel(request=found, actor=request.user, now=clock.database_now())
    except service.AssistRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已撤回协催申请"))
    return redirect("moves:assist", found.pk)


def _request(request: SignedInRequest, assist_id: int) -> AssistRequest:
    found = service.assists_for(request.user).filter(pk=min(assist_id, 2**63 - 1)).first()
    if found is None:
        raise Http404
    return found


def _people(found: AssistRequest, user: User) -> Any:
    return service.helpers_for(found, user) if found.helper is None else None


def _page(
    request: SignedInRequest,
    found: AssistRequest,
    *,
    decide_form: DecideForm | None = None,
    finish_form: FinishForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = request.user
    may_decide = found.state == AssistState.ASKED and service.to_decide(user).filter(pk=found.pk).exists()
    if may_decide or (decide_form is not None and decide_form.errors):
        decide_form = decide_form or DecideForm(people=_people(found, user))
    if found.state == AssistState.ACCEPTED:
        finish_form = finish_form or FinishForm()
    context = {
        "assist": found,
        "case": found.case,
        "name": shown_names(user, [found.case])[found.case_id],
        "tone": TONES[AssistState(found.state)],
        "decide_form": decide_form,
        "finish_form": finish_form,
        "may_cancel": found.state == AssistState.ASKED and found.asked_by_id == user.pk,
        "is_in_view": find_case(user, found.case_id) is not None,
    }
    return render(request, "agents/moves/assist.html", context, status=status)


def _record(case_id: int) -> str:
    return reverse("cases:record", args=[case_id])
