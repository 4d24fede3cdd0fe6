"""A POST has one effect, however often it is sent: `Idempotency-Key`, the twin of a form's token.

The key is written in the same transaction as the effect, together with the answer. The same request again gets the answer
of the first; the same key with another body, or at another address, is refused, because one of the two would be lost. One
that comes while the first is still under way waits for it. A refusal had no effect and is not kept: the corrected request
may use the same key.
"""

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg2.errors import LockNotAvailable
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from collection_ops.core.api.errors import ApiError
from collection_ops.core.models import IdempotencyKey

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
PATTERN = r"^[A-Za-z0-9_-]{16,64}$"
WAITS_SECONDS = 10

Handler = Callable[..., Response]


def once_per_key(handler: Handler) -> Handler:
    """Decorator of `post`: key first, then the effect and its answer in one transaction."""

    @wraps(handler)
    def guarded(view: Any, request: Request, **arguments: Any) -> Response:
        key = request.headers.get(HEADER, "")
        if not re.fullmatch(PATTERN, key):
            raise ApiError(
                400,
                "idempotency_key_missing" if not key else "idempotency_key_invalid",
                _("每个 POST 都须带 Idempotency-Key 头：16 至 64 个字母、数字、连字符或下划线"),
                HEADER,
            )
        digest = _digest(request)
        with transaction.atomic():
            row, fresh = _claimed(request.auth, key, digest)
            if fresh:
                response = handler(view, request, **arguments)
                row.status, row.answer = response.status_code, JSONRenderer().render(response.data).decode()
                row.save(update_fields=["status", "answer"])
                return response
        if row.digest != digest:
            raise ApiError(409, "idempotency_key_reused", _("这个 Idempotency-Key 已用于内容不同的请求"), HEADER)
        return Response(json.loads(row.answer), status=row.status, headers={REPLAYED: "true"})

    guarded.is_once_per_key = True  # type: ignore[attr-defined]
    return guarded


def _claimed(token: Any, key: str, digest: str) -> tuple[IdempotencyKey, bool]:
    """The key's row, and whether it is ours to fill in. Behind a request that is still under way this waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{WAITS_SECONDS}s"])
    try:
        row, fresh = IdempotencyKey.objects.get_or_create(token=token, key=key, defaults={"digest": digest})
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise ApiError(
                409, "request_in_progress", _("同一请求仍在处理，请稍后用同一个 Idempotency-Key 重试"), HEADER,
                retry_after=WAITS_SECONDS,
            ) from error  # fmt: skip
        raise
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    return row, fresh


def _digest(request: Request) -> str:
    body = hashlib.sha256()
    body.update(f"{request.method} {request.path}\n".encode())
    body.update(request._request.body)
    return body.hexdigest()
