"""Tags of the book's pages."""

from datetime import date
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cases import selectors
from cases.columns import Column
from cases.contact_values import ORIGINS
from cases.stage import Stage
from collection_ops.core.masking import mask_name

register = template.Library()

STATUS_TONES = {"open": "info", "absent": "warning", "closed": "neutral"}


@register.filter
def tone_of_status(status: str) -> str:
    return STATUS_TONES.get(status, "neutral")


@register.simple_tag
def stage_badge(stage: int) -> SafeString:
    """M1 … M7+ on a ground that darkens with the stage; the label carries the meaning."""
    found = Stage(stage)
    return format_html('<span class="badge stage-{}">{}</span>', int(found), found.label)


@register.filter
def masked_name(name: str) -> str:
    """Third persons' names stay masked for everybody."""
    return mask_name(name)


@register.filter
def origin_label(origin: str) -> str:
    """Where a contact point came from, in words; what services wrote in words stays as it is."""
    return str(ORIGINS.get(origin, origin))


@register.filter
def cell_class(column: Column) -> str:
    if column.is_number:
        return "num"
    return "text-nowrap" if column.kind in ("date", "stage", "status") else "cell-text"


@register.filter
def days_ago(day: date | None, today: date) -> int | None:
    return (today - day).days if day else None


@register.inclusion_tag("cases/_data_as_of.html")
def data_as_of() -> dict[str, Any]:
    """How fresh each source is, for the top bar of every page."""
    return {"runs": selectors.newest_runs()}
