"""What a token may do: its scopes, against what the route asks for."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from collection_ops.core.api.errors import ApiError
from collection_ops.core.models import ApiToken


class HasScope(BasePermission):
    """Asks for the scope of the method. A method without one is answered 405 by the view itself."""

    def has_permission(self, request: Request, view: Any) -> bool:
        token: ApiToken = view.token
        needed = view.scopes.get("GET" if request.method == "HEAD" else request.method)
        if needed is not None and needed not in token.scopes:
            raise ApiError(403, "scope_missing", _("令牌没有所需的权限范围：%(scope)s") % {"scope": needed})
        return True
