"""Meetings: the material made once, minutes, decisions, and what came of them.

make(agency=agency, period=first_of_month, actor=manager, now=now)
write_minutes(meeting=one, held_on=day, text="…", actor=manager, now=now)
decide(meeting=one, decision=Decided("…", owner, due_on, "complaints", Decimal(1)), actor=manager, now=now)
measure_due(now=now)                       # decisions whose day is over, once
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.clock import month_end
from collection_ops.core.digests import digest_of
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from vendors.meetings.figures import figures_of, is_reached, span_ending
from vendors.meetings.pack import build
from vendors.models import Agency, Figure, MeetingDecision, MonthlyMeeting

VIEW, HOLD = "meetings.view", "meetings.hold"
MOST_WORDS = 4000
MOST_DECISIONS = 30
LONGEST = timedelta(days=366)


class MeetingRefused(Exception):
    """Nothing was written: the sentence says why and what to do, `field` beside which entry it belongs."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Decided:
    """`target`: what `figure` should come to by `due_on`."""

    text: str
    owner: User
    due_on: date
    figure: str
    target: Decimal


def make(*, agency: Agency, period: date, actor: User | None, now: datetime) -> MonthlyMeeting:
    """The material of a month that is over; asked for again it is the one that was made. Raises MeetingRefused."""
    if actor is not None:
        _require(actor)
    if said := not_over(period, clock.business_date(now)):
        raise MeetingRefused(said, "month")
    with transaction.atomic():
        locked = Agency.objects.select_for_update(of=("self",), no_key=True).select_related("desk").get(pk=agency.pk)
        found = MonthlyMeeting.objects.filter(agency=locked, period=period).first()
        if found is not None:
            return found
        pack = build(locked, period, now)
        meeting = MonthlyMeeting.objects.create(
            agency=locked, period=period, pack=pack, digest=digest_of(pack), known_by=now, made_by=actor, made_at=now
        )
        data = {"agency": locked.pk, "month": f"{period:%Y-%m}", "digest": meeting.digest}
        audit.record(action="meeting.made", actor=actor, obj=meeting, data=data)
    return meeting


def not_over(period: date, today: date) -> str:
    """Why there is no material yet of a month (its first day); nothing once it is over."""
    if month_end(period) < today:
        return ""
    return _("%(month)s 还没有结束，下月 1 日起才能生成材料") % {"month": f"{period:%Y-%m}"}


def write_minutes(*, meeting: MonthlyMeeting, held_on: date, text: str, actor: User, now: datetime) -> MonthlyMeeting:
    """What was said; written again it replaces what was written. Raises MeetingRefused: nothing said, a day in the future or
    before the month is over."""
    _require(actor)
    if not text.strip():
        raise MeetingRefused(_("请填写会议纪要"), "text")
    if not month_end(meeting.period) < held_on <= clock.business_date(now):
        raise MeetingRefused(_("会议日期须在该月结束之后，且不晚于今天"), "held_on")
    with transaction.atomic():
        locked = _held(meeting)
        locked.held_on, locked.minutes = held_on, text.strip()[:MOST_WORDS]
        locked.minutes_by, locked.minutes_at = actor, now
        locked.save(update_fields=["held_on", "minutes", "minutes_by", "minutes_at"])
        audit.record(action="meeting.minutes", actor=actor, obj=locked, data={"held_on": held_on.isoformat()})
    return locked


def decide(*, meeting: MonthlyMeeting, decision: Decided, actor: User, now: datetime) -> MeetingDecision:
    """With the figure's value in the material beside its target. Raises MeetingRefused: nothing said, somebody who may not
    see meetings, or a day out of bounds."""
    _require(actor)
    today = clock.business_date(now)
    if not decision.text.strip():
        raise MeetingRefused(_("请填写决定"), "text")
    if not has(decision.owner, VIEW):
        raise MeetingRefused(_("%(name)s 没有查看月会的权限") % {"name": decision.owner}, "owner")
    if decision.figure not in Figure.values:
        raise MeetingRefused(_("请选择指标"), "figure")
    if not today < decision.due_on <= today + LONGEST:
        raise MeetingRefused(_("到期日须在明天与一年之内"), "due_on")
    with transaction.atomic():
        locked = _held(meeting)
        number = locked.decisions.count() + 1
        if number > MOST_DECISIONS:
            raise MeetingRefused(_("一次会议最多 %(most)s 项决定") % {"most": MOST_DECISIONS})
        made = MeetingDecision.objects.create(
            meeting=locked,
            number=number,
            text=decision.text.strip()[:MOST_WORDS],
            owner=decision.owner,
            due_on=decision.due_on,
            figure=decision.figure,
            value_now=Decimal(locked.pack["figures"][decision.figure]),
            target=decision.target,
            made_by=actor,
            made_at=now,
        )
        data = {"number": number, "figure": made.figure, "now": str(made.value_now), "target": str(made.target)}
        audit.record(action="meeting.decided", actor=actor, obj=locked, data=data)
        if decision.owner.pk != actor.pk:
            _tell(made, "meeting.decided", due=made.due_on.isoformat())
    return made


def measure_due(*, now: datetime) -> int:
    """Decisions whose last day is over, each once; how many. What is due on one day of one month is measured together."""
    today = clock.business_date(now)
    due = MeetingDecision.objects.filter(measured__isnull=True, due_on__lt=today)
    with transaction.atomic():
        rows = list(
            due.select_for_update(of=("self",), skip_locked=True)
            .select_related("meeting__agency__desk", "owner")
            .order_by("pk")
        )
        spans: dict[tuple[date, date], list[MeetingDecision]] = {}
        for row in rows:
            spans.setdefault(span_ending(row.due_on, row.meeting.period), []).append(row)
        for (first, last), some in spans.items():
            agencies = list({one.meeting.agency_id: one.meeting.agency for one in some}.values())
            found = figures_of(agencies, first, last, now)
            for one in some:
                _measured(one, found[one.meeting.agency_id][Figure(one.figure)], now)
    return len(rows)


def _measured(one: MeetingDecision, value: Decimal, now: datetime) -> None:
    one.measured, one.measured_at = value, now
    one.reached = is_reached(one.figure, measured=value, target=one.target)
    one.save(update_fields=["measured", "measured_at", "reached"])
    data = {"number": one.number, "measured": str(value), "target": str(one.target), "reached": one.reached}
    audit.record(action="meeting.measured", actor=None, obj=one.meeting, data=data)
    _tell(one, "meeting.measured", measured=str(value), target=str(one.target))


def _held(meeting: MonthlyMeeting) -> MonthlyMeeting:
    return MonthlyMeeting.objects.select_for_update(of=("self",)).select_related("agency").get(pk=meeting.pk)


def _require(actor: User) -> None:
    if not has(actor, HOLD):
        raise MeetingRefused(_("您没有这项权限"))


def _tell(one: MeetingDecision, kind: str, **params: str) -> None:
    told = {"agency": one.meeting.agency.name, **params}
    notify(users=[one.owner], kind=kind, params=told, url=reverse("vendors:meeting", args=[one.meeting_id]))
