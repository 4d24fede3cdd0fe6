"""Plans on the timeline of a case, from the trail: what was agreed, and what became of it."""

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _

from cases.models import Case, RepaymentPlan
from cases.timeline import MOST_ENTRIES, Entry, register
from collection_ops.core.audit_texts import action_label
from collection_ops.core.models import AuditEvent, User

_TONES = {
    "plan.approved": "success",
    "plan.completed": "success",
    "plan.reopened": "info",
    "plan.proposed": "info",
    "plan.rejected": "warning",
    "plan.ended": "warning",
    "plan.broken": "danger",
}


@register
def plans(case: Case, user: User) -> Iterable[Entry]:
    found = {str(plan.pk): plan for plan in RepaymentPlan.objects.filter(case=case)}
    if not found:
        return
    events = AuditEvent.objects.filter(object_type="cases.repaymentplan", object_id__in=list(found))
    for event in events.order_by("-pk")[:MOST_ENTRIES]:
        plan = found[event.object_id]
        day = event.data.get("day")
        yield Entry(
            at=_moment(event, plan),
            day=dt.date.fromisoformat(day) if day else None,
            key=f"audit-{event.pk}",
            kind="plan",
            title=action_label(event.action),
            detail=" · ".join(part for part in (_detail(event, plan), event.reason) if part),
            actor=event.actor_name,
            tone=_TONES.get(event.action, "neutral"),
        )


def _moment(event: AuditEvent, plan: RepaymentPlan) -> dt.datetime:
    """What people decided is told at the moment they decided, which the plan keeps."""
    kept = {
        "plan.proposed": plan.proposed_at,
        "plan.approved": plan.decided_at,
        "plan.rejected": plan.decided_at,
    }
    return kept.get(event.action) or event.at


def _detail(event: AuditEvent, plan: RepaymentPlan) -> str:
    if event.action == "plan.proposed":
        return _("%(kind)s，%(total)s 元，%(count)s 期，%(first)s 至 %(last)s") % {
            "kind": plan.get_kind_display(),
            "total": f"{plan.total:,.2f}",
            "count": event.data["instalments"],
            "first": event.data["first"],
            "last": event.data["last"],
        }
    if "left" in event.data:
        return _("已还 %(paid)s 元，剩余 %(left)s 元") % {"paid": event.data["paid"], "left": event.data["left"]}
    return plan.number
