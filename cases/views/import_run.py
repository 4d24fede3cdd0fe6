"""One run, from reading to applied and back: a page that shows the step it is in, and the posts that move it on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases import selectors_imports as reads
from cases.forms_approval import ApplyForm, ApproveForm, ReturnForm, SubmitForm
from cases.forms_imports import AnswersForm, ControlTotalsForm, UnlockForm
from cases.import_pages import pages_of
from cases.imports import approval
from cases.imports import run as importer
from cases.imports.copies import waiting_copies
from cases.imports.guard_facts import findings_of
from cases.imports.kinds import kind_of
from cases.imports.refusals import RunRefused
from cases.models import ImportRun, RunState
from cases.selectors_differences import difference_tiles
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

PEOPLE = ("uploaded_by", "submitted_by", "approved_by", "applied_by", "undone_by")


def run_or_404(run_id: int) -> ImportRun:
    """Imports have one scope: who may see any may see all."""
    return get_object_or_404(ImportRun.objects.select_related("source", "layout", "job", *PEOPLE), pk=run_id)


@requires("imports.view")
@require_GET
def page(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    return run_page(request, run)


@requires("imports.view")
@require_GET
def step(request: SignedInRequest, run_id: int) -> HttpResponse:
    """The progress fragment, asked for every second while work runs; then the page loads anew and the asking ends."""
    run = run_or_404(run_id)
    if not _is_moving(run):
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response
    return render(request, "cases/imports/_progress.html", {"run": run})


@requires("imports.upload")
@require_POST
@once
def answer(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    form = AnswersForm(request.POST, run=run)
    if not form.is_valid():
        return run_page(request, run, answers=form, status=422)
    answers = form.answers()
    if not answers:
        messages.info(request, _("没有改动。"))
        return redirect("cases:import_run", run.pk)
    with saying_why_not(request):
        importer.answer(run=run, answers=answers, actor=request.user, now=clock.now())
    return redirect("cases:import_run", run.pk)


@requires("imports.apply")
@require_POST
@once
def apply(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    form = ApplyForm(request.POST, must_accept_good_rows=must_accept_good_rows(run))
    if not form.is_valid() and not findings_of(run):  # outside its rails it is not theirs to apply, and that is told
        return run_page(request, run, apply_form=form, status=422)
    with saying_why_not(request):
        importer.request_apply(run=run, accept_good_rows=form.accepts_good_rows, actor=request.user, now=clock.now())
    return redirect("cases:import_run", run.pk)


@requires("imports.upload")
@require_POST
@once
def discard(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    with saying_why_not(request):
        importer.discard(run=run, actor=request.user, now=clock.now())
        messages.success(request, _("已放弃这次导入，账簿没有变化。"))
    return redirect("cases:import_run", run.pk)


@requires("imports.undo")
@require_POST
@once
def undo(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    with saying_why_not(request):
        partial = request.POST.get("partial") == "1"
        importer.request_undo(run=run, actor=request.user, now=clock.now(), partial=partial)
    return redirect("cases:import_run", run.pk)


@contextmanager
def saying_why_not(request: SignedInRequest) -> Iterator[None]:
    """A step that must not be taken is told on the page it came from; nothing of it is kept."""
    try:
        with transaction.atomic():
            yield
    except RunRefused as refusal:
        messages.error(request, refusal.message)


def _is_moving(run: ImportRun) -> bool:
    """Whether something will happen by itself: a job of the run's that has not ended yet."""
    if run.state == RunState.APPLIED:
        return run.job is not None and run.job.kind == importer.UNDO_JOB and run.job.is_open
    return run.state in reads.BUSY_STATES and (run.job is None or run.job.is_open)


def must_accept_good_rows(run: ImportRun) -> bool:
    """Whether whoever decides has to say that the good rows may go in without the bad ones. Said once, it stays said;
    a run that somebody else has moved on is not asked about its rows but told where it is."""
    undecided = run.state in (RunState.PREVIEW, RunState.SUBMITTED)
    return undecided and importer.needs_acceptance(run) and not run.accept_good_rows


def run_page(request: SignedInRequest, run: ImportRun, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The run's page in the state it is in. `forms` are those that were sent and could not be taken, by name."""
    context: dict[str, Any] = {
        "run": run,
        "is_moving": _is_moving(run),
        "groups": reads.problem_groups(run),
        "error_job": reads.error_job(run, request.user),
    }
    if run.state in (RunState.ASKING, RunState.PREVIEW, RunState.SUBMITTED):
        context["copies"] = list(waiting_copies(run)[:5])
    if run.state == RunState.ASKING or (run.state == RunState.PREVIEW and has(request.user, "imports.upload")):
        context["answers"] = forms.get("answers") or AnswersForm(run=run)
        context["unlock"] = UnlockForm()
    if run.state in reads.COMPARED_STATES:
        context.update(_figures(run))
    if run.state in (RunState.PREVIEW, RunState.SUBMITTED):
        context.update(_decision(request, run, forms))
    return render(request, "cases/imports/run.html", context, status=status)


def _decision(request: SignedInRequest, run: ImportRun, forms: dict[str, Any]) -> dict[str, Any]:
    """What has to be decided and by whom: the rails as they are now, and the forms that this person may send."""
    user, good_rows = request.user, must_accept_good_rows(run)
    findings = findings_of(run)
    context: dict[str, Any] = {
        "findings": reads.findings_shown(finding.to_json() for finding in findings),
        "good_rows": good_rows,
    }
    if run.state == RunState.PREVIEW and has(user, "imports.upload"):
        said = {"expected_rows": run.expected_rows, "expected_total": run.expected_total}
        context["expect_form"] = forms.get("expect_form") or ControlTotalsForm(
            initial=said, has_money=bool(kind_of(run).money)
        )
    if run.state == RunState.PREVIEW and not findings:
        context["apply_form"] = forms.get("apply_form") or ApplyForm(must_accept_good_rows=good_rows)
    elif run.state == RunState.PREVIEW and has(user, "imports.upload"):
        context["submit_form"] = forms.get("submit_form") or SubmitForm(must_accept_good_rows=good_rows)
    waits = run.state == RunState.SUBMITTED or (findings and run.uploaded_by_id is None)
    if waits and has(user, approval.APPROVE):
        refusal = approval.may_approve(run, user)
        if refusal is None:
            context["approve_form"] = forms.get("approve_form") or ApproveForm(must_accept_good_rows=good_rows)
        else:
            context["why_not_approve"] = refusal.message
    if run.state == RunState.SUBMITTED and has(user, approval.APPROVE):
        context["return_form"] = forms.get("return_form") or ReturnForm()
    return context


def _figures(run: ImportRun) -> dict[str, Any]:
    """What a comparison with the book found; kept with the run, so that it reads the same after years."""
    common = {
        "headline_template": "cases/imports/_headline.html",
        "detail_template": "cases/imports/_stages.html",
        "headline": reads.headline(run),
        "tiles": difference_tiles(run),
        "controls": reads.control_lines(run),
        "expected": reads.expected_lines(run),
        "columns": reads.columns_shown(run),
    }
    if pages := pages_of(run):
        return {
            **common,
            "headline_template": pages.headline,
            "detail_template": pages.detail,
            "applied_template": pages.applied,
            **pages.figures(run),
        }
    lines = reads.stage_lines(run)
    return {
        **common,
        "lines": lines,
        "total": reads.stage_sum(lines),
        "chart": reads.stage_chart(lines),
    }
