"""Telling people."""

from collections.abc import Iterable
from typing import Any

from collection_ops.core.models import Notification, User


def notify(
    *, users: Iterable[User], kind: str, params: dict[str, Any] | None = None, url: str = "", level: str = "info"
) -> int:
    """One message to each person; returns how many. `kind` has its sentence in core/notification_texts.py."""
    rows = [Notification(user=user, kind=kind, params=params or {}, url=url, level=level) for user in users]
    Notification.objects.bulk_create(rows)
    return len(rows)
