"""What the person who was checked may do with a result: take note of it, or appeal; and the decision about an appeal."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.dated_settings import Setting
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.models import (
    AppealOutcome,
    CheckState,
    OpinionKind,
    QualityAppeal,
    QualityCheck,
    SecondState,
)
from compliance.models.quality import CHECK
from compliance.quality.checking import Given, kind_for, write_opinion
from compliance.quality.following import follow_result, lock_check, tell_result
from compliance.quality.refusals import QualityRefused

APPEAL_DAYS = Setting(
    "quality.appeal_days",
    label=gettext_lazy("质检结果可申诉天数"),
    default=7,
    source=gettext_lazy("内控"),
    unit=gettext_lazy("天"),
    least=1,
    most=60,
)
DECIDE_DAYS = Setting(
    "quality.appeal_decide_days",
    label=gettext_lazy("质检申诉复核天数"),
    default=7,
    source=gettext_lazy("内控"),
    unit=gettext_lazy("天"),
    least=1,
    most=60,
)


def acknowledge(*, check: QualityCheck, actor: User, now: datetime) -> QualityCheck:
    """The person has seen their result. Raises QualityRefused: somebody else's, no result. Twice is once."""
    if check.user_id != actor.pk:
        raise QualityRefused(_("只有本人可以确认自己的质检结果"))
    with transaction.atomic():
        locked = lock_check(check)
        if locked.state != CheckState.DONE:
            raise QualityRefused(_("还没有结果"))
        if locked.acknowledged_at is None:
            locked.acknowledged_at = now
            locked.save(update_fields=["acknowledged_at"])
            audit.record(action="quality.acknowledged", actor=actor, obj=locked)
    return locked


def last_day(check: QualityCheck, days: int) -> date | None:
    """Until when an appeal is taken: `days` after the day of the result, that day in. Told of a change by the second
    opinion, a person has the same days from then."""
    since = max((at for at in (check.done_at, check.settled_at) if at is not None), default=None)
    return clock.business_date(since) + timedelta(days=days) if since is not None else None


def decided_until(appeal: QualityAppeal, days: int) -> date:
    """The last day on which an appeal is decided in time."""
    return clock.business_date(appeal.made_at) + timedelta(days=days)


def make_appeal(*, check: QualityCheck, reason: str, actor: User, now: datetime) -> QualityAppeal:
    """The person checked, or the leader of their team for them, or whoever looks after the agencies, does not accept it (the
    view scopes whose checks these are).
    A second opinion that was still wanted is not any more. Raises QualityRefused: no reason, no result, too late,
    appealed already."""
    if not reason.strip():
        raise QualityRefused(_("请写明申诉的理由"), "reason")
    today = clock.business_date(now)
    with transaction.atomic():
        locked = lock_check(check)
        until = last_day(locked, APPEAL_DAYS.on(today))
        if locked.state != CheckState.DONE or until is None:
            raise QualityRefused(_("还没有结果"))
        if hasattr(locked, "appeal"):
            raise QualityRefused(_("这次质检已申诉过"))
        if today > until:
            raise QualityRefused(_("申诉期限 %(day)s 已过") % {"day": until.isoformat()}, "reason")
        if locked.second == SecondState.DIFFERS:
            raise QualityRefused(_("两次评分正在协调，请等协调结果出来后再申诉"))
        appeal = QualityAppeal.objects.create(check_of=locked, reason=reason.strip()[:1000], made_by=actor, made_at=now)
        if locked.second == SecondState.WANTED:
            locked.second = SecondState.NONE
            locked.save(update_fields=["second"])
            locked.opinions.filter(kind=OpinionKind.SECOND, submitted_at__isnull=True).delete()
        audit.record(action="quality.appealed", actor=actor, obj=locked)
        made = locked.opinions.filter(submitted_at__isnull=False).values("checker_id")
        notify(
            users=users_with(CHECK).exclude(pk__in=made).exclude(pk__in=[actor.pk, locked.user_id or actor.pk]),
            kind="quality.appealed",
            params={"number": locked.number},
            url=reverse("compliance:quality_check", args=[locked.pk]),
        )
    return appeal


def decide_appeal(*, check: QualityCheck, given: Given, note: str, actor: User, now: datetime) -> QualityAppeal:
    """A checker who made neither opinion scores the talk anew: the same score keeps the result, a better one replaces it. An
    appeal never makes it worse. Raises QualityRefused: not the one to decide, no note, incomplete, a lower score, another
    critical error."""
    if not note.strip():
        raise QualityRefused(_("请写明复核的理由"), "note")
    with transaction.atomic():
        locked = lock_check(check)
        if kind_for(locked, actor) != OpinionKind.APPEAL:
            raise QualityRefused(_("申诉须由没有参与过评分的质检员复核"))
        opinion = write_opinion(locked, OpinionKind.APPEAL, given, submit=True, actor=actor, now=now)
        assert opinion.score is not None and locked.score is not None
        worse = opinion.score < locked.score or (locked.passed and not opinion.passed)
        if worse or not set(opinion.critical) <= set(locked.critical):
            raise QualityRefused(_("申诉复核不能作出更低的评分；发现新的问题请另行质检"))
        # One of two critical errors less is a change, though the score stays nought.
        fewer = set(opinion.critical) != set(locked.critical)
        changed = fewer or (opinion.score, opinion.passed) != (locked.score, locked.passed)
        appeal: QualityAppeal = locked.appeal
        appeal.outcome = AppealOutcome.CHANGED if changed else AppealOutcome.KEPT
        appeal.note, appeal.decided_by, appeal.decided_at = note.strip()[:1000], actor, now
        appeal.save()
        if changed:
            locked.score, locked.passed, locked.critical = opinion.score, opinion.passed, opinion.critical
            locked.save(update_fields=["score", "passed", "critical"])
            why = _("申诉复核改判：%(note)s") % {"note": appeal.note}
            follow_result(locked, opinion=opinion, actor=actor, now=now, why=why)
        audit.record(
            action="quality.appeal_decided",
            actor=actor,
            obj=locked,
            data={"outcome": str(appeal.outcome), "score": str(locked.score), "was": str(locked.first_score)},
        )
        kind = "quality.appeal_changed" if changed else "quality.appeal_kept"
        tell_result(locked, kind, also=appeal.made_by)
    return appeal
