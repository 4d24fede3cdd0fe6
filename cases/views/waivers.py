"""Waivers: applying on the record, the list of those that wait, one with its decision, and using it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.debt_parts import PART_LABELS
from cases.forms_agreements import WaiverDecisionForm, WaiverForm, WaiverUseForm
from cases.models import Repayment, Waiver, WaiverState
from cases.names import shown_names
from cases.selectors import find_case
from cases.selectors_agreements import settling_choices, waivers_for, waivers_to_decide
from cases.services.waiver_limits import limits_on
from cases.services.waivers import (
    DECIDE,
    WaiverRefused,
    apply_for_waiver,
    decide_waiver,
    use_waiver,
    withdraw_waiver,
)
from cases.views.agreements import TAB, back_to_tab, taken_away, waiver_line
from cases.views.paging import asked
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once

APPLY, VIEW = "waivers.apply", "waivers.view"


@decisions
def waivers_waiting(user: User) -> Waiting | None:
    """On the page of tasks: waivers that this person can decide."""
    if not has(user, DECIDE):
        return None
    return Waiting(_("减免审批"), waivers_to_decide(user).count(), reverse("cases:waivers"))


@requires(VIEW)
@require_GET
def waiver_list(request: SignedInRequest) -> HttpResponse:
    """Those that wait for this person first; other states behind the filter."""
    user = request.user
    mine = "mine" if has(user, DECIDE) else "waiting"
    shown = asked(request, "show")
    if shown not in ("mine", "waiting", "all", *WaiverState.values):
        shown = mine
    found = waivers_for(user)
    if shown == "mine":
        found = waivers_to_decide(user)
    elif shown == "waiting":
        found = found.filter(state__in=[WaiverState.SUBMITTED, WaiverState.HALF])
    elif shown != "all":
        found = found.filter(state=shown)
    page = key_page(request, found)
    names = shown_names(user, [waiver.case for waiver in page.rows])
    context = {
        "rows": [{**waiver_line(waiver), "name": names[waiver.case_id]} for waiver in page.rows],
        "shown": shown,
        "default": mine,
        "choices": [
            *([("mine", _("待我审批"))] if mine == "mine" else []),
            ("waiting", _("全部待审批")),
            *[(state, label) for state, label in WaiverState.choices if state not in ("submitted", "half")],
            ("all", _("全部")),
        ],
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "cases/agreements/waivers.html", context)


@requires(VIEW)
@require_GET
def waiver(request: SignedInRequest, waiver_id: int) -> HttpResponse:
    return _page(request, _waiver(request, waiver_id, VIEW), WaiverDecisionForm())


@requires(APPLY)
@require_POST
@once
def apply(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Ask for a waiver. With something wrong the record comes back with what was typed."""
    form = WaiverForm(request.POST)
    case = find_case(request.user, case_id, APPLY)
    if case is None:
        return taken_away(request, case_id, APPLY, form)
    now = clock.database_now()
    limits = limits_on(clock.business_date(now))
    if not form.is_valid():
        return back_to_tab(request, case, status=400, waiver_form=form, waiver_limits=limits)
    try:
        apply_for_waiver(
            case=case, parts=form.parts, reason=form.cleaned_data["reason"], actor=request.user, now=now,
            valid_until=form.cleaned_data["valid_until"],
        )  # fmt: skip
    except WaiverRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return back_to_tab(request, case, status=409, waiver_form=form, waiver_limits=limits)
    messages.success(request, _("减免已提交审批"))
    return redirect(_tab(case.pk))


@requires(APPLY)
@require_POST
@once
def withdraw(request: SignedInRequest, waiver_id: int) -> HttpResponse:
    found = _waiver(request, waiver_id, APPLY)
    try:
        withdraw_waiver(waiver=found, actor=request.user, now=clock.database_now())
    except WaiverRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已撤回减免申请"))
    return redirect(_tab(found.case_id))


@requires(DECIDE)
@require_POST
@once
def decide(request: SignedInRequest, waiver_id: int) -> HttpResponse:
    """Approve or reject. Who was too late is told what the other one decided."""
    found = _waiver(request, waiver_id, DECIDE)
    form = WaiverDecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=400)
    try:
        decided = decide_waiver(
            waiver=found,
            approve=form.cleaned_data["decision"] == "approve",
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=clock.database_now(),
        )
    except WaiverRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return _page(request, _waiver(request, waiver_id, DECIDE), form, status=409)
    messages.success(request, _("已保存：%(state)s") % {"state": decided.get_state_display()})
    return redirect("cases:waivers")


@requires(DECIDE)
@require_POST
@once
def use(request: SignedInRequest, waiver_id: int) -> HttpResponse:
    """The debtor has paid the rest: which repayment it was."""
    found = _waiver(request, waiver_id, DECIDE)
    form = WaiverUseForm(request.POST, money=_money(found))
    if not form.is_valid():
        return _page(request, found, WaiverDecisionForm(), use_form=form, status=400)
    try:
        repayment = Repayment.objects.get(pk=form.cleaned_data["repayment"])
        use_waiver(waiver=found, actor=request.user, now=clock.database_now(), repayment=repayment)
    except WaiverRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("减免已使用"))
    return redirect("cases:waiver", found.pk)


def _waiver(request: SignedInRequest, waiver_id: int, capability: str) -> Waiver:
    """A waiver of a case in the person's scope; any other does not exist."""
    people = ("first_by", "second_by", "ended_by", "used_repayment")
    visible = waivers_for(request.user, capability).select_related(
        *people, "case__loan__debtor", "case__loan__source", "case__desk", "applied_by"
    )
    found = visible.filter(pk=waiver_id).first() if waiver_id < 2**63 else None
    if found is None:
        raise Http404
    return found


def _money(waiver: Waiver) -> list[tuple[int, str]]:
    return [(one.pk, f"{one.paid_on:%Y-%m-%d} · {one.amount:,.2f}") for one in settling_choices(waiver)]


def _page(
    request: SignedInRequest,
    found: Waiver,
    form: WaiverDecisionForm,
    *,
    use_form: WaiverUseForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = request.user
    may_decide = waivers_to_decide(user).filter(pk=found.pk).exists()
    context: dict[str, Any] = {
        **waiver_line(found),
        "name": shown_names(user, [found.case])[found.case_id],
        "lines": [(label, getattr(found, name), getattr(found.case, name)) for name, label in PART_LABELS.items()],
        "decision_form": form if may_decide or form.errors else None,
    }
    if found.state == WaiverState.APPROVED and has(user, DECIDE):
        context["use_form"] = use_form or WaiverUseForm(money=_money(found))
    return render(request, "cases/agreements/waiver.html", context, status=status)


def _tab(case_id: int) -> str:
    return f"{reverse('cases:record', args=[case_id])}?tab={TAB}"
