"""Words for the money pages."""

from typing import Any

from django import template

from cases.several_debts import REASONS, Share

register = template.Library()


@register.filter
def share_reason(share: Share) -> Any:
    """Why a debt gets what is suggested."""
    return REASONS[share.because]
