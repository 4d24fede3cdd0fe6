"""What the telephone line knows of a contact, and talks without a recording."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.gate import ANSWER_HOLDS, has_expired
from compliance.models import AttemptState, ContactAttempt, ContactDetail, Transcript
from compliance.services.call_details import LogRefused, check_recording
from compliance.services.log import hold_attempt


def note_dialled(
    *, attempt: ContactAttempt, place: Callable[[], str], actor: User | None, now: datetime
) -> ContactDetail:
    """Have `place` dial, which answers the line's own name of the call, once the contact is locked and may be. Raises
    LogRefused for one that is over, for an answer of the gate that holds no longer, and for a second dialling: that is
    another contact, for which the gate is asked."""
    with transaction.atomic():
        locked = hold_attempt(attempt)
        if locked.state != AttemptState.OPEN:
            raise LogRefused(_("这次联系已经结束，不能再拨号"))
        detail, _made = ContactDetail.objects.get_or_create(attempt=locked)
        if detail.call_ref:
            raise LogRefused(_("这次联系已经拨过号；再拨请先记录结果，再重新发起"))
        if has_expired(locked, now=now):
            raise LogRefused(
                _("这次判定已超过 %(minutes)d 分钟，不能再拨号；请点“没有拨出”，再重新发起")
                % {"minutes": ANSWER_HOLDS // timedelta(minutes=1)}
            )
        detail.call_ref = place()[:64]
        detail.save(update_fields=["call_ref"])
        audit.record(
            action="contact.dialled",
            actor=actor,
            obj=locked.case,
            data={"attempt": locked.pk, "call": detail.call_ref, "number": locked.point.masked if locked.point else ""},
        )
    return detail


def note_line(
    *,
    attempt: ContactAttempt,
    connected_at: datetime | None = None,
    ended_at: datetime | None = None,
    recording_ref: str = "",
    recording_hash: str = "",
) -> bool:
    """What the line tells of a call, before or after it was told about. A fact that is there stays; a recording that arrives
    late clears the mark that there is none. Returns whether anything was new. Raises LogRefused for no digest."""
    check_recording(recording_ref, recording_hash)
    with transaction.atomic():
        locked = hold_attempt(attempt)
        detail, _made = ContactDetail.objects.get_or_create(attempt=locked)
        is_new = False
        if connected_at is not None and detail.connected_at is None:
            detail.connected_at, is_new = connected_at, True
        if recording_ref and not detail.recording_ref:
            detail.recording_ref, detail.recording_hash, detail.no_recording = recording_ref, recording_hash, False
            is_new = True
        if is_new:
            detail.save(update_fields=["connected_at", "recording_ref", "recording_hash", "no_recording"])
        begun = locked.started_at or detail.connected_at or locked.opened_at
        if ended_at is not None and locked.ended_at is None and ended_at >= begun:
            locked.ended_at, is_new = ended_at, True
            locked.save(update_fields=["ended_at"])
        if is_new:
            audit.record(
                action="contact.line", actor=None, obj=locked.case,
                data={"attempt": locked.pk, "recording": detail.recording_ref, "sha256": detail.recording_hash},
            )  # fmt: skip
    return is_new


def keep_transcript(*, attempt: ContactAttempt, text: str, engine: str, now: datetime) -> bool:
    """What was said, as a machine wrote it down; whether it is new. The first one stays: what was judged by it must not
    change underneath."""
    if not text.strip():
        return False
    with transaction.atomic():
        _row, is_new = Transcript.objects.get_or_create(
            attempt=attempt, defaults={"text": text.strip(), "engine": engine[:64], "received_at": now}
        )
        if is_new:
            audit.record(
                action="contact.transcript", actor=None, obj=attempt.case,
                data={"attempt": attempt.pk, "engine": engine[:64], "characters": len(text.strip())},
            )  # fmt: skip
    return is_new


def review_missing(*, detail: ContactDetail, finding: str, actor: User, now: datetime) -> ContactDetail:
    """Say why a talk has no recording, and take it off the list; the mark stays on the row. Raises LogRefused: no finding, a
    recording that came meanwhile, already reviewed by somebody."""
    if not finding.strip():
        raise LogRefused(_("请写明没有录音的原因"), field="finding")
    with transaction.atomic():
        locked = ContactDetail.objects.select_for_update(of=("self",)).select_related("attempt__case").get(pk=detail.pk)
        if not locked.no_recording:
            raise LogRefused(_("这次通话已有录音，不需要核查"))
        if locked.recording_reviewed_at is not None:
            raise LogRefused(_("这次通话已由他人核查"))
        locked.recording_finding = finding.strip()[:200]
        locked.recording_reviewed_by, locked.recording_reviewed_at = actor, now
        locked.save(update_fields=["recording_finding", "recording_reviewed_by", "recording_reviewed_at"])
        audit.record(
            action="recording.reviewed",
            actor=actor,
            obj=locked.attempt.case,
            data={"attempt": locked.pk},
            reason=finding,
        )
    return locked
