"""Lock-out after too many wrong passwords (read by django-axes; imports no model)."""

from datetime import timedelta
from typing import Any


def cool_off(request: Any = None) -> timedelta:
    """Short, because a locked account stops honest work; five guesses every 15 minutes are hopeless anyway."""
    return timedelta(minutes=15)


def name_digest(username: str) -> str:
    """Under which name attempts are counted: a keyed digest of the typed name without regard to case.

    People type passwords and ID numbers into the name field; a digest counts as well and tells nothing.
    """
    from collection_ops.core.crypto import blind_index

    return blind_index("login", username.strip().casefold())


def counted_name(request: Any, credentials: dict[str, Any] | None = None) -> str | None:
    """The name of an attempt for django-axes: from the credentials, else from the form."""
    typed = (credentials or {}).get("username") or (request.POST.get("username") if request is not None else None)
    return name_digest(str(typed)) if typed else None
