"""What the workbench's pages show of a person's own calls."""

from typing import Any

from django import template

from collection_ops.core import clock
from compliance.selectors import open_attempts
from compliance.services.log import NOTE_WITHIN

register = template.Library()

MOST = 5


@register.inclusion_tag("agents/workbench/_waiting_strip.html", takes_context=True)
def waiting_notes(context: dict[str, Any], but: int = 0) -> dict[str, Any]:
    """The calls that the reader has still to tell about, with the minutes that are left; without the one that the page is
    about (`but`). One query."""
    now = clock.now()
    found = open_attempts(context["request"].user).exclude(pk=but).select_related("case__loan", "point")
    lines = [(attempt, int((attempt.over_at + NOTE_WITHIN - now).total_seconds() // 60)) for attempt in found[:MOST]]
    return {"lines": lines}


@register.filter
def minutes_seconds(seconds: int) -> str:
    """75 → 01:15"""
    return f"{seconds // 60:02d}:{seconds % 60:02d}"
