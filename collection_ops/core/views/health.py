"""Liveness and readiness, for supervisors of processes; no account needed, nothing personal said."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from collection_ops.core.access import public
from collection_ops.core.crypto import KeyRingUnusable, load_key_ring


@public
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers. Does not depend on the database or Redis."""
    return JsonResponse({"status": "ok"})


@public
def readyz(request: HttpRequest) -> JsonResponse:
    """The process can serve: database reachable, migrations applied, keys readable. 503 names what is missing."""
    missing = []
    try:
        connection.ensure_connection()
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
