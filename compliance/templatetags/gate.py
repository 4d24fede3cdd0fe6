"""What templates say of rules."""

from django import template

from compliance.rule_texts import spoken
from compliance.rules.packs import Rule

register = template.Library()


@register.filter
def rule_statement(rule: Rule) -> str:
    """The rule in the reader's language."""
    return spoken(rule.statement)
