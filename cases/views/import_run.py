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
from cases.forms_imports import AnswersForm, ApplyForm
from cases.imports import run as importer
from cases.imports.problems import render as render_sentence
from cases.imports.refusals import RunRefused
from cases.models import ImportRun, RunState
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

UNDO_JOB = "cases.import_undo"


def run_or_404(run_id: int) -> ImportRun:
    """Imports have one scope: who may see any may see all."""
    return get_object_or_404(
        ImportRun.objects.select_related("source", "layout", "job", "uploaded_by", "applied_by", "undone_by"), pk=run_id
    )


@requires("imports.view")
@require_GET
def page(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    return _page(request, run)


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
        return _page(request, run, answers=form, status=422)
    answers = form.answers()
    if not answers:
        messages.info(request, _("没有改动。"))
        return redirect("cases:import_run", run.pk)
    with _saying_why_not(request):
        importer.answer(run=run, answers=answers, actor=request.user, now=clock.now())
    return redirect("cases:import_run", run.pk)


@requires("imports.apply")
@require_POST
@once
def apply(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    form = _apply_form(run, request.POST)
    if run.state == RunState.PREVIEW and not form.is_valid():
        return _page(request, run, apply_form=form, status=422)
    with _saying_why_not(request):
        accept = bool(form.is_valid() and form.cleaned_data["accept_good_rows"])
        importer.request_apply(run=run, accept_good_rows=accept, actor=request.user, now=clock.now())
    return redirect("cases:import_run", run.pk)


@requires("imports.upload")
@require_POST
@once
def discard(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    with _saying_why_not(request):
        importer.discard(run=run, actor=request.user, now=clock.now())
        messages.success(request, _("已放弃这次导入，账簿没有变化。"))
    return redirect("cases:import_run", run.pk)


@requires("imports.undo")
@require_POST
@once
def undo(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    with _saying_why_not(request):
        importer.request_undo(run=run, actor=request.user, now=clock.now())
    return redirect("cases:import_run", run.pk)


@contextmanager
def _saying_why_not(request: SignedInRequest) -> Iterator[None]:
    """A step that must not be taken is told on the page it came from; nothing of it is kept."""
    try:
        with transaction.atomic():
            yield
    except RunRefused as refusal:
        messages.error(request, refusal.message)


def _is_moving(run: ImportRun) -> bool:
    """Whether something will happen by itself: a job of the run's that has not ended yet."""
    if run.state == RunState.APPLIED:
        return run.job is not None and run.job.kind == UNDO_JOB and run.job.is_open
    return run.state in reads.BUSY_STATES and (run.job is None or run.job.is_open)


def _apply_form(run: ImportRun, data: Any = None) -> ApplyForm:
    return ApplyForm(
        data,
        must_accept_good_rows=importer.needs_acceptance(run),
        must_confirm_absent=_absent_over_limit(run),
    )


def _absent_over_limit(run: ImportRun) -> bool:
    return importer.absent_percent(run) > run.source.max_absent_percent


def _page(
    request: SignedInRequest,
    run: ImportRun,
    *,
    answers: AnswersForm | None = None,
    apply_form: ApplyForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "run": run,
        "is_moving": _is_moving(run),
        "groups": reads.problem_groups(run),
        "error_job": reads.error_job(run, request.user),
    }
    if run.state == RunState.ASKING or (run.state == RunState.PREVIEW and has(request.user, "imports.upload")):
        context["answers"] = answers or AnswersForm(run=run)
    if run.stages_after:
        context.update(_figures(run))
    if run.state == RunState.PREVIEW:
        context.update(
            apply_form=apply_form or _apply_form(run),
            absent_percent=importer.absent_percent(run),
            absent_over_limit=_absent_over_limit(run),
        )
    if run.state == RunState.APPLIED and has(request.user, "imports.undo"):
        context["undo_blockers"] = [
            render_sentence(blocker.code, {"count": blocker.count}) for blocker in importer.blockers(run=run)
        ]
    return render(request, "cases/imports/run.html", context, status=status)


def _figures(run: ImportRun) -> dict[str, Any]:
    """What a comparison with the book found; kept with the run, so that it reads the same after years."""
    lines = reads.stage_lines(run)
    return {
        "headline": reads.headline(run),
        "lines": lines,
        "total": reads.stage_sum(lines),
        "chart": reads.stage_chart(lines),
        "tiles": reads.difference_tiles(run),
        "controls": reads.control_lines(run),
        "columns": reads.columns_shown(run),
    }
