"""Liveness and readiness for supervisors of processes (no account, nothing personal), and the page for people."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collection_ops.core import clock
from collection_ops.core.access import public, requires
from collection_ops.core.crypto import KeyRingUnusable, load_key_ring
from collection_ops.core.http import SignedInRequest
from collection_ops.core.invariants import title_of
from collection_ops.core.selectors import health
from collection_ops.core.services.audit_seal import copy_file, read_copy
from collection_ops.core.services.form_tokens import once
from collection_ops.core.services.jobs import enqueue


@public
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers. Does not depend on the database or Redis."""
    return JsonResponse({"status": "ok"})


@public
def readyz(request: HttpRequest) -> JsonResponse:
    """The process can serve: database reachable, migrations applied, keys readable. 503 names what is missing. A clock
    that is wrong is an alarm in the log only: sending everybody away would be worse."""
    missing = []
    try:
        clock.skew_seconds()
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            missing.append("migrations")
    except DatabaseError:
        missing.append("database")
    try:
        load_key_ring()
    except KeyRingUnusable:
        missing.append("keys")
    return JsonResponse(
        {"status": "ok" if not missing else "unready", "missing": missing}, status=503 if missing else 200
    )


@requires("health.view")
@require_GET
def health_page(request: HttpRequest) -> HttpResponse:
    """Worker, backlog, seals, and the invariants as the last check found them."""
    state = health(now=clock.now())
    checked = state.last_check.result.get("results", []) if state.last_check else []
    copied = read_copy(copy_file())
    context = {
        "state": state,
        "results": [{**line, "title": title_of(line["code"])} for line in checked],
        "copied": max((number for number, _digest in copied), default=0),
        "copy_file": copy_file(),
    }
    return render(request, "core/health.html", context)


@requires("health.view")
@require_POST
@once
def check_now(request: SignedInRequest) -> HttpResponse:
    job = enqueue(kind="core.check_invariants", params={}, actor=request.user, title=_("一致性检查"))
    return redirect("core:job", job_id=job.pk)
