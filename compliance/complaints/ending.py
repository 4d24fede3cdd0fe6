"""The end of a complaint, and what comes after it: closed with an answer, looked after, opened again."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection_ops.core import clock
from collection_ops.core.dated_settings import Setting
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.complaints import handling
from compliance.complaints.conflicts import accused_of, refuse_conflict
from compliance.complaints.letters import sent_in_round
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import step
from compliance.models import FOUND_TRUE, Complaint, ComplaintState, Content, FollowUp

FOLLOWUP_DAYS = Setting(
    "complaint.followup_days",
    label=gettext_lazy("办结后回访天数"),
    default=30,
    source=gettext_lazy("内部规定：属实的投诉办结后须回访"),
    unit=gettext_lazy("天"),
    least=1,
    most=180,
)

TRY_AGAIN = timedelta(days=3)
MOST_TRIES = 3


def close_answered(
    *, complaint: Complaint, answered: str, without_letter: str, actor: User, now: datetime
) -> Complaint:
    """Close it with the letter that was sent in this round, or with how the person was told and why there was none
    (`without_letter`). What was found true is looked after some days later.

    Raises ComplaintRefused as `close` does, and without a letter and a reason."""
    with transaction.atomic():
        letter = sent_in_round(complaint)
        words = answered.strip()
        if letter is None:
            if not without_letter.strip():
                raise ComplaintRefused(_("没有记录答复函；确实不需要时请写明原因"), "without_letter")
            words = words and _("%(answered)s（未发答复函：%(reason)s）") % {
                "answered": words,
                "reason": without_letter.strip(),
            }
        elif not words and letter.sent_on is not None:
            words = _("答复函已于 %(day)s 送达：%(how)s") % {
                "day": letter.sent_on.isoformat(),
                "how": letter.get_how_display(),
            }
        closed = handling.close(complaint=complaint, answered=words, actor=actor, now=now)
        if closed.outcome in FOUND_TRUE:
            today = clock.business_date(now)
            FollowUp.objects.create(
                complaint=closed, round=closed.round, due_on=today + timedelta(days=FOLLOWUP_DAYS.on(today))
            )
    return closed


def follow_ups() -> "QuerySet[FollowUp]":
    """Those that are still to be made: of the last round of complaints that are closed."""
    return FollowUp.objects.filter(
        done_at__isnull=True, complaint__state=ComplaintState.CLOSED, round=F("complaint__round")
    )


def due_follow_ups(day: date) -> "QuerySet[FollowUp]":
    return follow_ups().filter(due_on__lte=day)


def record_follow_up(
    *,
    complaint: Complaint,
    remedied: bool,
    content: Content | str,
    note: str,
    reopens: bool,
    actor: User,
    now: datetime,
) -> FollowUp:
    """What was heard. `reopens`: a new round begins in the same step, with the note as its reason. Whoever was not reached is
    tried again some days later, three times in all.

    Raises ComplaintRefused: none to be made, nothing said, not content (or not remedied) and no word of why, reopened though
    the person is content, an interest in it."""
    if content not in Content.values:
        raise ComplaintRefused(_("请选择投诉人是否满意"), "content")
    is_bad = content == Content.NOT_CONTENT or not remedied
    if is_bad and not note.strip():
        raise ComplaintRefused(_("不满意或补救未落实时请写明情况"), "note")
    if reopens and not is_bad:
        raise ComplaintRefused(_("投诉人满意且补救已落实，不需要重新受理"), "reopens")
    with transaction.atomic():
        locked = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
        refuse_conflict(accused_of(locked), actor, field="")
        row = follow_ups().select_for_update(of=("self",)).filter(complaint=locked).first()
        if row is None:
            raise ComplaintRefused(_("没有待回访的记录；可能同事已回访，或投诉已重新受理"))
        if content == Content.NOT_REACHED and not reopens and _tried(row) + 1 < MOST_TRIES:
            row.due_on = clock.business_date(now) + TRY_AGAIN
            row.save(update_fields=["due_on"])
        else:
            row.remedied, row.content, row.note = remedied, str(content), note.strip()
            row.done_at, row.done_by = now, actor
            row.save()
        step(
            locked, "followed_up", actor=actor, now=now, words=note,
            data={"content": str(content), "remedied": remedied, "round": row.round},
        )  # fmt: skip
        audit.record(
            action="complaint.followed_up", actor=actor, obj=locked,
            data={"content": str(content), "remedied": remedied},
        )  # fmt: skip
        if reopens:
            handling.reopen(complaint=locked, reason=_("回访：%(note)s") % {"note": note.strip()}, actor=actor, now=now)
    return row


def _tried(row: FollowUp) -> int:
    """How often the person was called for it and not reached."""
    steps = row.complaint.steps.filter(kind="followed_up", data__round=row.round)
    return steps.filter(data__content=str(Content.NOT_REACHED)).count()
