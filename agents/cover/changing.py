"""What people change about a cover: another last day, another helper, none at all, and what they tell each other."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agents.cover.arranging import able, check_days, lock_desks
from agents.cover.deal import Deal, deal
from agents.cover.ending import close_cover, locked_cover, settle, write_fates
from agents.cover.gather import pieces
from agents.cover.refusals import CoverRefused, no_room, trouble_text
from agents.cover.starting import lend, start_covers
from agents.cover.telling import tell
from agents.models import OPEN_COVERS, CaseFate, Cover, CoverState
from cases.models import Case
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit

MOST_NOTE = 1000


def extend_cover(*, cover_id: int, last_day: dt.date, reason: str, actor: User, now: dt.datetime) -> Cover:
    """Another last day, later or earlier, not before today. Raises CoverRefused: over, a day that cannot be, the helper is
    away or without certificate then, or the absence is covered by others then."""
    today = clock.business_date(now)
    try:
        with transaction.atomic():
            cover = locked_cover(cover_id, *OPEN_COVERS)
            begins = max(cover.first_day, today)
            check_days(begins, last_day, today=today)
            if (last_day, bool(reason.strip())) == (cover.last_day, True):
                raise CoverRefused(_("结束日期没有改动"), "last_day")
            if not reason.strip():
                raise CoverRefused(_("请写明改期的原因"), "reason")
            if last_day > cover.last_day:
                able(User.objects.filter(pk=cover.helper_id), count=1, first_day=begins, last_day=last_day)
            before, cover.last_day = cover.last_day, last_day
            cover.save(update_fields=["last_day"])
            figures = {"from": before.isoformat(), "to": last_day.isoformat()}
            audit.record(action="cover.extended", actor=actor, obj=cover, data=figures, reason=reason)
            tell(cover, "cover.extended", actor=actor, params={"before": before.isoformat()})
    except IntegrityError as clash:
        if "cover_one_arrangement_at_a_time" not in str(clash):
            raise
        raise CoverRefused(_("到那时已有另一项代管安排"), "last_day", "twice") from clash
    return cover


def cancel_cover(*, cover_id: int, reason: str, actor: User | None, now: dt.datetime) -> Cover:
    """It does not take place. Raises CoverRefused: it has begun, or no reason."""
    with transaction.atomic():
        cover = locked_cover(cover_id, CoverState.PLANNED)
        if not reason.strip():
            raise CoverRefused(_("请写明取消的原因"), "reason")
        _cancel(cover, reason, actor, now)
        tell(cover, "cover.cancelled", actor=actor)
    return cover


def _cancel(cover: Cover, reason: str, actor: User | None, now: dt.datetime) -> None:
    cover.state, cover.ended_at, cover.ended_by = CoverState.CANCELLED, now, actor
    cover.end_reason = reason.strip()[:200]
    cover.save(update_fields=["state", "ended_at", "ended_by", "end_reason"])
    audit.record(action="cover.cancelled", actor=actor, obj=cover, reason=reason)


def hand_on(*, cover_id: int, helper: User, reason: str, actor: User, now: dt.datetime) -> Cover:
    """Somebody else helps from now on, for the rest of the days: the cover of the one before ends today (or is cancelled, if
    it had not begun), a new one takes over what is still lent. Returns the new one. Raises CoverRefused."""
    try:
        with transaction.atomic():
            cover = locked_cover(cover_id, *OPEN_COVERS)
            if not reason.strip():
                raise CoverRefused(_("请写明转交的原因"), "reason")
            if helper.pk in (cover.owner_id, cover.helper_id):
                raise CoverRefused(_("请选择另一位代管人"), "helper")
            lock_desks([cover.owner, cover.helper, helper])
            return _hand_on(cover, helper, reason, actor, now)
    except IntegrityError as clash:
        if "cover_helper_once" not in str(clash):
            raise
        raise CoverRefused(_("%(who)s 已是这次代管的代管人") % {"who": helper}, "helper") from clash


def _hand_on(cover: Cover, helper: User, reason: str, actor: User, now: dt.datetime) -> Cover:
    today = clock.business_date(now)
    begins = max(cover.first_day, today)
    [candidate] = able(
        User.objects.filter(pk=helper.pk), count=1, first_day=begins, last_day=max(cover.last_day, begins)
    )
    was_running, last_day = cover.state == CoverState.RUNNING, cover.last_day
    dealt, cases = Deal({helper.pk: []}, []), dict[int, Case]()
    if was_running:
        lent, decided = settle(cover)
        going = [case_id for case_id, fate in decided.items() if fate == CaseFate.RETURNED]
        found = Case.objects.filter(pk__in=going)
        dealt = deal(pieces(found, day=today), [candidate.room])
        if dealt.left:
            raise no_room(len(dealt.left))
        cases = {case.pk: case for case in found}
        decided |= dict.fromkeys(going, CaseFate.HANDED_ON)
        write_fates(cover, lent, decided, now=now)
        close_cover(cover, min(last_day, today), reason, actor=actor, now=now)
    else:
        _cancel(cover, reason, actor, now)
    follower = Cover.objects.create(
        arrangement=cover.arrangement, owner=cover.owner, helper=helper, first_day=begins,
        last_day=max(last_day, begins), scope=cover.scope, stages=cover.stages, share=cover.share, leave=cover.leave,
        reason=reason.strip()[:200], handover_note=cover.handover_note, arranged_by=actor, arranged_at=now,
    )  # fmt: skip
    figures = {"from": cover.pk, "helper": helper.pk, "cases": len(cases)}
    audit.record(action="cover.handed_on", actor=actor, obj=follower, data=figures, reason=reason)
    tell(cover, "cover.handed_on", actor=actor, params={"next": str(helper)})
    if was_running:
        lend([follower], dealt, cases, actor=actor, now=now)
    elif begins == today and (trouble := start_covers(arrangement=cover.arrangement, actor=actor, now=now)):
        raise CoverRefused(trouble_text(trouble), "helper", trouble)
    follower.refresh_from_db()
    return follower


def write_note(*, cover: Cover, text: str, actor: User, now: dt.datetime) -> Cover:
    """What the other should know: before the end the leader's and owner's word to the helper is `handover_note`; what the
    helper writes is for the owner. Raises CoverRefused: cancelled, or too long."""
    said = text.strip()
    if len(said) > MOST_NOTE:
        raise CoverRefused(_("说明至多 %(most)s 字") % {"most": MOST_NOTE}, "note")
    with transaction.atomic():
        cover = locked_cover(cover.pk, CoverState.PLANNED, CoverState.RUNNING, CoverState.ENDED)
        field = "return_note" if actor.pk == cover.helper_id else "handover_note"
        if getattr(cover, field) == said:
            return cover
        setattr(cover, field, said)
        cover.save(update_fields=[field])
        audit.record(action="cover.noted", actor=actor, obj=cover, data={"note": field, "length": len(said)})
    return cover
