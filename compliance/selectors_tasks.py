"""Staff tasks as somebody may see them."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from collection_ops.core.access import Scope, scope
from collection_ops.core.models import User
from compliance.models import StaffTask

SHOWN = [
    ("open", _("未完成")),
    ("overdue", _("已逾期")),
    ("done", _("已完成")),
    ("cancelled", _("已取消")),
    ("all", _("全部")),
]
OPEN = Q(done_at__isnull=True, cancelled_at__isnull=True)


def staff_tasks_for(user: User) -> "QuerySet[StaffTask]":
    """Of the people in the scope of `staff_tasks.view`: the own team's, or everybody's."""
    granted = scope(user, "staff_tasks.view")
    if granted == Scope.ALL:
        return StaffTask.objects.all()
    if granted == Scope.TEAM and user.unit:
        return StaffTask.objects.filter(user__unit=user.unit)
    return StaffTask.objects.none()


def shown_tasks(rows: "QuerySet[StaffTask]", shown: str, today: date) -> "QuerySet[StaffTask]":
    return {
        "open": rows.filter(OPEN),
        "overdue": rows.filter(OPEN, due_on__lt=today),
        "done": rows.filter(done_at__isnull=False),
        "cancelled": rows.filter(cancelled_at__isnull=False),
    }.get(shown, rows)
