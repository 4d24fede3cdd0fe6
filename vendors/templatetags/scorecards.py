"""Filters of the pages of scorecards."""

from decimal import Decimal
from typing import Any

from django import template

from vendors.scorecard.criteria import CRITERION_LABELS, Criterion
from vendors.scorecard.shown import NAMES, percent, signed, value_said

register = template.Library()


@register.filter
def share(ratio: Decimal | None) -> str:
    """{{ card.ratio|share }}: 0.9312 → 93.1%."""
    return percent(ratio)


@register.filter("signed")
def with_sign(points: Decimal | None) -> str:
    """{{ line.change|signed }}: 1.50 → +1.50."""
    return signed(points)


@register.filter
def value_of(item: Any) -> str:
    """{{ item|value_of }}: what a criterion came to."""
    return value_said(Criterion(item.criterion), item.value)


@register.filter
def expected_of(item: Any) -> str:
    """{{ item|expected_of }}: what it would be with the pool's rates."""
    return value_said(Criterion(item.criterion), item.expected)


@register.filter
def criterion_label(item: Any) -> Any:
    """{{ item|criterion_label }}: with its unit."""
    return CRITERION_LABELS[Criterion(item.criterion)]


@register.filter
def criterion_name(item: Any) -> Any:
    """{{ fall|criterion_name }}: short."""
    return NAMES[Criterion(item.criterion)]
