"""Before an undo: what it would take back, and what cannot be taken back because of which later fact."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases import selectors_undo as reads
from cases.imports.kinds import kind_of
from cases.models import RunState
from cases.names import shown_names
from cases.views.import_run import run_or_404
from cases.views.paging import asked, neighbours
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest


@requires("imports.undo")
@require_GET
def check(request: SignedInRequest, run_id: int) -> HttpResponse:
    """The undo part of a run's page, looked up apart: it compares the whole run with all that came later."""
    run = run_or_404(run_id)
    context: dict[str, Any] = {"run": run}
    if run.state == RunState.APPLIED:
        found = kind_of(run).survey(run=run)
        context |= {"survey": found, "kinds": reads.kinds_taken_back(found), "reasons": reads.reasons(found.blockers)}
    return render(request, "cases/imports/_undo.html", context)


@requires("imports.undo")
@require_GET
def blocked(request: SignedInRequest, run_id: int) -> HttpResponse:
    """Every case that an undo of the run leaves, with its reasons."""
    run = run_or_404(run_id)
    context: dict[str, Any] = {"run": run, "code": asked(request, "code")}
    if run.state == RunState.APPLIED:
        page, rows, reasons = reads.blocked_page(
            run=run, code=context["code"], after=asked(request, "after"), before=asked(request, "before")
        )
        context |= {
            "rows": rows,
            "reasons": reasons,
            "names": shown_names(request.user, page.rows),
            **neighbours(request, page),
        }
    return render(request, "cases/imports/undo_blocked.html", context)
