"""What the team board's templates say."""

from django import template

from agents.people.day_activity import Gap
from agents.people.day_selectors import sign_between
from compliance.rule_texts import spoken

register = template.Library()


@register.filter
def in_my_language(statement: dict[str, str]) -> str:
    """A rule's statement as it was kept with the decision; of an old one without, nothing."""
    return spoken(statement) if statement else ""


@register.filter
def between(gap: Gap) -> str:
    """«联系 → 记录»: what the hours without a sign of work lie between."""
    return sign_between(gap)
