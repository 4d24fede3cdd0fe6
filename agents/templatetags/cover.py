"""Tags of the pages about absences and covers."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.dates import WEEKDAYS_ABBR

from cases.stage import Stage

register = template.Library()

TONES = {"planned": "neutral", "running": "info", "ended": "success", "cancelled": "neutral"}


@register.filter
def cover_tone(state: str) -> str:
    return TONES.get(state, "neutral")


@register.filter
def share_text(share: Decimal) -> str:
    """50.00 → 50, 33.50 → 33.5"""
    return f"{share.normalize():f}"


@register.filter
def stage_list(stages: Sequence[int]) -> str:
    return ", ".join(str(Stage(stage).label) for stage in stages)


@register.filter
def weekday_letter(day: date) -> str:
    """A column's weekday, short enough for its width: 一 for 星期一, Mon."""
    return str(WEEKDAYS_ABBR[day.weekday()]).removeprefix("星期")


@register.filter
def at(found: Mapping[int, Any], key: int) -> Any:
    """{{ names|at:case.pk }}"""
    return found.get(key, "")
