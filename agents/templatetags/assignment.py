"""Tags of the pages of assignment, and of those that show why a case lies where it lies."""

from collections.abc import Mapping
from typing import Any

from django import template

from agents.assignment.selectors_run import why_assigned
from cases.models import Case
from collection_ops.core.access import has

register = template.Library()


@register.filter
def at(found: Mapping[Any, Any], key: Any) -> Any:
    """{{ names|at:desk.unit }}: the value of a key, or nothing."""
    return found.get(key, "")


@register.filter
def signed(number: Any) -> str:
    """+1,234, −56, 0: a difference."""
    whole = int(number)
    return f"+{whole:,}" if whole > 0 else f"−{-whole:,}" if whole < 0 else "0"


@register.inclusion_tag("agents/assignment/_why.html", takes_context=True)
def why_this_desk(context: dict[str, Any], case: Case) -> dict[str, Any]:
    """Why the case was dealt to its desk. Those who may see the runs also read why it did not go to others."""
    return {"found": why_assigned(case), "may_see_run": has(context["user"], "assignment.view")}
