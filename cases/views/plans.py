"""Plans that were proposed: the list, one plan with the decision about it, and the agreement on paper."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from cases.debt_parts import parts_of
from cases.forms_plans import DecisionForm, EndForm, ProofForm
from cases.models import PlanState, RepaymentPlan
from cases.names import lender_of, shown_names
from cases.plans.limits import may_decide
from cases.plans.selectors import SHOWN, has_guarantor, listed, mine_to_decide, plan_line, plans_for
from cases.services.plans import (
    DECIDE,
    PROPOSE,
    PlanRefused,
    add_proof,
    balance_moved,
    decide_plan,
    end_plan,
    withdraw_plan,
)
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once

TABS = {
    "waiting": gettext_lazy("待审批"),
    "active": gettext_lazy("履行中"),
    "broken": gettext_lazy("已违约"),
    "done": gettext_lazy("已完成"),
    "other": gettext_lazy("其他"),
}


@requires("plans.view")
@require_GET
def plans(request: SignedInRequest) -> HttpResponse:
    """Plans by state, newest first; of those that wait, which are this person's to decide."""
    asked = request.GET.get("show", "")
    shown = asked if asked in SHOWN else "waiting"
    page = key_page(request, listed(request.user, shown=shown))
    names = shown_names(request.user, [plan.case for plan in page.rows])
    mine = mine_to_decide(request.user, page.rows) if shown == "waiting" else frozenset()
    context = {
        "tabs": TABS.items(),
        "shown": shown,
        "rows": [{"plan": plan, "name": names[plan.case_id], "is_mine": plan.pk in mine} for plan in page.rows],
        "today": clock.business_date(clock.now()),
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "cases/plans/list.html", context)


def _plan(request: SignedInRequest, plan_id: int, capability: str) -> RepaymentPlan:
    """A plan about a case in the person's scope; any other does not exist."""
    found = plans_for(request.user, capability).filter(pk=plan_id).first() if plan_id < 2**63 else None
    if found is None:
        raise Http404
    return found


@requires("plans.view")
@require_GET
def plan(request: SignedInRequest, plan_id: int) -> HttpResponse:
    return _page(request, _plan(request, plan_id, "plans.view"))


def _page(request: SignedInRequest, found: RepaymentPlan, *, status: int = 200, **forms: Any) -> HttpResponse:
    """One plan with what this person may do about it. `forms`: those that came back with something wrong."""
    user, case = request.user, found.case
    is_waiting = found.state == PlanState.SUBMITTED
    decides = is_waiting and has(user, DECIDE)
    context = {
        "case": case,
        "name": shown_names(user, [case])[case.pk],
        "line": plan_line(found),
        "plan": found,
        "today": clock.business_date(clock.now()),
        "parts": parts_of(found),
        "has_moved": is_waiting and case.is_open and balance_moved(found, case),
        "has_guarantor": has_guarantor(case),
        "decide_form": forms.get("decide_form") or (DecisionForm() if decides and may_decide(user, found) else None),
        "why_not_decide": _why_not(found, user) if decides else "",
        "proof_form": forms.get("proof_form") or (ProofForm() if is_waiting and has(user, PROPOSE) else None),
        "may_withdraw": is_waiting and has(user, PROPOSE),
        "end_form": forms.get("end_form")
        or (EndForm() if found.state == PlanState.ACTIVE and has(user, DECIDE) else None),
    }
    return render(request, "cases/plans/plan.html", context, status=status)


def _why_not(found: RepaymentPlan, user: Any) -> str:
    if found.proposed_by_id == user.pk:
        return _("这是您提出的方案，由另一人审批。")
    if not may_decide(user, found):
        return _("这个金额由%(who)s审批。") % {"who": found.get_authority_display()}
    return ""


@requires(DECIDE)
@require_POST
@once
def decide(request: SignedInRequest, plan_id: int) -> HttpResponse:
    found = _plan(request, plan_id, DECIDE)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, found, decide_form=form, status=400)
    approve = form.cleaned_data["verdict"] == "approve"
    try:
        decide_plan(plan=found, approve=approve, actor=request.user, now=clock.now(), note=form.cleaned_data["note"])
    except PlanRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return _page(request, _plan(request, plan_id, DECIDE), decide_form=form, status=409)
    messages.success(request, _("方案已批准，履行期间停止催收。") if approve else _("方案未批准，已告知提出人。"))
    return redirect("cases:plan", found.pk)


@requires(PROPOSE)
@require_POST
@once
def proof(request: SignedInRequest, plan_id: int) -> HttpResponse:
    found = _plan(request, plan_id, PROPOSE)
    form = ProofForm(request.POST)
    if not form.is_valid():
        return _page(request, found, proof_form=form, status=400)
    data = form.cleaned_data
    try:
        add_proof(plan=found, kind=data["proof_kind"], ref=data["proof_ref"], actor=request.user, now=clock.now())
    except PlanRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return _page(request, _plan(request, plan_id, PROPOSE), proof_form=form, status=409)
    messages.success(request, _("凭证已补充。"))
    return redirect("cases:plan", found.pk)


@requires(PROPOSE)
@require_POST
@once
def withdraw(request: SignedInRequest, plan_id: int) -> HttpResponse:
    found = _plan(request, plan_id, PROPOSE)
    try:
        withdraw_plan(plan=found, actor=request.user, now=clock.now())
        messages.success(request, _("方案已撤回。"))
    except PlanRefused as refused:
        messages.error(request, str(refused))
    return redirect(f"{reverse('cases:record', args=[found.case_id])}?tab=plans")


@requires(DECIDE)
@require_POST
@once
def end(request: SignedInRequest, plan_id: int) -> HttpResponse:
    found = _plan(request, plan_id, DECIDE)
    form = EndForm(request.POST)
    if not form.is_valid():
        return _page(request, found, end_form=form, status=400)
    try:
        end_plan(plan=found, reason=form.cleaned_data["reason"], actor=request.user, now=clock.now())
    except PlanRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return _page(request, _plan(request, plan_id, DECIDE), end_form=form, status=409)
    messages.success(request, _("方案已终止，可以恢复联系。"))
    return redirect("cases:plan", found.pk)


@requires("cases.view")
@require_GET
def agreement(request: SignedInRequest, plan_id: int) -> HttpResponse:
    """The agreement to be printed and signed. Until the plan is approved it says that it is a draft."""
    found = _plan(request, plan_id, "cases.view")
    case = found.case
    context = {
        "case": case,
        "name": shown_names(request.user, [case])[case.pk],
        "lender": lender_of(case),
        "id_last4": case.loan.debtor.id_last4,
        "line": plan_line(found),
        "plan": found,
        "parts": parts_of(found),
        "is_draft": found.state not in (PlanState.ACTIVE, PlanState.COMPLETED, PlanState.BROKEN, PlanState.ENDED),
        "has_guarantor": has_guarantor(case),
        "complaint_channel": settings.COMPLAINT_CHANNEL,
    }
    return render(request, "cases/plans/agreement.html", context)
