"""System checks: what would only be noticed on the first request is said at the start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from collection_ops.core.crypto import KeyRingUnusable, load_key_ring


@register(Tags.security, deploy=True)
def field_keys_are_readable(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Personal fields cannot be read or written without the key file."""
    try:
        load_key_ring()
    except KeyRingUnusable as error:
        return [Error(str(error), hint="See FIELD_KEYS_FILE in README.", id="core.E001")]
    return []


@register(Tags.security, deploy=True)
def field_keys_are_private(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A key file that others may read is no key file."""
    path = settings.FIELD_KEYS_FILE
    if path.is_file() and path.stat().st_mode & 0o077:
        return [Warning(f"{path} can be read by other users", hint=f"chmod 600 {path}", id="core.W001")]
    return []
