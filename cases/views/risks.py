"""Risk flags: raising, deciding, and the plans that follow."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import selectors_care as reads
from cases.forms_care import DecideForm, RaiseRiskForm, ResultForm, StepForm
from cases.models import Case, Disposition, FlagState, RiskFlag
from cases.names import shown_names
from cases.services.attachments import AttachmentRefused
from cases.services.risk import RiskRefused, Step, add_step, decide_risk, end_disposition, finish_step, raise_risk
from cases.views.care import attach_given, case_or_404, say
from cases.views.holds import to_tab
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once

LISTS = {"waiting": reads.risks_waiting, "active": reads.dispositions_open, "mine": reads.my_steps}


@requires("care.view")
@require_GET
def risk_list(request: SignedInRequest) -> HttpResponse:
    """Flags that wait for a decision, plans under way, and the reader's own steps."""
    asked = request.GET.get("show", "")
    shown = asked if asked in LISTS else "waiting" if has(request.user, "risks.decide") else "mine"
    page = key_page(request, LISTS[shown](request.user))
    cases = [row.disposition.case if shown == "mine" else row.case for row in page.rows]
    names = shown_names(request.user, cases)
    context = {
        "shown": shown,
        "page": page,
        "rows": [(row, case, names[case.pk]) for row, case in zip(page.rows, cases, strict=True)],
        "today": clock.business_date(clock.now()),
    }
    return render(request, "cases/care/risks.html", context)


@requires("risks.raise")
@require_http_methods(["GET", "POST"])
@once
def raise_flag(request: SignedInRequest, case_id: int) -> HttpResponse:
    case = case_or_404(request, case_id, "risks.raise")
    form = RaiseRiskForm(request.POST or None, request.FILES or None, initial={"type": request.GET.get("type", "")})
    told, status = "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        given, now = form.cleaned_data, clock.now()
        file = given.pop("file")
        try:
            flag = raise_risk(case=case, actor=request.user, now=now, **given)
            attach_given(request, case, file, subject="risk", subject_id=flag.pk, now=now)
        except (RiskRefused, AttachmentRefused) as refused:
            told, status = say(form, refused), 409
        else:
            messages.success(request, _("已提出风险标识，等待决定"))
            return redirect(to_tab(case))
    return _shown(request, "cases/care/raise_risk.html", case, status=status, form=form, told=told)


@requires("care.view")
@require_GET
def risk(request: SignedInRequest, flag_id: int) -> HttpResponse:
    flag = _flag(request, flag_id)
    return _flag_page(request, flag, DecideForm(flag=flag))


@requires("risks.decide")
@require_POST
@once
def decide(request: SignedInRequest, flag_id: int) -> HttpResponse:
    flag = _flag(request, flag_id)
    form = DecideForm(request.POST, flag=flag)
    if not form.is_valid():
        return _flag_page(request, flag, form, status=400)
    given = form.cleaned_data
    steps = [Step(given["what"], given["owner"], given["due_on"])] if given["what"] else []
    try:
        decided = decide_risk(
            flag=flag,
            accept=given["decision"] == "accept",
            reason=given["reason"],
            actor=request.user,
            now=clock.now(),
            kind=given["kind"],
            steps=steps if given["decision"] == "accept" else [],
            pause_until=given.get("pause_until"),
        )
    except RiskRefused as refused:
        told = say(form, refused)
        return _flag_page(request, flag, form, told=told, status=409)
    messages.success(request, _("已决定：%(state)s") % {"state": decided.get_state_display()})
    if decided.state == FlagState.ACCEPTED:
        return redirect("cases:disposition", decided.disposition.pk)
    return redirect("cases:risks")


@requires("care.view")
@require_GET
def disposition(request: SignedInRequest, disposition_id: int) -> HttpResponse:
    return _plan_page(request, _plan(request, disposition_id))


@requires("risks.decide")
@require_POST
@once
def step_add(request: SignedInRequest, disposition_id: int) -> HttpResponse:
    plan = _plan(request, disposition_id)
    form = StepForm(request.POST, case=plan.case)
    if not form.is_valid():
        return _plan_page(request, plan, step_form=form, status=400)
    try:
        add_step(disposition=plan, step=Step(**form.cleaned_data), actor=request.user, now=clock.now())
    except RiskRefused as refused:
        told = say(form, refused)
        return _plan_page(request, plan, step_form=form, told=told, status=409)
    messages.success(request, _("已新增步骤"))
    return redirect("cases:disposition", plan.pk)


@requires("care.view")
@require_POST
@once
def step_done(request: SignedInRequest, step_id: int) -> HttpResponse:
    """What came of a step, told by its owner or by who decides."""
    step = reads.find_step(request.user, step_id)
    if step is None:
        raise Http404
    plan = _plan(request, step.disposition_id)
    form = ResultForm(request.POST, auto_id=f"step-{step.pk}-%s")
    if not form.is_valid():
        return _plan_page(request, plan, done_forms={step.pk: form}, status=400)
    try:
        finish_step(step=step, result=form.cleaned_data["result"], actor=request.user, now=clock.now())
    except RiskRefused as refused:
        told = say(form, refused)
        return _plan_page(request, plan, done_forms={step.pk: form}, told=told, status=409)
    messages.success(request, _("已记录步骤结果"))
    return redirect("cases:disposition", plan.pk)


@requires("risks.decide")
@require_POST
@once
def disposition_end(request: SignedInRequest, disposition_id: int) -> HttpResponse:
    plan = _plan(request, disposition_id)
    form = ResultForm(request.POST, auto_id="end-%s")
    if not form.is_valid():
        return _plan_page(request, plan, end_form=form, status=400)
    try:
        end_disposition(disposition=plan, result=form.cleaned_data["result"], actor=request.user, now=clock.now())
    except RiskRefused as refused:
        told = say(form, refused)
        return _plan_page(request, plan, end_form=form, told=told, status=409)
    messages.success(request, _("处置已结束"))
    return redirect("cases:disposition", plan.pk)


def _flag(request: SignedInRequest, flag_id: int) -> RiskFlag:
    found = reads.find_flag(request.user, flag_id)
    if found is None:
        raise Http404
    return found


def _plan(request: SignedInRequest, disposition_id: int) -> Disposition:
    found = reads.find_disposition(request.user, disposition_id)
    if found is None:
        raise Http404
    return found


def _flag_page(
    request: SignedInRequest, flag: RiskFlag, form: forms.Form, *, told: str = "", status: int = 200
) -> HttpResponse:
    flag = reads.find_flag(request.user, flag.pk) or flag  # decided meanwhile, perhaps
    return _shown(
        request,
        "cases/care/risk.html",
        flag.case,
        status=status,
        told=told,
        flag=flag,
        form=form,
        files=reads.files_of("risk", flag.pk, request.user),
        is_own=flag.raised_by_id == request.user.pk,
    )


def _plan_page(
    request: SignedInRequest,
    plan: Disposition,
    *,
    status: int = 200,
    told: str = "",
    step_form: forms.Form | None = None,
    end_form: forms.Form | None = None,
    done_forms: dict[int, forms.Form] | None = None,
) -> HttpResponse:
    plan.refresh_from_db(fields=["ended_at", "ended_by", "result"])
    decides = has(request.user, "risks.decide")
    lines = []
    for step in reads.steps_of(plan):
        may_tell = plan.ended_at is None and step.done_at is None and (decides or step.owner_id == request.user.pk)
        form = (done_forms or {}).get(step.pk) or ResultForm(auto_id=f"step-{step.pk}-%s")
        lines.append((step, form if may_tell else None))
    return _shown(
        request,
        "cases/care/disposition.html",
        plan.case,
        status=status,
        told=told,
        plan=plan,
        lines=lines,
        step_form=step_form or StepForm(case=plan.case),
        end_form=end_form or ResultForm(auto_id="end-%s"),
        today=clock.business_date(clock.now()),
    )


def _shown(request: SignedInRequest, template: str, case: Case, *, status: int, **context: Any) -> HttpResponse:
    context |= {"case": case, "name": shown_names(request.user, [case])[case.pk], "back": to_tab(case)}
    return render(request, template, context, status=status)
