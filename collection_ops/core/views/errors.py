"""Error pages that say what to do; for the API the same in its own shape (core/api/errors.py)."""

import contextlib
import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults

from collection_ops.core.api.errors import answer, is_api
from collection_ops.core.disk import is_disk_full


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return answer(400, "bad_request", _("请求无法读取"))
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return answer(404, "not_found", _("没有找到"))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """With the request's id, so that the log line can be found. Reads nothing from the database; when that is what is
    away, or a disk is full, the answer is 503 and says so: trying again later helps, reporting a fault does not."""
    error = sys.exc_info()[1]
    away, full = isinstance(error, OperationalError | InterfaceError), is_disk_full(error)
    if is_api(request):
        if away or full:
            return answer(503, "unavailable", _("服务暂时不可用，请稍后重试"), retry_after=10 if away else 60)
        return answer(500, "server_error", _("服务器出错；请把 X-Request-ID 告诉管理员"))
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
