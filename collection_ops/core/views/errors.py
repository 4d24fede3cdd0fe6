"""Error pages that say what to do."""

import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """With the request's id, so that the log line can be found. Reads nothing from the database; when that is what is
    away, the answer is 503 and says so: trying again in a moment helps, reporting a fault does not."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        response = render(request, "500.html", {"database_away": True}, status=503)
        response["Retry-After"] = "10"
        return response
    return render(request, "500.html", status=500)
