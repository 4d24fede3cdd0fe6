"""What the description of the API (OpenAPI 3.1) says of every route alike: errors, keys of idempotency, tokens."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from collection_ops.core.api.idempotency import HEADER, PATTERN


class Error(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Stable, for programs.")
    message = serializers.CharField(help_text="For people; Chinese, or English by Accept-Language.")
    field = serializers.CharField(
        allow_blank=True, help_text="Where in the request; empty where there is no one place. `rows.3.case` in a list."
    )


class Errors(serializers.Serializer[Any]):
    """The body of every answer that is not a success."""

    errors = Error(many=True)  # type: ignore[assignment]


ALWAYS = {
    "400": "A parameter, a header or the body is not as described.",
    "401": "No token, or one that does not hold (any more).",
    "403": "The token may not do this, or not from this address.",
    "404": "It does not exist, or is somebody else's: the two are told alike.",
    "406": "Only application/json is offered.",
    "429": "More requests than the token has in a minute; see Retry-After.",
    "503": "The database is away for a moment; see Retry-After.",
}
OF_A_POST = {
    "409": "The key was used for another request or is in use, or the act is refused as things stand (`code` says which).",
    "413": "The body is larger than 5 MB.",
    "415": "The body is not application/json.",
}


class ApiSchema(AutoSchema):
    def get_override_parameters(self) -> list[Any]:
        if self.method != "POST":
            return []
        return [
            OpenApiParameter(
                HEADER,
                {"type": "string", "pattern": PATTERN},
                OpenApiParameter.HEADER,
                required=True,
                description="One for every act, the same for every repetition of it; kept for 7 days. The same key with the "
                "same body gives the first answer again (`Idempotency-Replayed: true`), with another body 409.",
            )
        ]

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        found = super()._get_response_bodies(direction)
        for status, description in {**ALWAYS, **(OF_A_POST if self.method == "POST" else {})}.items():
            if status not in found:
                found[status] = self._get_response_for_code(
                    OpenApiResponse(Errors, description=description), status, direction=direction
                )
        return dict(sorted(found.items()))

    def get_auth(self) -> list[dict[str, Any]]:
        """The scope stands with the route."""
        super().get_auth()  # makes the scheme known to the document
        needed = getattr(self.view, "scopes", {}).get(self.method, "")
        return [{"token": [needed] if needed else []}]

    def get_description(self) -> str:  # type: ignore[override]
        needed = getattr(self.view, "scopes", {}).get(self.method, "")
        return f"{super().get_description()}\n\nScope of the token: `{needed}`.".strip()


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "collection_ops.core.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "Issued by the administrator, shown once."}


def nothing_besides(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Postprocessing: a body takes no name that is not described (`StrictSerializer`)."""
    for name, component in result["components"]["schemas"].items():
        if name.endswith("Request") and component.get("type") == "object":
            component["additionalProperties"] = False
    _without_marks(result)
    return result


def _without_marks(part: Any) -> None:
    """Drop the generator's own marks of enumerations."""
    if isinstance(part, dict):
        part.pop("x-spec-enum-id", None)
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _without_marks(inner)
