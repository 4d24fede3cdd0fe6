"""What the shell of every page needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Site name and, for signed-in people, what the frame shows. Lazy parts cost no query until a template asks."""
    return {"SITE_NAME": settings.SITE_NAME}
