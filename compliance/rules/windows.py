"""Hours of the day: when nobody may be called, and when somebody said that it does not suit them."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from compliance.rules.facts import AgreedWindow, Channel, Facts, Slot
from compliance.rules.kinds import kind
from compliance.rules.tighter import EVENING, FIXED, MORNING, NO
from compliance.rules.verdict import Finding, Strength


@dataclass(frozen=True)
class QuietHours:
    """Nothing from `start` to `end` of the next day, `start` included and `end` not, wherever the debtor may be.
    `agreed`: whether the debtor may agree to other hours, with evidence. `channels`: none means all."""

    start: dt.time
    end: dt.time
    agreed: bool = True
    channels: tuple[Channel, ...] = ()


@kind("quiet_hours", start=EVENING, end=MORNING, agreed=NO, channels=FIXED)
def quiet_hours(facts: Facts, params: QuietHours) -> Finding | None:
    if not facts.is_outbound or (params.channels and facts.action.channel not in params.channels):
        return None
    wanted = f"{params.end:%H:%M}-{params.start:%H:%M}"
    quiet = _quiet_at(facts, params, facts.now)
    if quiet is not None:
        windows = [window for window in facts.agreed_windows if params.agreed and window.evidence]
        local = facts.now.astimezone(facts.zone).time()
        open_now = [w for w in windows if _in_force(facts, w) and _within(local, w.start, w.end)]
        if open_now:
            return Finding(_clock(facts), wanted, strength="record", evidence=(open_now[0].evidence,))
        # A window may open, or come into force, before the quiet hours end.
        changes = [_next_start(facts, window.start) for window in windows]
        changes += [facts.start_of(w.from_day) for w in windows if w.from_day is not None and w.from_day > facts.today]
        return Finding(_clock(facts), wanted, until=min([quiet, *changes]))
    ended = facts.action.ended_at
    if facts.action.kind == "record" and ended is not None and _quiet_at(facts, params, ended) is not None:
        return Finding(f"{ended.astimezone(facts.zone):%H:%M}", wanted, strength="warn")  # it ran into the quiet hours
    return None


def _quiet_at(facts: Facts, params: QuietHours, moment: dt.datetime) -> dt.datetime | None:
    """When the quiet hours of `moment` end, those of the zone that is quiet longest; None outside them."""
    ends = []
    for name in facts.timezones:
        local = moment.astimezone(ZoneInfo(name))
        if _within(local.time(), params.start, params.end):
            day = local.date() + dt.timedelta(days=local.time() >= params.end)
            ends.append(_moment(day, params.end, ZoneInfo(name)))
    return max(ends, default=None)


def _in_force(facts: Facts, window: AgreedWindow) -> bool:
    begun = window.from_day is None or window.from_day <= facts.today
    return begun and (window.revoked_on is None or facts.today < window.revoked_on)


@dataclass(frozen=True)
class InconvenientHours:
    """Hours that the debtor has named. Somebody who has just written may be answered in them."""

    verdict: Strength | None = None


@kind("inconvenient_hours", verdict=FIXED)
def inconvenient_hours(facts: Facts, params: InconvenientHours) -> Finding | None:
    if not facts.is_outbound:
        return None
    ends = [end for slot in facts.inconvenient for end in [_end_of(facts, slot)] if end is not None]
    if not ends:
        return None
    return Finding(_clock(facts), None, until=max(ends), strength=params.verdict)


def _end_of(facts: Facts, slot: Slot) -> dt.datetime | None:
    """When the slot that it is now in ends. A slot over midnight belongs to the day on which it began."""
    now = facts.now.astimezone(facts.zone)
    if not _within(now.time(), slot.start, slot.end):
        return None
    over_midnight = slot.start >= slot.end
    late = over_midnight and now.time() < slot.end  # the part after midnight
    began = now.date() - dt.timedelta(days=late)
    if slot.weekdays and began.isoweekday() not in slot.weekdays:
        return None
    return _moment(began + dt.timedelta(days=over_midnight), slot.end, facts.zone)


def _within(time: dt.time, start: dt.time, end: dt.time) -> bool:
    """In [start, end), which may go over midnight."""
    return start <= time < end if start < end else time >= start or time < end


def _next_start(facts: Facts, time: dt.time) -> dt.datetime:
    """The next moment of this time of day, in the zone that counts the days."""
    today = _moment(facts.today, time, facts.zone)
    return today if today > facts.now else _moment(facts.today + dt.timedelta(days=1), time, facts.zone)


def _moment(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    # Through UTC: an hour that clocks skip becomes the one after it.
    return dt.datetime.combine(day, time, tzinfo=zone).astimezone(dt.UTC).astimezone(zone)


def _clock(facts: Facts) -> str:
    return f"{facts.now.astimezone(facts.zone):%H:%M}"
