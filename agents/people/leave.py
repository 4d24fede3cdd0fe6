"""Leave: asked for, decided by somebody else, cancelled.

What follows from approved leave registers itself, and runs in the same transaction:

    @on_leave_approved
    def arrange(leave: Leave, *, actor: User | None, now: datetime) -> None: ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from agents.models import Half, Leave, LeaveKind, LeaveState
from agents.people.staff import leaders_of, staff_for
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify

ASK, DECIDE = "leave.ask", "leave.decide"
LONGEST, LATEST = timedelta(days=366), timedelta(days=31)
"""House rules: how long one leave may be, and how long after its first day it may still be told of."""
_IN_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('agents_leave', %s))"

Follows = Callable[..., None]
_when_approved: list[Follows] = []
_when_cancelled: list[Follows] = []


class LeaveRefused(Exception):
    """The leave cannot be asked for, decided or cancelled; the sentence says why, `field` of which entry (or nothing)."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Away:
    """From when to when, and which parts of the first and the last day."""

    kind: str
    first_day: date
    last_day: date
    first_half: str = Half.WHOLE
    last_half: str = Half.WHOLE
    reason: str = ""


def on_leave_approved(follows: Follows) -> Follows:
    """Registers what happens when leave is approved."""
    if follows not in _when_approved:
        _when_approved.append(follows)
    return follows


def on_leave_cancelled(follows: Follows) -> Follows:
    """Registers what happens when approved leave is cancelled."""
    if follows not in _when_cancelled:
        _when_cancelled.append(follows)
    return follows


@transaction.atomic
def ask_leave(*, user: User, away: Away, actor: User | None, now: datetime) -> Leave:
    """`user` wants to be away; whoever decides is told. Raises LeaveRefused: days the wrong way round or out of bounds,
    halves that are not in one piece, or leave that is asked for or approved already in these days."""
    leave = _placed(user=user, away=away, actor=actor, now=now, state=LeaveState.ASKED)
    notify(
        users=leaders_of(user, DECIDE),
        kind="leave.asked",
        params={"who": str(user), **_days(leave)},
        url=reverse("people:leaves"),
    )
    return leave


@transaction.atomic
def record_leave(*, user: User, away: Away, actor: User, now: datetime) -> Leave:
    """Somebody who may decide writes down leave of another person, who called in sick: approved at once. Raises
    LeaveRefused as ask_leave does, and for one's own."""
    if actor.pk == user.pk:
        raise LeaveRefused(_("自己的请假须由他人审批"))
    leave = _placed(user=user, away=away, actor=actor, now=now, state=LeaveState.APPROVED)
    _tell_and_follow(leave, actor, now)
    return leave


def decide_leave(*, leave: Leave, approve: bool, note: str, actor: User, now: datetime) -> Leave:
    """Approve or refuse. Raises LeaveRefused: one's own, a refusal without a word why, or it is decided already."""
    if leave.user_id == actor.pk:
        raise LeaveRefused(_("自己的请假须由他人审批"))
    if not approve and not note.strip():
        raise LeaveRefused(_("请写明驳回的原因"), "note")
    with transaction.atomic():
        locked = _locked(leave)
        if locked.state != LeaveState.ASKED:
            said = {"state": locked.get_state_display(), "who": locked.decided_by or locked.user}
            raise LeaveRefused(_("这份请假已由 %(who)s 处理：%(state)s") % said)
        locked.state = LeaveState.APPROVED if approve else LeaveState.REFUSED
        locked.decided_by, locked.decided_at, locked.decision_note = actor, now, note.strip()[:200]
        locked.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
        action = "leave.approved" if approve else "leave.refused"
        audit.record(action=action, actor=actor, obj=locked, data={"user": locked.user_id}, reason=note)
        if approve:
            _tell_and_follow(locked, actor, now)
        else:
            notify(
                users=[locked.user],
                kind="leave.refused",
                params={"note": locked.decision_note, **_days(locked)},
                url=reverse("people:leaves"),
                level="warning",
            )
    return locked


def cancel_leave(*, leave: Leave, reason: str, actor: User, now: datetime) -> Leave:
    """Not any more. One's own before its first day; leave that has begun, only by whoever decides, since people are counted
    as away already. Raises LeaveRefused."""
    with transaction.atomic():
        locked = _locked(leave)
        if locked.state not in (LeaveState.ASKED, LeaveState.APPROVED):
            raise LeaveRefused(_("这份请假已是“%(state)s”") % {"state": locked.get_state_display()})
        was_approved = locked.state == LeaveState.APPROVED
        if was_approved and locked.first_day <= clock.business_date(now) and locked.user_id == actor.pk:
            raise LeaveRefused(_("请假已经开始，请由组长或主管取消"))
        if locked.user_id != actor.pk and not reason.strip():
            raise LeaveRefused(_("请写明取消的原因"), "note")
        locked.state, locked.decision_note = LeaveState.CANCELLED, reason.strip()[:200] or locked.decision_note
        locked.save(update_fields=["state", "decision_note"])
        audit.record(action="leave.cancelled", actor=actor, obj=locked, data={"user": locked.user_id}, reason=reason)
        told = [locked.user] if locked.user_id != actor.pk else leaders_of(locked.user, DECIDE) if was_approved else []
        notify(
            users=told,
            kind="leave.cancelled",
            params={"who": str(locked.user), **_days(locked)},
            url=reverse("people:leaves"),
        )
        if was_approved:
            for follows in _when_cancelled:
                follows(locked, actor=actor, now=now)
    return locked


# Who sees and decides what --------------------------------------------------------------------------------------------


def leaves_for(user: User, capability: str = DECIDE) -> QuerySet[Leave]:
    """Leave of the people within the scope."""
    return Leave.objects.filter(user__in=staff_for(user, capability))


def leaves_to_decide(user: User) -> QuerySet[Leave]:
    """What waits for this person's decision: never their own."""
    return leaves_for(user).filter(state=LeaveState.ASKED).exclude(user=user)


# Within ---------------------------------------------------------------------------------------------------------------


def _placed(*, user: User, away: Away, actor: User | None, now: datetime, state: LeaveState) -> Leave:
    checked = _checked(away, clock.business_date(now))
    decided = {"decided_by": actor, "decided_at": now} if state == LeaveState.APPROVED else {}
    try:
        with transaction.atomic():
            # At the exclusion constraint two would wait for each other, and one would end as a deadlock.
            with connection.cursor() as cursor:
                cursor.execute(_IN_TURN, [user.pk])
            leave = Leave.objects.create(
                user=user,
                kind=LeaveKind(checked.kind),
                first_day=checked.first_day,
                last_day=checked.last_day,
                first_half=checked.first_half,
                last_half=checked.last_half,
                reason=checked.reason.strip()[:200],
                state=state,
                asked_by=actor,
                asked_at=now,
                **decided,
            )
            data = {"user": user.pk, "kind": leave.kind, "state": str(state), **_days(leave)}
            audit.record(action="leave.asked", actor=actor, obj=leave, data=data)
    except IntegrityError as overlaps:
        raise LeaveRefused(_("这段时间已有请假（待审批或已批准）"), "first_day") from overlaps
    return leave


def _checked(away: Away, today: date) -> Away:
    if away.kind not in LeaveKind.values:
        raise LeaveRefused(_("请选择请假类型"), "kind")
    if away.last_day < away.first_day:
        raise LeaveRefused(_("结束日期不能早于开始日期"), "last_day")
    if away.last_day - away.first_day > LONGEST:
        raise LeaveRefused(_("一次请假最长一年"), "last_day")
    if away.first_day < today - LATEST:
        raise LeaveRefused(_("只能补登最近 31 天内的请假"), "first_day")
    if away.kind == LeaveKind.OTHER and not away.reason.strip():
        raise LeaveRefused(_("请写明事由"), "reason")
    if away.first_day == away.last_day:
        if away.last_half not in (Half.WHOLE, away.first_half):
            raise LeaveRefused(_("同一天请选相同的时段；上午和下午都请即全天"), "last_half")
        return Away(away.kind, away.first_day, away.last_day, away.first_half, away.first_half, away.reason)
    if away.first_half == Half.MORNING:
        raise LeaveRefused(_("多日请假的第一天只能是全天或下午"), "first_half")
    if away.last_half == Half.AFTERNOON:
        raise LeaveRefused(_("多日请假的最后一天只能是全天或上午"), "last_half")
    return away


def _tell_and_follow(leave: Leave, actor: User | None, now: datetime) -> None:
    notify(users=[leave.user], kind="leave.approved", params=_days(leave), url=reverse("people:leaves"))
    for follows in _when_approved:
        follows(leave, actor=actor, now=now)


def _days(leave: Leave) -> dict[str, str]:
    return {"first": leave.first_day.isoformat(), "last": leave.last_day.isoformat()}


def _locked(leave: Leave) -> Leave:
    """Without the people: joined in the same query they would be those of before the wait for the lock."""
    return Leave.objects.select_for_update(no_key=True).get(pk=leave.pk)
