"""Tags of the dashboards."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.template import Context

from collection_ops.core import clock
from collection_ops.core.access import has
from reports.dashboards.asked import read
from reports.dashboards.asking import Asker
from reports.dashboards.figures import FigureMaker

register = template.Library()


@register.filter
def of(values: Mapping[Any, Any], key: Any) -> Any:
    """{{ names|of:case.pk }}: nothing where there is none."""
    return values.get(key, "")


@register.inclusion_tag("reports/_admin_rates.html", takes_context=True)
def two_rates(context: Context) -> dict[str, Any]:
    """Recovery and complaint rate of the month for the index of the admin: the whole house's, for whoever may enter it."""
    user = context["request"].user
    if not has(user, "admin.enter"):
        return {"figures": []}
    asked, _choices = read({}, user, "admin.enter", today=clock.business_date(clock.now()))
    return {"figures": FigureMaker(Asker(), asked, user).figures("recovery_rate", "complaint_rate"), "asked": asked}
