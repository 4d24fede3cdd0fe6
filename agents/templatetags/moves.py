"""What other pages show of assistance."""

from django import template

from cases.models import Case, CaseHelper
from collection_ops.core import clock

register = template.Library()


@register.simple_tag
def helper_of(case: Case) -> CaseHelper | None:
    """Who helps with the case today; nothing where nobody does. One query."""
    running = CaseHelper.objects.filter(case=case, ended_at=None, until__gte=clock.business_date(clock.now()))
    return running.select_related("user").first()
