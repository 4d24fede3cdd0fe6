"""Whoever reads reports may have them sent."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.services import audit
from reports.models import ReportSubscription
from reports.regular.kinds import KINDS


class SubscriptionRefused(Exception):
    """The sentence says why."""


def subscribe(*, user: User, kind: str, wanted: bool, now: datetime) -> None:
    """Want the reports of a kind by mail, or not any more; twice changes nothing. Raises SubscriptionRefused."""
    if kind not in KINDS:
        raise SubscriptionRefused(_("没有这种报表"))
    if wanted and not user.email:
        raise SubscriptionRefused(_("您的账号没有邮箱地址，请联系系统管理员补上"))
    with transaction.atomic():
        if wanted:
            _row, changed = ReportSubscription.objects.get_or_create(user=user, kind=kind, defaults={"since": now})
        else:
            changed = bool(ReportSubscription.objects.filter(user=user, kind=kind).delete()[0])
        if changed:
            action = "report.subscribed" if wanted else "report.unsubscribed"
            audit.record(action=action, actor=user, data={"kind": kind})


def kinds_of(user: User) -> set[str]:
    return set(ReportSubscription.objects.filter(user=user).values_list("kind", flat=True))
