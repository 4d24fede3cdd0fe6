"""The description of the API, for people with an account: as a document, and as a page."""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from collection_ops.core.access import requires


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """OpenAPI 3.1, made once for a process: nothing in it depends on who asks."""
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


@requires("api.docs")
@require_GET
def schema(request: HttpRequest) -> HttpResponse:
    return HttpResponse(OpenApiJsonRenderer().render(document()), content_type="application/vnd.oai.openapi+json")


@requires("api.docs")
@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI from our own server. Its script and styles come from files: nothing inline, nothing evaluated."""
    return render(request, "api/docs.html")
