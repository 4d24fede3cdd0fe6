"""The view that every route of the API is."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from collection_ops.core.access import token_scopes
from collection_ops.core.api.authentication import TokenAuthentication
from collection_ops.core.api.errors import ApiError, exception_handler
from collection_ops.core.api.parsers import StrictJSONParser
from collection_ops.core.api.permissions import HasScope
from collection_ops.core.models import ApiToken
from collection_ops.core.services.api_tokens import count_use


class ApiView(APIView):
    """`scopes`: what each method asks of the token, as access_matrix.json says ("token_routes")."""

    capability = "@token"
    scopes: ClassVar[dict[str, str]] = {}
    authentication_classes = [TokenAuthentication]
    permission_classes = [HasScope]
    renderer_classes = [JSONRenderer]
    parser_classes = [StrictJSONParser]
    metadata_class = None
    http_method_names = ["get", "head", "post"]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        unknown = set(cls.scopes.values()) - set(token_scopes())
        if unknown:
            raise LookupError(f"{cls.__name__}: {sorted(unknown)} have no line in access_matrix.json")

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view: Any = super().as_view(**initkwargs)
        view.capability, view.scopes = cls.capability, cls.scopes
        view.should_append_slash = (
            False  # a redirect would turn a POST into a GET: an address without its slash is none
        )
        return view

    @property
    def token(self) -> ApiToken:
        found: Any = self.request.auth  # what TokenAuthentication gave
        assert isinstance(found, ApiToken)
        return found

    def perform_authentication(self, request: Request) -> None:
        """Every request with a token counts, also one that is refused for its scope."""
        super().perform_authentication(request)
        use = count_use(token=self.token)
        if use.requests > self.token.requests_per_minute:
            raise ApiError(
                429, "rate_limited", _("请求过于频繁，请在 %(seconds)s 秒后重试") % {"seconds": use.seconds_left},
                retry_after=use.seconds_left,
            )  # fmt: skip

    def get_exception_handler(self) -> Any:
        return exception_handler

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response


def checked(serializer: type[Any], data: Any) -> dict[str, Any]:
    """What was sent, as the serializer understands it. Raises ValidationError, which becomes a 400 with the fields."""
    found = serializer(data=data)
    found.is_valid(raise_exception=True)
    return dict(found.validated_data)


def parameters(serializer: type[Any], request: Request) -> dict[str, Any]:
    return checked(serializer, request.query_params.dict())


__all__ = ["ApiView", "Request", "Response", "checked", "parameters"]
