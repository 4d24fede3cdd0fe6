"""What templates say of rules."""

from django import template
from django.utils.translation import get_language

from compliance.rules.packs import Rule

register = template.Library()


@register.filter
def rule_statement(rule: Rule) -> str:
    """The rule in the reader's language."""
    return rule.statement["en" if (get_language() or "").startswith("en") else "zh"]
