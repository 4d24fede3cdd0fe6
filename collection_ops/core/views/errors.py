"""Error pages that say what to do."""

import contextlib
import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from collection_ops.core.disk import is_disk_full


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """With the request's id, so that the log line can be found. Reads nothing from the database; when that is what is
    away, or a disk is full, the answer is 503 and says so: trying again later helps, reporting a fault does not."""
    error = sys.exc_info()[1]
    away, full = isinstance(error, OperationalError | InterfaceError), is_disk_full(error)
    if not (away or full):
        return render(request, "500.html", status=500)
    if full:
        _drop_half_uploads(request)
    response = render(request, "500.html", {"database_away": away, "disk_full": full}, status=503)
    response["Retry-After"] = "10" if away else "60"
    return response


def _drop_half_uploads(request: HttpRequest) -> None:
    """A file that found no room on its way in would lie in the temporary folder while anything holds the request."""
    for handler in request.upload_handlers:
        if (file := getattr(handler, "file", None)) is not None:
            with contextlib.suppress(OSError):
                file.close()
