"""Files around a run: the template, the file as it came, the workbook of its errors. All private, all logged."""

import io
from pathlib import PurePath

from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.imports.storing import stored_path
from cases.models import RunKind
from cases.selectors_imports import error_job
from cases.services.error_workbook import error_workbook_path
from cases.services.import_template import TEMPLATES, write_template
from cases.views.import_run import run_or_404
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import Job, JobState
from collection_ops.core.services import audit, jobs
from collection_ops.core.services.form_tokens import once

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@requires("imports.view")
@require_GET
def template(request: SignedInRequest) -> HttpResponse:
    """An empty workbook of the kind asked for, the overdue list when none is named."""
    chosen = TEMPLATES.get(request.GET.get("kind") or RunKind.OVERDUE)
    if chosen is None:
        raise Http404("kind")
    stream = io.BytesIO()
    write_template(stream, chosen)
    stream.seek(0)
    return FileResponse(stream, as_attachment=True, filename=chosen.file_name, content_type=XLSX)  # type: ignore[return-value]


@requires("imports.file")
@require_POST
def original(request: SignedInRequest, run_id: int) -> HttpResponse:
    """The file as it was sent: everything in it is in the clear, so that taking it is a post and an audit event."""
    run = run_or_404(run_id)
    path = stored_path(run)
    if not path.is_file():
        raise Http404(run.file_name)
    with transaction.atomic():
        audit.record(action="import.file_taken", actor=request.user, obj=run)
    return FileResponse(path.open("rb"), as_attachment=True, filename=run.file_name)  # type: ignore[return-value]


@requires("imports.file")
@require_http_methods(["GET", "POST"])
@once
def make_errors(request: SignedInRequest, run_id: int) -> HttpResponse:
    """Post: ask for the workbook of wrong rows. Get: the fragment that waits for it."""
    run = run_or_404(run_id)
    if request.method == "GET":
        job = error_job(run, request.user)
        return render(request, "cases/imports/_errors_file.html", {"run": run, "error_job": job})
    jobs.enqueue(
        kind="cases.error_workbook",
        params={"run": run.pk},
        actor=request.user,
        title=_("错误行：%(file)s") % {"file": run.file_name},
        queue="imports",
    )
    return redirect("cases:import_run", run.pk)


@requires("imports.file")
@require_POST
def errors(request: SignedInRequest, run_id: int, job_id: int) -> HttpResponse:
    """The finished workbook, to the person who asked for it."""
    run = run_or_404(run_id)
    job = Job.objects.filter(
        pk=job_id, kind="cases.error_workbook", created_by=request.user, params__run=run.pk, state=JobState.DONE
    ).first()
    path = error_workbook_path(job) if job else None
    if path is None or not path.is_file():
        raise Http404(job_id)
    with transaction.atomic():
        audit.record(action="import.errors_taken", actor=request.user, obj=run)
    shown = f"{PurePath(run.file_name).stem}_错误行.xlsx"
    return FileResponse(path.open("rb"), as_attachment=True, filename=shown, content_type=XLSX)  # type: ignore[return-value]
