"""What a result brings: breaches for the register, a coaching where it failed, and the person is told."""

import json
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection_ops.core import clock
from collection_ops.core.access import Scope, matrix
from collection_ops.core.dated_settings import Setting
from collection_ops.core.models import User
from collection_ops.core.services.notifications import notify
from compliance.breaching import from_findings
from compliance.models import BreachSource, QualityCheck, QualityOpinion, StaffTask, StaffTaskKind
from compliance.models.quality import APPEAL
from compliance.quality.form import read_form
from compliance.services.staff_tasks import cancel_staff_task, open_staff_task

COACHING_DAYS = Setting(
    "quality.coaching_days",
    label=gettext_lazy("质检不合格后完成辅导的天数"),
    default=7,
    source=gettext_lazy("内控"),
    unit=gettext_lazy("天"),
    least=1,
    most=60,
)


def lock_check(check: QualityCheck) -> QualityCheck:
    """The row for writing, with what `kind_for` looks at. In the caller's transaction. The appeal is not joined: it would be
    that of before the wait for the lock."""
    return (
        QualityCheck.objects.select_for_update(of=("self",))
        .select_related("batch", "user", "attempt")
        .prefetch_related("opinions__form", "opinions__checker")
        .get(pk=check.pk)
    )


def quotes_of(opinion: QualityOpinion) -> dict[str, str]:
    """What was said, by code of the critical error."""
    found: dict[str, str] = json.loads(opinion.quotes or "{}")
    return found


def follow_result(check: QualityCheck, *, opinion: QualityOpinion, actor: User, now: datetime, why: str = "") -> None:
    """What the result in force, which `opinion` gave, asks for: critical errors are breaches, for the register; where it
    failed a coaching. What it does not hold any more is taken back, because of `why`. In the caller's transaction, `score`
    and `passed` set."""
    finding = from_findings.Finding(
        key=f"check-{check.pk}",
        source=BreachSource.QUALITY,
        attempt=check.attempt,
        user=check.user,
        org=check.org,
        check_number=check.pk,
    )
    from_findings.follow(finding, _breaches(check, opinion), actor=actor, now=now, why=why)
    if check.user is None:
        return
    if not check.passed:
        due = clock.business_date(now) + timedelta(days=COACHING_DAYS.on(clock.business_date(now)))
        open_staff_task(
            user=check.user,
            kind=StaffTaskKind.COACHING,
            what=_("质检 %(number)s 未合格：与本人一起回听并复盘") % {"number": check.number},
            due_on=due,
            actor=actor,
            now=now,
            check_number=check.pk,
        )
        return
    open_tasks = StaffTask.objects.filter(check_number=check.pk, kind=StaffTaskKind.COACHING)
    for task in open_tasks.filter(done_at__isnull=True, cancelled_at__isnull=True):
        cancel_staff_task(task=task, reason=_("质检结果改为合格，无需辅导"), actor=actor, now=now)


def tell_result(check: QualityCheck, kind: str, *, also: User | None = None) -> None:
    """The person whose talk it was hears of it; of an agency's talk, whoever looks after the agencies. `also`: who asked."""
    people = {check.user} if check.user is not None else set(_for_agencies())
    notify(
        users=people | ({also} if also is not None else set()),
        kind=kind,
        params={
            "number": check.number, "day": check.talked_on.isoformat(), "score": str(check.score), "org": check.org,
        },
        url=reverse("compliance:quality_check", args=[check.pk]),
        level="info" if check.passed else "warning",
    )  # fmt: skip


def _for_agencies() -> QuerySet[User]:
    roles = matrix()["capabilities"][APPEAL]["roles"]
    placed = [role for role, granted in roles.items() if granted == Scope.PLACED]
    return User.objects.filter(is_active=True, role_grants__role__in=placed).distinct()


def _breaches(check: QualityCheck, opinion: QualityOpinion) -> dict[str, str]:
    """By kind of breach, what was said. Two errors may be of one kind."""
    quotes = quotes_of(opinion)
    found: dict[str, list[str]] = {}
    for error in read_form(opinion.form.body).critical:
        if error.code in check.critical:
            found.setdefault(error.breach, []).append(f"{error.label}：{quotes.get(error.code, '')}")
    start = _("质检 %(number)s 的致命错误") % {"number": check.number}
    return {kind: "\n".join([start, *said]) for kind, said in found.items()}
