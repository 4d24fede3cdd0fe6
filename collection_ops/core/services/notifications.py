"""Telling people."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from collection_ops.core.models import Notification, User


def notify(
    *, users: Iterable[User], kind: str, params: dict[str, Any] | None = None, url: str = "", level: str = "info"
) -> int:
    """One message to each person; returns how many. `kind` has its sentence in core/notification_texts.py."""
    rows = [Notification(user=user, kind=kind, params=params or {}, url=url, level=level) for user in users]
    Notification.objects.bulk_create(rows)
    return len(rows)


def mark_read(*, user: User, now: datetime, only: Notification | None = None) -> int:
    """Mark one's own messages as read, or one of them; returns how many were unread."""
    unread = Notification.objects.filter(user=user, read_at__isnull=True)
    if only is not None:
        unread = unread.filter(pk=only.pk)
    return unread.update(read_at=now)
