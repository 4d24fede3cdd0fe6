"""Who is asking: `Authorization: Bearer co_…`."""

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from collection_ops.core import clock
from collection_ops.core.api.errors import ApiError
from collection_ops.core.middleware import client_address
from collection_ops.core.models import ApiToken
from collection_ops.core.request_context import enter_integration
from collection_ops.core.services.api_tokens import TokenInvalid, find_token


class TokenAuthentication(BaseAuthentication):
    """A token, and nothing else: no session and no cookie opens the API, so no other site can send for somebody."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiToken]:
        kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not secret:
            raise NotAuthenticated(_("缺少令牌：请在 Authorization 头中以 Bearer 发送"), code="token_missing")
        try:
            token = find_token(secret=secret.strip(), address=client_address(request), now=clock.now())
        except TokenInvalid as invalid:
            if invalid.code == "address":
                raise ApiError(403, "address_not_allowed", _("这个令牌不能从该地址使用")) from invalid
            sentences = {"revoked": _("令牌已吊销"), "expired": _("令牌已过期")}
            raise AuthenticationFailed(
                sentences.get(invalid.code, _("令牌无效")), code=f"token_{invalid.code}"
            ) from invalid
        enter_integration(str(token))
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
