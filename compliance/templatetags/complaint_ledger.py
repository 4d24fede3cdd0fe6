"""Words on the pages of a complaint ledger."""

from typing import Any

from django import template

from compliance.models import ComplaintSource

register = template.Library()


@register.filter
def source_label(code: str) -> Any:
    """Where a complaint came in, in words; a row that was left out may have none."""
    return dict(ComplaintSource.choices).get(code, "–")
