"""What templates say of quality checks."""

from decimal import Decimal

from django import template

from compliance.models import QualityCheck, SampleBatch

register = template.Library()
TONES = {"drawn": "neutral", "waiting": "warning", "checking": "info", "done": "success"}
SECOND = {"wanted": "info", "agreed": "success", "differs": "warning", "settled": "neutral"}
BATCH = {"draft": "warning", "issued": "success", "discarded": "neutral"}


@register.filter
def check_tone(check: QualityCheck) -> str:
    return TONES[check.state]


@register.filter
def second_tone(check: QualityCheck) -> str:
    return SECOND.get(check.second, "neutral")


@register.filter
def batch_tone(batch: SampleBatch) -> str:
    return BATCH[batch.state]


@register.filter
def share(value: float | None) -> str:
    """0.1234 → 12.3%; nothing → a dash."""
    return "–" if value is None else f"{value:.1%}"


@register.filter
def percent(value: Decimal) -> str:
    return f"{value:.1%}"


@register.filter
def kappa(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


@register.filter
def points(value: Decimal) -> str:
    """How many, without a sign."""
    return f"{abs(value):.2f}"
