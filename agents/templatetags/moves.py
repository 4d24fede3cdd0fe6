"""What other pages show of assistance."""

from django import template

from agents.models import AssistRequest
from agents.moves.assist import OPEN_STATES
from cases.models import Case

register = template.Library()


@register.simple_tag
def open_assist(case: Case) -> AssistRequest | None:
    """The request for help with the case that waits or runs; nothing where there is none. One query."""
    waiting = AssistRequest.objects.filter(case=case, state__in=OPEN_STATES)
    return waiting.select_related("helper", "team").first()
