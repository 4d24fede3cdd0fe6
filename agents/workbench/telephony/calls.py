"""Dialling a contact over the line, and taking over what the line knows of it."""

import logging
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from agents.workbench.telephony import Line, LineDown, News
from collection_ops.core.models import User
from compliance.models import AttemptState, ContactAttempt, ContactDetail
from compliance.services.call_details import LogRefused
from compliance.services.recordings import keep_transcript, note_dialled, note_line

logger = logging.getLogger(__name__)

ASKED_FOR = timedelta(days=2)
"""How long after a call the line is asked for a recording that it does not have yet."""
AT_ONCE = 200


def dial(*, attempt: ContactAttempt, line: Line, actor: User, now: datetime) -> ContactDetail:
    """Have the line call the number of an open contact. The number goes to the line only. Raises LogRefused: over, dialled
    already, the gate's answer too old, no number, or the line is down."""
    point = attempt.point
    if point is None:
        raise LogRefused(_("这次联系没有号码可拨"))

    def place() -> str:
        return line.dial(attempt_id=attempt.pk, number=point.value, extension=actor.username, now=now)

    try:
        return note_dialled(attempt=attempt, place=place, actor=actor, now=now)
    except LineDown as down:
        logger.warning("the line did not take a call", extra={"attempt": attempt.pk})
        raise LogRefused(_("话务线路没有接通，请稍后再拨，或查看号码后手工拨打")) from down


def news_of(detail: ContactDetail | None, *, line: Line | None, now: datetime) -> News | None:
    """What the line says of a contact now, only to look at; None where it was not dialled over it, or the line is down."""
    if line is None or detail is None or not detail.call_ref:
        return None
    try:
        return line.news(call_ref=detail.call_ref, now=now)
    except LineDown:
        return None


def take_over(*, attempt: ContactAttempt, line: Line | None, now: datetime) -> None:
    """Write down what the line knows of a contact by now."""
    detail = ContactDetail.objects.filter(attempt=attempt).first()
    news = news_of(detail, line=line, now=now)
    if news is not None and (news.connected_at or news.ended_at or news.recording_ref):
        note_line(
            attempt=attempt,
            connected_at=news.connected_at,
            ended_at=news.ended_at,
            recording_ref=news.recording_ref,
            recording_hash=news.recording_hash,
        )
    if news is not None:
        keep_transcript(attempt=attempt, text=news.transcript, engine=news.engine, now=now)


def catch_up(*, line: Line, now: datetime) -> int:
    """Ask the line about calls that are not over yet, or have no recording yet; returns about how many."""
    unknown = Q(state=AttemptState.OPEN, ended_at__isnull=True) | Q(detail__no_recording=True)
    waiting = ContactAttempt.objects.filter(unknown, opened_at__gte=now - ASKED_FOR, detail__call_ref__gt="")
    found = list(waiting.order_by("pk")[:AT_ONCE])
    for attempt in found:
        take_over(attempt=attempt, line=line, now=now)
    return len(found)
