"""The texts that are read, in the order in which they came: notes, messages that went out, transcripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from compliance.models import ContactAttempt, QueuedMessage, TextKind, Transcript
from compliance.rules.wording import Audience

AUDIENCE: dict[TextKind, Audience] = {
    TextKind.NOTE: "note",
    TextKind.MESSAGE: "debtor",
    TextKind.TRANSCRIPT: "debtor",
}
"""Whom a text speaks to: a note tells what was said, the others say it."""


@dataclass(frozen=True)
class Text:
    """One text, the contact it belongs to, and the moment by which texts are read in turn."""

    attempt_id: int
    at: datetime
    text: str


def after(kind: TextKind | str, upto: datetime | None, upto_id: int, *, most: int) -> list[Text]:
    """The next texts of a kind after (upto, contact `upto_id`), oldest first. One query, by index."""
    rows, moment, key, field = _source(TextKind(kind))
    if upto is not None:
        rows = rows.filter(Q(**{f"{moment}__gt": upto}) | Q(**{moment: upto, f"{key}__gt": upto_id}))
        rows = rows.filter(**{f"{moment}__gte": upto})  # what an index can begin at
    found = rows.order_by(moment, key).values_list(key, moment, field)[:most]
    return [Text(*row) for row in found]


def texts_of(kind: TextKind | str, attempts: Sequence[int]) -> dict[int, str]:
    """The texts of these contacts, by contact. One query."""
    rows, _moment, key, field = _source(TextKind(kind))
    return dict(rows.filter(**{f"{key}__in": attempts}).values_list(key, field))


def _source(kind: TextKind) -> tuple[QuerySet[Any], str, str, str]:
    if kind == TextKind.NOTE:
        return ContactAttempt.objects.filter(state="closed").exclude(note=""), "closed_at", "pk", "note"
    if kind == TextKind.MESSAGE:
        return QueuedMessage.objects.filter(state="sent", attempt__isnull=False), "sent_at", "attempt_id", "text"
    return Transcript.objects.all(), "received_at", "attempt_id", "text"
