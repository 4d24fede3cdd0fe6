"""The second opinion: compared with the first, and settled where the two are too far apart.

The result of the first opinion stands and is told at once; a second opinion that agrees changes nothing. Where they differ,
people settle which of the two holds, and nobody can decide alone that their own does.
"""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.dated_settings import Setting
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.models import OpinionKind, QualityCheck, QualityOpinion, SecondState
from compliance.models.quality import CHECK
from compliance.quality.following import follow_result, lock_check, tell_result
from compliance.quality.refusals import QualityRefused

GAP = Setting(
    "quality.second_gap",
    label=gettext_lazy("复评与初评相差多少分须协调"),
    default=10,
    source=gettext_lazy("内控：校准质检员之间的尺度"),
    unit=gettext_lazy("分"),
    least=0,
    most=100,
)


def compare(check: QualityCheck, *, actor: User, now: datetime) -> None:
    """After the second opinion was submitted; the check is locked. They differ where the scores are more than GAP apart, or
    one passes and the other fails, or the critical errors are not the same."""
    first, second = both(check)
    assert first.score is not None and second.score is not None
    apart = abs(first.score - second.score) > GAP.on(clock.business_date(now))
    differs = apart or first.passed != second.passed or set(first.critical) != set(second.critical)
    check.second = SecondState.DIFFERS if differs else SecondState.AGREED
    check.save(update_fields=["second"])
    if differs:
        notify(
            users=[first.checker],
            kind="quality.differs",
            params={"number": check.number},
            url=reverse("compliance:quality_check", args=[check.pk]),
        )


def settle(*, check: QualityCheck, holds: OpinionKind | str, note: str, actor: User, now: datetime) -> QualityCheck:
    """Say which of the two opinions holds. Raises QualityRefused: nothing to settle, no note, one's own talk, or one's own
    opinion (whoever made the other one may yield, anybody else may judge)."""
    if holds not in (OpinionKind.FIRST, OpinionKind.SECOND):
        raise QualityRefused(_("请选择以哪一次评分为准"), "holds")
    if not note.strip():
        raise QualityRefused(_("请写明协调的经过与理由"), "note")
    if not has(actor, CHECK) or check.user_id == actor.pk:
        raise QualityRefused(_("您不能协调这次质检"))
    with transaction.atomic():
        locked = lock_check(check)
        if locked.second != SecondState.DIFFERS:
            raise QualityRefused(_("这次质检没有待协调的分歧"))
        first, second = both(locked)
        chosen = first if holds == OpinionKind.FIRST else second
        if chosen.checker_id == actor.pk:
            raise QualityRefused(_("不能自行决定以自己的评分为准，请由对方或第三人协调"), "holds")
        before = (locked.score, locked.passed, locked.critical)
        locked.score, locked.passed, locked.critical = chosen.score, chosen.passed, chosen.critical
        locked.second, locked.settled_by, locked.settled_at = SecondState.SETTLED, actor, now
        locked.settle_note = note.strip()[:1000]
        locked.save()
        audit.record(
            action="quality.settled", actor=actor, obj=locked, data={"holds": str(holds), "score": str(locked.score)}
        )
        if before != (locked.score, locked.passed, locked.critical):
            locked.acknowledged_at = None
            locked.save(update_fields=["acknowledged_at"])
            why = _("复评与初评协调后，以%(kind)s为准") % {"kind": chosen.get_kind_display()}
            follow_result(locked, opinion=chosen, actor=actor, now=now, why=why)
            tell_result(locked, "quality.changed")
    return locked


def both(check: QualityCheck) -> tuple[QualityOpinion, QualityOpinion]:
    """The first and the second opinion. Expects the opinions prefetched or few."""
    found = {one.kind: one for one in QualityOpinion.objects.filter(check_of=check).select_related("checker", "form")}
    return found[OpinionKind.FIRST], found[OpinionKind.SECOND]
