"""Who is told of a cover: the one who is away, the one who helps, and whoever leads them."""

from typing import Any

from django.urls import reverse

from agents.models import Cover
from agents.workbench.late_notes import leaders_of
from collection_ops.core.models import User
from collection_ops.core.services.notifications import notify


def tell(
    cover: Cover, kind: str, *, actor: User | None = None, params: dict[str, Any] | None = None, level: str = "info"
) -> None:
    """Owner, helper and leaders, but not whoever did it."""
    _send(cover, [cover.owner, cover.helper, *leaders_of(cover.owner)], kind, actor, params, level)


def tell_leaders(cover: Cover, kind: str, *, params: dict[str, Any] | None = None, level: str = "warning") -> None:
    _send(cover, leaders_of(cover.owner), kind, None, params, level)


def _send(
    cover: Cover, people: list[User], kind: str, actor: User | None, params: dict[str, Any] | None, level: str
) -> None:
    told = {user.pk: user for user in people if user.is_active and (actor is None or user.pk != actor.pk)}
    said = {
        "owner": str(cover.owner),
        "helper": str(cover.helper),
        "first": cover.first_day.isoformat(),
        "last": cover.last_day.isoformat(),
        **(params or {}),
    }
    notify(users=told.values(), kind=kind, params=said, url=reverse("cover:cover", args=[cover.pk]), level=level)
