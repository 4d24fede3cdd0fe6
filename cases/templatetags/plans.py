"""Badges of repayment plans."""

from datetime import date

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from cases.models import PlanInstalment, RepaymentPlan
from cases.plans.selectors import PlanLine
from collection_ops.core.templatetags.ui import badge

register = template.Library()

TONES = {
    "submitted": "warning",
    "active": "info",
    "completed": "success",
    "broken": "danger",
}
INSTALMENTS = {
    "paid": (_("已还清"), "success"),
    "part": (_("部分已还"), "warning"),
    "late": (_("已到期"), "danger"),
    "next": (_("下一期"), "info"),
    "open": (_("未到期"), "neutral"),
}


@register.simple_tag
def plan_badge(plan: RepaymentPlan) -> SafeString:
    return badge(plan.get_state_display(), TONES.get(plan.state, "neutral"))


@register.simple_tag
def instalment_badge(line: PlanLine, one: PlanInstalment, today: date) -> SafeString:
    text, tone = INSTALMENTS[line.state_of(one, today)]
    return badge(text, tone)
