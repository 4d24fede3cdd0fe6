"""A run outside the guard rails of its source: control totals, and the posts by which two people decide."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.forms_approval import ApproveForm, ReturnForm, SubmitForm
from cases.forms_imports import ControlTotalsForm
from cases.imports import approval
from cases.imports import run as importer
from cases.imports.kinds import kind_of
from cases.views.import_run import must_accept_good_rows, run_or_404, run_page, saying_why_not
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once


@requires("imports.upload")
@require_POST
@once
def expect(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    form = ControlTotalsForm(request.POST, has_money=bool(kind_of(run).money))
    if not form.is_valid():
        return run_page(request, run, expect_form=form, status=422)
    with saying_why_not(request):
        data = form.cleaned_data
        importer.expect(run=run, rows=data["expected_rows"], total=data.get("expected_total"), actor=request.user)
    return redirect("cases:import_run", run.pk)


@requires("imports.upload")
@require_POST
@once
def submit(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    form = SubmitForm(request.POST, must_accept_good_rows=must_accept_good_rows(run))
    if not form.is_valid():
        return run_page(request, run, submit_form=form, status=422)
    with saying_why_not(request):
        approval.submit(
            run=run,
            actor=request.user,
            now=clock.now(),
            note=form.cleaned_data["note"],
            accept_good_rows=form.accepts_good_rows,
        )
        messages.success(request, _("已提交主管审批。"))
    return redirect("cases:import_run", run.pk)


@requires("imports.upload")
@require_POST
@once
def withdraw(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    with saying_why_not(request):
        approval.withdraw(run=run, actor=request.user, now=clock.now())
    return redirect("cases:import_run", run.pk)


@requires("imports.approve")
@require_POST
@once
def approve(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    form = ApproveForm(request.POST, must_accept_good_rows=must_accept_good_rows(run))
    if not form.is_valid():
        return run_page(request, run, approve_form=form, status=422)
    with saying_why_not(request):
        approval.approve(
            run=run,
            actor=request.user,
            now=clock.now(),
            note=form.cleaned_data["note"],
            accept_good_rows=form.accepts_good_rows,
        )
    return redirect("cases:import_run", run.pk)


@requires("imports.approve")
@require_POST
@once
def send_back(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return run_page(request, run, return_form=form, status=422)
    with saying_why_not(request):
        approval.send_back(run=run, actor=request.user, now=clock.now(), reason=form.cleaned_data["reason"])
        messages.success(request, _("已退回。"))
    return redirect("cases:import_run", run.pk)
