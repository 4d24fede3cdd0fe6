"""Proposing a plan: the form with a preview of the schedule, and the tab of the record that shows what there is."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from cases import selectors
from cases.forms_plans import PlanForm, form_like, rows_of
from cases.models import Case, PlanKind, PlanState, RepaymentPlan
from cases.names import shown_names
from cases.plans.schedule import Instalment, ScheduleRefused, Terms, drawn_up
from cases.plans.selectors import has_guarantor, plans_of
from cases.record_tabs import record_tab
from cases.services.plans import PROPOSE, PlanRefused, propose_plan, refuse_total, why_no_plan
from cases.views.agreements import taken_away
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once


@record_tab("plans", label=gettext_lazy("还款方案"), template="cases/_record_plans.html", order=35)
def plans_tab(request: SignedInRequest, case: Case) -> dict[str, Any]:
    """The live plan or the form for one, and what was before."""
    lines = plans_of(case)
    live = next((line for line in lines if line.plan.state in (PlanState.SUBMITTED, PlanState.ACTIVE)), None)
    may_propose = live is None and has(request.user, PROPOSE)
    why = why_no_plan(case) if may_propose else ""
    form = PlanForm(initial={"total": case.total}) if may_propose and not why else None
    return {
        "why_no_plan": why,
        "live": live,
        "lines": [line for line in lines if line is not live],
        "today": clock.business_date(clock.now()),
        **(_form_context(case, form) if form is not None else {"form": None}),
    }


def _form_context(case: Case, form: PlanForm, found: list[Instalment] | None = None) -> dict[str, Any]:
    return {
        "form": form,
        "schedule": found,
        "has_guarantor": has_guarantor(case),
        "replaced": None,
    }


def _case(request: SignedInRequest, case_id: int) -> Case | None:
    return selectors.find_case(request.user, case_id, PROPOSE)


def _waiting(case: Case, given: str) -> RepaymentPlan | None:
    """The plan of this case that the new one takes the place of, or is like."""
    number = int(given) if given.isdecimal() and len(given) < 19 else 0
    return RepaymentPlan.objects.filter(pk=number, case=case).first()


@requires(PROPOSE)
@require_GET
def new(request: SignedInRequest, case_id: int) -> HttpResponse:
    """The form on a page of its own; `?like=` fills it with an earlier plan's terms."""
    case = _case(request, case_id)
    if case is None:
        raise Http404
    like = _waiting(case, request.GET.get("like", ""))
    form = form_like(like, total=case.total) if like is not None else PlanForm(initial={"total": case.total})
    return _page(request, case, form, replaced=_replaced(like))


def _replaced(plan: RepaymentPlan | None) -> RepaymentPlan | None:
    return plan if plan is not None and plan.state == PlanState.SUBMITTED else None


@requires(PROPOSE)
@require_POST
def preview(request: SignedInRequest, case_id: int) -> HttpResponse:
    """The schedule that the form gives; nothing is written. A fragment while somebody types, a page without a script."""
    case = _case(request, case_id)
    if case is None:
        return taken_away(request, case_id, PROPOSE, PlanForm(request.POST, rows=rows_of(request.POST)))
    form = PlanForm(request.POST, rows=rows_of(request.POST))
    terms, found = _tried(case, form)
    if terms is not None and not form.errors:
        try:
            refuse_total(case, terms.total)
        except PlanRefused as refused:
            form.refuse(str(refused), refused.field)
    if request.headers.get("HX-Request") == "true":
        context = {**_form_context(case, form, found), "case": case, "is_fragment": True}
        return render(request, "cases/plans/_preview.html", context)
    return _page(request, case, form, found, replaced=_replaced(_waiting(case, request.POST.get("replaces", ""))))


def _tried(case: Case, form: PlanForm) -> tuple[Terms | None, list[Instalment] | None]:
    """The form's terms and the schedule they give, what is wrong said in the form. Empty rows of a custom plan are filled
    with equal parts, to be changed by hand."""
    if not form.is_valid():
        return None, None
    today = clock.business_date(clock.now())
    terms = form.terms()
    if terms is None:
        return None, None
    try:
        if terms.kind == PlanKind.CUSTOM and not form.has_rows:
            equal = Terms(PlanKind.INSTALMENTS, terms.total, terms.first_on, terms.count or 1)
            form.fill_rows(drawn_up(equal, today=today))
            terms = form.terms()
        return terms, drawn_up(terms, today=today) if terms is not None else None
    except ScheduleRefused as refused:
        form.refuse(str(refused), refused.field)
        return terms, None


@requires(PROPOSE)
@require_POST
@once
def propose(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Send the plan to be decided. With something wrong the form comes back as it was filled in."""
    case = _case(request, case_id)
    if case is None:
        return taken_away(request, case_id, PROPOSE, PlanForm(request.POST, rows=rows_of(request.POST)))
    form = PlanForm(request.POST, rows=rows_of(request.POST))
    replaced = _replaced(_waiting(case, request.POST.get("replaces", "")))
    terms = form.terms() if form.is_valid() else None
    if terms is None:
        return _page(request, case, form, replaced=replaced, status=400)
    data = form.cleaned_data
    try:
        plan = propose_plan(
            case=case,
            terms=terms,
            actor=request.user,
            now=clock.now(),
            accrues=data["accrues"],
            proof_kind=data["proof_kind"],
            proof_ref=data["proof_ref"],
            guarantor_consent=data["guarantor_consent"],
            note=data["note"],
            replaces=replaced,
        )
    except PlanRefused as refused:
        form.refuse(str(refused), refused.field)
        return _page(request, case, form, replaced=replaced, status=409)
    messages.success(
        request, _("方案已提交，等待%(who)s审批。批准之前不影响联系。") % {"who": plan.get_authority_display()}
    )
    return redirect(f"{reverse('cases:record', args=[case.pk])}?tab=plans")


def _page(
    request: SignedInRequest,
    case: Case,
    form: PlanForm,
    found: list[Instalment] | None = None,
    *,
    replaced: RepaymentPlan | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        **_form_context(case, form, found),
        "case": case,
        "name": shown_names(request.user, [case])[case.pk],
        "replaced": replaced,
    }
    return render(request, "cases/plans/new.html", context, status=status)
