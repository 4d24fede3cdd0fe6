"""Forms that can be sent once: double click, back-and-resubmit and a browser's own retry have no second effect.

The token is made when the form is rendered and spent in the same transaction as the effect. The second submit is
sent to where the first one led.
"""

import hashlib
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import FormToken

FIELD = "form_token"
# Never part of a digest: that of a short password gives the password away.
SECRET_FIELDS = ("password",)


def new_token() -> str:
    """43 characters from the system's random source."""
    return secrets.token_urlsafe(32)


def _digest(request: HttpRequest) -> str:
    body = hashlib.sha256()
    for name in sorted(request.POST):
        if name not in ("csrfmiddlewaretoken", FIELD, *SECRET_FIELDS):
            body.update(repr((name, request.POST.getlist(name))).encode())
    for name in sorted(request.FILES):
        upload = request.FILES[name]
        body.update(repr((name, getattr(upload, "name", ""), getattr(upload, "size", 0))).encode())
    return body.hexdigest()


def once(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """View decorator: a POST runs in one transaction with its token. A missing token answers 400, a spent one goes
    where the first submit went; the same token with other content is refused (409), because one of the two would be lost.
    """

    @wraps(view)
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        token = request.POST.get(FIELD, "")
        if not 20 <= len(token) <= 43:
            return HttpResponse(
                _("页面已过期，请返回刷新后重试。"), status=400, content_type="text/plain; charset=utf-8"
            )
        digest = _digest(request)
        with transaction.atomic():
            row, fresh = FormToken.objects.get_or_create(
                token=token,
                defaults={"user": request.user, "path": request.path[:200], "body_digest": digest},
            )
            if fresh:
                response = view(request, *args, **kwargs)
                if response.status_code in (301, 302, 303):
                    row.location = response["Location"][:300]
                    row.save(update_fields=["location"])
                elif "HX-Redirect" in response:
                    row.location = response["HX-Redirect"][:300]
                    row.save(update_fields=["location"])
                else:
                    # The form came back with errors: nothing happened, so the same token may be used again.
                    transaction.set_rollback(True)
                return response
        if row.user_id != request.user.pk or row.body_digest != digest or row.path != request.path[:200]:
            return HttpResponse(
                _("这个页面已经提交过一次，内容与上次不同，本次未保存。请刷新后重试。"),
                status=409,
                content_type="text/plain; charset=utf-8",
            )
        messages.info(request, _("已经提交过，没有重复执行。"))
        location = row.location or request.path
        if request.headers.get("HX-Request") == "true":
            response = HttpResponse(status=204)
            response["HX-Redirect"] = location
            return response
        return redirect(location)

    return guarded
