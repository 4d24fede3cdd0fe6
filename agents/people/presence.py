"""Who is there at a moment, by business calendar, shift and approved leave; and the hours in which they are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agents.models import Collector, Half, Leave, LeaveState
from agents.people.board_limits import BoardLimits
from collection_ops.core.models import User
from collection_ops.core.services.calendar import is_business_day

Stretch = tuple[datetime, datetime]


class There(TextChoices):
    """Where somebody is at the moment."""

    ON = "on", _("在岗")
    BREAK = "break", _("午休")
    BEFORE = "before", _("未到班")
    AFTER = "after", _("已下班")
    LEAVE = "leave", _("请假")
    OFF = "off", _("休息")


TONES = {There.ON: "success", There.LEAVE: "warning"}


@dataclass(frozen=True)
class Presence:
    """`hours`: the stretches of the day in which the person is there, without break and leave. `leave`: the
    approved one of the day; `half`: which half of it, where not the whole."""

    there: There
    hours: tuple[Stretch, ...]
    leave: Leave | None = None
    half: str = ""

    @property
    def tone(self) -> str:
        return TONES.get(self.there, "neutral")

    @property
    def half_label(self) -> str:
        """«上午» or «下午» where only half the day is leave."""
        return str(Half(self.half).label) if self.half else ""


def half_on(leave: Leave, day: date) -> str:
    """Which part of `day` a leave takes; `day` lies in it."""
    if day == leave.first_day and leave.first_half != Half.WHOLE:
        return leave.first_half
    if day == leave.last_day and leave.last_half != Half.WHOLE:
        return leave.last_half
    return Half.WHOLE


def presences(people: Collection[User], *, day: date, now: datetime, limits: BoardLimits) -> dict[int, Presence]:
    """By user id; `people` with their files and shifts. Two queries. Who has no file keeps the house's hours."""
    business = is_business_day(day)
    leaves = {
        leave.user_id: leave
        for leave in Leave.objects.filter(
            user__in=[person.pk for person in people],
            state=LeaveState.APPROVED,
            first_day__lte=day,
            last_day__gte=day,
        )
    }
    return {
        person.pk: presence_of(
            getattr(person, "collector", None),
            leaves.get(person.pk),
            day=day,
            now=now,
            limits=limits,
            business=business,
        )
        for person in people
    }


def presence_of(
    file: Collector | None, leave: Leave | None, *, day: date, now: datetime, limits: BoardLimits, business: bool
) -> Presence:
    """Pure: one person's."""
    shift = file.shift if file is not None else None
    works = day.isoweekday() in shift.weekdays if shift is not None and shift.weekdays else business
    if file is not None and (day < file.joined_on or (file.left_on is not None and day > file.left_on)):
        works = False
    if not works:
        return Presence(There.OFF, (), leave)
    half = half_on(leave, day) if leave is not None else ""
    if half == Half.WHOLE:
        return Presence(There.LEAVE, (), leave)
    begins, ends = (shift.starts, shift.ends) if shift is not None else (limits.begins, limits.ends)
    hours = _hours(day, begins, ends, limits, half)
    return Presence(_there(hours, now), hours, leave, half)


def _hours(day: date, begins: time, ends: time, limits: BoardLimits, half: str) -> tuple[Stretch, ...]:
    first, last, noon = (_at(day, moment) for moment in (begins, ends, limits.break_at))
    stretches = []
    if half != Half.MORNING:
        stretches.append((first, min(noon, last)))
    if half != Half.AFTERNOON:
        stretches.append((max(noon + limits.break_for, first), last))
    return tuple((begin, end) for begin, end in stretches if begin < end)


def _there(hours: Sequence[Stretch], now: datetime) -> There:
    if not hours:
        return There.OFF
    if now < hours[0][0]:
        return There.BEFORE
    if now >= hours[-1][1]:
        return There.AFTER
    return There.ON if any(begin <= now < end for begin, end in hours) else There.BREAK


def _at(day: date, moment: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, moment))


def day_begins(day: date) -> datetime:
    """Midnight of the lender's calendar day."""
    return _at(day, time.min)
