"""Tags every page uses (builtin: no {% load %} needed)."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from collection_ops.core.access import has
from collection_ops.core.services.form_tokens import FIELD, new_token

register = template.Library()


@register.simple_tag
def form_token() -> SafeString:
    """Hidden input with a one-use token; see services/form_tokens.py."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, new_token())


@register.filter
def money(amount: Any) -> str:
    """1234.5 → 1,234.50; nothing → a dash. Figures look the same in both languages."""
    if amount is None or amount == "":
        return "–"
    return f"{Decimal(amount):,.2f}"


@register.filter
def count(number: Any) -> str:
    """12345 → 12,345"""
    return "–" if number is None or number == "" else f"{int(number):,}"


@register.filter
def may(user: Any, capability: str) -> bool:
    """{% if user|may:"imports.apply" %} – hides what would be refused anyway; the view asks again."""
    return has(user, capability)
