"""One shape for everything that goes wrong: {"errors": [{"code": …, "message": …, "field": …}, …]}.

`code` is for machines and stable, `message` for people (Chinese, or English by Accept-Language), `field` the place in the
request ("" where there is none; "rows.3.started_at" for one in a list). No message repeats what was sent.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

PREFIX = "/api/"
MOST_ERRORS = 100


class ApiError(Exception):
    """An answer other than success, from wherever in the view it is found."""

    def __init__(self, status: int, code: str, message: str, field: str = "", *, retry_after: int = 0) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.field, self.retry_after = status, code, message, field, retry_after


def not_found(field: str = "") -> ApiError:
    """What does not exist and what is somebody else's, told alike."""
    return ApiError(404, "not_found", _("没有找到"), field)


def refused(error: Exception, *, code: str = "refused") -> ApiError:
    """A service says no, in its own words."""
    return ApiError(409, getattr(error, "code", "") or code, str(error), getattr(error, "field", ""))


def one(code: str, message: str, field: str = "") -> dict[str, str]:
    return {"code": code, "message": message, "field": field}


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(PREFIX)


def answer(status: int, code: str, message: str, *, retry_after: int = 0) -> JsonResponse:
    """The shape for whoever answers before or instead of a view: middleware, the site's error handlers."""
    response = JsonResponse({"errors": [one(code, message)]}, status=status, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook. None leaves the fault to the site (views/errors.py), which logs it and answers in the same shape."""
    if isinstance(error, Http404):
        error = not_found()
    elif isinstance(error, PermissionDenied):
        error = ApiError(403, "forbidden", _("没有权限"))
    headers: dict[str, str] = {}
    if isinstance(error, ApiError):
        if error.retry_after:
            headers["Retry-After"] = str(error.retry_after)
        return Response({"errors": [one(error.code, error.message, error.field)]}, status=error.status, headers=headers)
    if not isinstance(error, exceptions.APIException):
        return None
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        headers["WWW-Authenticate"] = getattr(error, "auth_header", "Bearer")
    told = flattened(error.detail) if isinstance(error, exceptions.ValidationError) else [_plain(error)]
    return Response({"errors": told[:MOST_ERRORS]}, status=error.status_code, headers=headers)


def _plain(error: exceptions.APIException) -> dict[str, str]:
    """DRF's own refusals, in our words: theirs repeat the method, the type, or a piece of the body."""
    code = str(error.get_codes())
    words = {
        "parse_error": _("请求内容不是有效的 JSON"),
        "method_not_allowed": _("这个地址不支持该方法"),
        "not_acceptable": _("只提供 application/json"),
        "unsupported_media_type": _("请以 Content-Type: application/json 发送"),
    }
    return one(code, words.get(code, str(error.detail)))


def flattened(detail: Any, field: str = "") -> list[dict[str, str]]:
    """The nested errors of a serializer as one list, each with the path to its place."""
    if isinstance(detail, exceptions.ErrorDetail):
        return [one(detail.code or "invalid", str(detail), field)]
    found: list[dict[str, str]] = []
    if isinstance(detail, dict):
        for name, inner in detail.items():
            place = field if name == "non_field_errors" else f"{field}.{printable(name)}" if field else printable(name)
            found += flattened(inner, place)
    elif isinstance(detail, list):
        for inner in detail:
            found += flattened(inner, field)
    return found


def printable(name: object) -> str:
    """A field's name as somebody sent it, fit to be sent back."""
    return str(name)[:64].encode("utf-8", "replace").decode()
