"""Whoever reaches a daily number of personal values is made known to those who watch over them (compliance, audit)."""

from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.models import Notification, User
from collection_ops.core.services.notifications import notify


def tell_of_quota(*, kind: str, actor: User, count: int, now: datetime) -> int:
    """Once a day, person and kind (of cases/notification_texts.py); returns how many were told. Called where the refusal
    is recorded, in its transaction. A day on which one refusal meets another is told twice at the worst."""
    day = f"{clock.business_date(now):%Y-%m-%d}"
    if Notification.objects.filter(kind=kind, params__actor=actor.pk, params__day=day).exists():
        return 0
    return notify(
        users=users_with("audit.view").exclude(pk=actor.pk),
        kind=kind,
        params={"actor": actor.pk, "who": str(actor), "day": day, "count": count},
        url=f"{reverse('core:audit')}?{urlencode({'person': actor.username})}",
        level="warning",
    )
