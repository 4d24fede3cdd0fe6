"""Messages about a run to the people who have to do something about it. Sentences: cases/notification_texts.py."""

from collections.abc import Iterable

from django.urls import reverse

from cases.models import ImportRun
from collection_ops.core.models import User
from collection_ops.core.services.notifications import notify


def tell(run: ImportRun, kind: str, *, users: Iterable[User], level: str, **params: object) -> int:
    """One message a person about `run`, with the way to its page; returns how many. Nothing personal goes in."""
    return notify(
        users=users,
        kind=kind,
        params={"source": run.source.name, "file": run.file_name, "run": run.pk, **params},
        url=reverse("cases:import_run", args=[run.pk]),
        level=level,
    )
