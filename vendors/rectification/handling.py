"""A rectification on its way: the agency answers, somebody else finds it sufficient or sends it back, and more days are
asked for and decided.

    answer(row=row, texts={finding_id: "…"}, actor=manager, now=now)
    accept(row=row, words="…", actor=officer, now=now)      # closed; where it had stopped placements they go on
    send_back(row=row, words="…", actor=officer, now=now)   # open again; the second time placements stop
"""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import has, users_with
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.calendar import add_business_days
from vendors.models import (
    Agency,
    Rectification,
    RectificationAnswer,
    RectificationExtension,
    RectificationState,
    TerminationState,
)
from vendors.rectification import limits
from vendors.rectification.raising import ANSWER, EXTEND, JUDGE, MOST_WORDS, step, tell
from vendors.rectification.refusals import RectificationRefused
from vendors.rectification.stopping import lift, stop


def answer(
    *, row: Rectification, texts: Mapping[int, str], actor: User | None, now: datetime, sent_by: str = ""
) -> Rectification:
    """What the agency says, a text for each finding (by id); typed in by somebody (`actor`), or sent by the agency's own
    program (`sent_by`: its name). Raises RectificationRefused: a finding without an answer, or none is waited for."""
    if actor is not None:
        _require(actor, ANSWER)
    with transaction.atomic():
        locked = held(row, RectificationState.OPEN)
        findings = list(locked.findings.order_by("number"))
        said = {one.pk: texts.get(one.pk, "").strip()[:MOST_WORDS] for one in findings}
        missing = [one for one in findings if not said[one.pk]]
        if missing:
            raise RectificationRefused(
                _("第 %(number)s 个问题还没有答复") % {"number": missing[0].number}, f"finding-{missing[0].pk}"
            )
        turn = locked.failures + 1
        RectificationAnswer.objects.bulk_create(
            RectificationAnswer(finding=one, round=turn, text=said[one.pk], said_by=actor, sent_by=sent_by, at=now)
            for one in findings
        )
        locked.state, locked.answered_by, locked.answered_at = RectificationState.ANSWERED, actor, now
        locked.save(update_fields=["state", "answered_by", "answered_at"])
        in_time = clock.business_date(now) <= locked.due_on
        data = {"round": turn, "in_time": in_time, "sent_by": sent_by}
        step(locked, "answered", actor=actor, now=now, data=data)
        audit.record(action="rectification.answered", actor=actor, obj=locked, data=data)
        tell(locked, "rectification.answered", users_with(JUDGE), actor)
    return locked


def accept(*, row: Rectification, words: str, actor: User, now: datetime) -> Rectification:
    """Enough: it is closed, and the agency may be given cases again. Raises RectificationRefused: not answered, one's own
    words, nothing said, or the end of the cooperation is being decided."""
    with transaction.atomic():
        locked = _to_judge(row, words, actor)
        if locked.terminations.filter(state=TerminationState.PROPOSED).exists():
            raise RectificationRefused(_("终止合作的提议还没有决定，请先决定"))
        if locked.is_stopping:
            lift(locked, actor=actor, now=now)
        locked.state, locked.closed_by, locked.closed_at = RectificationState.CLOSED, actor, now
        locked.save(update_fields=["state", "closed_by", "closed_at", "lifted_on"])
        step(locked, "accepted", actor=actor, now=now, words=words)
        audit.record(action="rectification.accepted", actor=actor, obj=locked)
        tell(locked, "rectification.accepted", users_with(ANSWER), actor)
    return locked


def send_back(*, row: Rectification, words: str, actor: User, now: datetime) -> Rectification:
    """Not enough: the agency answers again, in as many days as at first; from the second time on it is given no cases
    meanwhile. Raises RectificationRefused as `accept`."""
    day = clock.business_date(now)
    with transaction.atomic():
        locked = _to_judge(row, words, actor)
        locked.state, locked.failures, locked.escalated = RectificationState.OPEN, locked.failures + 1, 0
        locked.due_on = add_business_days(day, limits.ANSWER_DAYS.on(day))
        locked.save(update_fields=["state", "failures", "escalated", "due_on"])
        data = {"failures": locked.failures, "due": locked.due_on.isoformat()}
        step(locked, "sent_back", actor=actor, now=now, words=words, data=data)
        audit.record(action="rectification.sent_back", actor=actor, obj=locked, data=data)
        tell(locked, "rectification.sent_back", users_with(ANSWER), actor)
        if locked.failures >= limits.FAILURES_MOST.on(day) and locked.stopped_on is None:
            stop(locked, "failed", actor=actor, now=now)
    return locked


def _to_judge(row: Rectification, words: str, actor: User) -> Rectification:
    _require(actor, JUDGE)
    _said(words, _("请写明验收意见"))
    locked = held(row, RectificationState.ANSWERED)
    if locked.answered_by_id == actor.pk:
        raise RectificationRefused(_("您登记了机构的答复，验收须由他人进行"))
    return locked


# More days ----------------------------------------------------------------------------------------------------------


def ask_extension(
    *, row: Rectification, until: date, reason: str, actor: User, now: datetime
) -> RectificationExtension:
    """Raises RectificationRefused: no reason, asked already, as often extended as it may be, or a day out of bounds."""
    _require(actor, ANSWER)
    _said(reason, _("请写明延期的理由"), "reason")
    day = clock.business_date(now)
    with transaction.atomic():
        locked = held(row, RectificationState.OPEN)
        most = limits.EXTENSIONS_MOST.on(day)
        if locked.extensions >= most:
            raise RectificationRefused(_("这项整改已延期 %(most)s 次，不能再延期") % {"most": most})
        if locked.asked_extensions.filter(granted__isnull=True).exists():
            raise RectificationRefused(_("已有延期申请等待决定"))
        if locked.due_on < day:
            raise RectificationRefused(_("整改已逾期，不能再申请延期"))
        last = add_business_days(locked.due_on, limits.EXTENSION_DAYS.on(day))
        if not locked.due_on < until <= last:
            said = {"first": locked.due_on, "last": last}
            raise RectificationRefused(_("延期须晚于 %(first)s，不晚于 %(last)s") % said, "until")
        asked = RectificationExtension.objects.create(
            rectification=locked, until=until, reason=reason.strip()[:MOST_WORDS], asked_by=actor, asked_at=now
        )
        data = {"until": until.isoformat()}
        step(locked, "ext_asked", actor=actor, now=now, words=reason, data=data)
        audit.record(action="rectification.ext_asked", actor=actor, obj=locked, data=data)
        tell(locked, "rectification.ext_asked", users_with(EXTEND), actor, until=until.isoformat())
    return asked


def decide_extension(*, row: Rectification, granted: bool, words: str, actor: User, now: datetime) -> Rectification:
    """Raises RectificationRefused: none waits, one's own, nothing said."""
    _require(actor, EXTEND)
    _said(words, _("请写明决定的理由"))
    with transaction.atomic():
        locked = held(row, RectificationState.OPEN, RectificationState.ANSWERED)
        asked = locked.asked_extensions.select_for_update().filter(granted__isnull=True).first()
        if asked is None:
            raise RectificationRefused(_("没有等待决定的延期申请，可能别人刚处理过，请刷新页面"))
        if asked.asked_by_id == actor.pk:
            raise RectificationRefused(_("自己申请的延期须由他人决定"))
        asked.granted, asked.decided_by, asked.decided_at = granted, actor, now
        asked.save(update_fields=["granted", "decided_by", "decided_at"])
        if granted:
            locked.due_on, locked.extensions = max(asked.until, locked.due_on), locked.extensions + 1
            locked.escalated = 0
            locked.save(update_fields=["due_on", "extensions", "escalated"])
        kind = "ext_granted" if granted else "ext_refused"
        data = {"until": asked.until.isoformat(), "granted": granted}
        step(locked, kind, actor=actor, now=now, words=words, data=data)
        audit.record(action="rectification.ext_decided", actor=actor, obj=locked, data=data)
        tell(locked, f"rectification.{kind}", users_with(ANSWER), actor, until=asked.until.isoformat())
    return locked


# Shared -------------------------------------------------------------------------------------------------------------


def held(row: Rectification, *states: RectificationState) -> Rectification:
    """The agency first, since a stop closes its desk; then the row as it is now. Raises RectificationRefused for another
    state than asked for."""
    Agency.objects.select_for_update(of=("self",), no_key=True).get(pk=row.agency_id)
    locked = Rectification.objects.select_for_update(of=("self",)).select_related("agency__desk").get(pk=row.pk)
    if locked.state not in states:
        said = {"number": locked.number, "state": locked.get_state_display()}
        raise RectificationRefused(_("整改 %(number)s 的状态是“%(state)s”，不能这样处理。请刷新页面") % said)
    return locked


def _require(actor: User, capability: str) -> None:
    if not has(actor, capability):
        raise RectificationRefused(_("您没有这项权限"))


def _said(words: str, sentence: str, field: str = "words") -> None:
    if not words.strip():
        raise RectificationRefused(sentence, field)
