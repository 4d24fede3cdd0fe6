"""What templates say of rules."""

from django import template

from compliance.rule_texts import CHANNELS, PURPOSES, spoken
from compliance.rules.packs import Rule
from compliance.wish_texts import weekday_names, zone_name

register = template.Library()


@register.filter
def rule_statement(rule: Rule) -> str:
    """The rule in the reader's language."""
    return spoken(rule.statement)


@register.filter
def channel_word(code: str) -> str:
    return str(CHANNELS.get(code, code))


@register.filter
def purpose_word(code: str) -> str:
    return str(PURPOSES.get(code, code))


register.filter(weekday_names)
register.filter(zone_name)
