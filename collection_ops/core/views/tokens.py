"""Tokens of other programs: issued, with the secret shown once, and revoked. For the administrator."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collection_ops.core import clock
from collection_ops.core.access import requires, token_scopes
from collection_ops.core.forms import ReasonForm
from collection_ops.core.forms_tokens import TokenForm
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import ApiToken
from collection_ops.core.paging import key_page
from collection_ops.core.services import api_tokens
from collection_ops.core.services.form_tokens import once


@requires("tokens.manage")
@require_GET
def tokens(request: SignedInRequest) -> HttpResponse:
    page = key_page(request, ApiToken.objects.select_related("created_by", "use"))
    return render(request, "core/tokens.html", {"page": page, "now": clock.now()})


@requires("tokens.manage")
@require_http_methods(["GET", "POST"])
@once
def token_create(request: SignedInRequest) -> HttpResponse:
    """A new token; its secret waits in the administrator's session for the next page and is shown once."""
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            token, secret = api_tokens.issue_token(
                integration=given["integration"],
                scopes=given["scopes"],
                org=given["org"],
                addresses=given["addresses"].split(),
                requests_per_minute=given["requests_per_minute"],
                lifetime=timedelta(days=given["days"]),
                actor=request.user,
                now=clock.now(),
            )
        except api_tokens.TokenRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            request.session[f"new_token_{token.pk}"] = secret
            return redirect("core:token", token_id=token.pk)
    status = 400 if request.method == "POST" else 200
    return render(request, "core/token_create.html", {"form": form}, status=status)


@requires("tokens.manage")
@require_GET
def token(request: SignedInRequest, token_id: int) -> HttpResponse:
    found = get_object_or_404(ApiToken.objects.select_related("created_by", "revoked_by", "use"), pk=token_id)
    labels = token_scopes()
    context = {
        "token": found,
        "now": clock.now(),
        "scopes": [(name, _(labels[name]) if name in labels else "") for name in found.scopes],
        "secret": request.session.pop(f"new_token_{found.pk}", ""),
        "reason_form": ReasonForm(),
    }
    return render(request, "core/token.html", context)


@requires("tokens.manage")
@require_POST
@once
def token_revoke(request: SignedInRequest, token_id: int) -> HttpResponse:
    found = get_object_or_404(ApiToken, pk=token_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请写明理由，它会留在审计记录里。"))
        return redirect("core:token", token_id=found.pk)
    api_tokens.revoke_token(token=found, actor=request.user, now=clock.now(), reason=form.cleaned_data["reason"])
    messages.success(request, _("令牌已吊销，从对方的下一次请求起无效。"))
    return redirect("core:token", token_id=found.pk)
