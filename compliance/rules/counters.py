"""How often: contacts counted by debtor, contract, number or person over calendar days, lender and agencies together.

Three counters are kept apart: an *attempt* was dialled, a *connected* call was picked up, an *effective* one reached the
right person. A period is a number of calendar days that ends today, never a number of hours.
"""

import calendar
import datetime as dt
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Literal

from compliance.rules.facts import MESSAGES, MISSED, REACHED, TALKED, Channel, Event, Facts, Result
from compliance.rules.kinds import kind
from compliance.rules.tighter import FEWER, FIXED, HIGHER, LOWER, stricter
from compliance.rules.verdict import Finding

Counted = Literal["attempt", "connected", "effective", "unanswered", "sent"]
Per = Literal["debtor", "loan", "point", "party"]
Period = Literal["days", "week", "month"]


@dataclass(frozen=True)
class Limit:
    """No more than `most` of what is `counted`, `per` debtor and so on, in the last `days` calendar days (today is one of
    them), or in a calendar week or month. `most` None: no limit.

    `effective_is` says what makes a call an effective one: the right person was reached, or anybody picked up. `not_counted`
    results do not count at all. `actors`: whose contact is limited (none: everybody's); everybody's counts in any case. An
    agreement of type `unless_agreed`, with evidence, lifts the limit; a consent of type `consent` does so for
    `consent_days` days, the one of its receipt included, and what happens in them does not count.
    """

    counted: Counted
    most: int | None
    per: Per = "debtor"
    period: Period = "days"
    days: int = 1
    channels: tuple[Channel, ...] = ("call",)
    actors: tuple[Literal["human", "ai"], ...] = ()
    effective_is: Literal["right_party", "connected"] = "right_party"
    not_counted: tuple[Result, ...] = ()
    unless_agreed: str = ""
    consent: str = ""
    consent_days: int = 0


@kind(
    "limit",
    most=LOWER, days=HIGHER, effective_is=stricter("right_party", "connected"), not_counted=FEWER, consent_days=LOWER,
    counted=FIXED, per=FIXED, period=FIXED, channels=FIXED, actors=FIXED, unless_agreed=FIXED, consent=FIXED,
)  # fmt: skip
def limit(facts: Facts, params: Limit) -> Finding | None:
    action = facts.action
    if params.most is None or action.channel not in params.channels or not facts.is_outbound:
        return None
    if params.actors and action.actor_kind not in params.actors:
        return None
    if params.unless_agreed and any(a.type == params.unless_agreed and a.evidence for a in facts.agreements):
        return None
    if facts.today in _consented(facts, params):
        return None
    reached = [days for days in _counted(facts, params) if _in_period(facts, params, days) >= params.most]
    if not reached:
        return None
    free_days = [_free_day(days, facts.today, params) for days in reached]
    until = None if None in free_days else facts.start_of(max(day for day in free_days if day is not None))
    return Finding(max(_in_period(facts, params, days) for days in reached), params.most, until=until)


def used_of(facts: Facts, params: Limit) -> int:
    """How much of the limit is used up by now, for what the action is about."""
    return max((_in_period(facts, params, days) for days in _counted(facts, params)), default=0)


def _counted(facts: Facts, params: Limit) -> list[list[dt.date]]:
    """The days, in order, of what counts: for each thing that the action would add to (`_groups`)."""
    free = _consented(facts, params)
    events = [event for event in _events(facts, params.channels) if _counts(event, params)]
    days = [(facts.day_of(event.at), event) for event in events]
    return [
        sorted(day for day, event in days if day not in free and belongs(event))
        for belongs in _groups(facts, params.per)
    ]


def _in_period(facts: Facts, params: Limit, days: list[dt.date]) -> int:
    return sum(1 for day in days if day >= _first_day(facts.today, params))


def _events(facts: Facts, channels: Iterable[Channel]) -> list[Event]:
    return [event for event in facts.past if event.direction == "out" and event.channel in channels]


def _counts(event: Event, params: Limit) -> bool:
    if event.result in params.not_counted:
        return False
    match params.counted:
        case "attempt":
            return True
        case "sent":
            return event.result != "failed"
        case "connected":
            return event.result in TALKED
        case "unanswered":
            return event.result in MISSED
        case "effective":
            return event.result in (REACHED if params.effective_is == "right_party" else TALKED)


def _groups(facts: Facts, per: Per) -> list[Callable[[Event], bool]]:
    """What the planned action would add to, each as the question whether an event belongs there."""
    action = facts.action
    if per == "loan":
        return [lambda event, loan=loan: not event.loans or loan in event.loans for loan in action.loans or _all(facts)]  # type: ignore[misc]
    if per == "debtor":
        return [lambda event: _is_of_debtor(facts, event)]
    own: Hashable = action.point if per == "point" else action.party
    return [lambda event: (event.point if per == "point" else event.party) == own]


def _all(facts: Facts) -> tuple[str, ...]:
    return tuple(loan.id for loan in facts.loans)


def _is_of_debtor(facts: Facts, event: Event) -> bool:
    """Calls to somebody else about the debtor are not calls to the debtor."""
    return facts.own_roles.get(event.party, "contact") == "debtor" or event.party == "debtor"


def _consented(facts: Facts, params: Limit) -> set[dt.date]:
    if not params.consent:
        return set()
    days = [a.received_on for a in facts.agreements if a.type == params.consent and a.received_on is not None]
    return {day + dt.timedelta(days=n) for day in days for n in range(params.consent_days)}


def _first_day(day: dt.date, params: Limit) -> dt.date:
    """The first day of the period that `day` is in, or ends."""
    match params.period:
        case "week":
            return day - dt.timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "days":
            return day - dt.timedelta(days=params.days - 1)


def _free_day(counted: list[dt.date], today: dt.date, params: Limit) -> dt.date | None:
    """The first day on which fewer than the limit count, if nothing is added; None where that never comes."""
    if not params.most:
        return None
    if params.period == "week":
        return today + dt.timedelta(days=7 - today.weekday())
    if params.period == "month":
        return today.replace(day=calendar.monthrange(today.year, today.month)[1]) + dt.timedelta(days=1)
    # The last `most` of them have to be down to one fewer: the oldest of these leaves the period.
    return counted[-params.most] + dt.timedelta(days=params.days)


@dataclass(frozen=True)
class QuietAfter:
    """Nothing for `days` calendar days after the last contact that is `counted`, the day of that contact being the first;
    None: no such pause. A talk counts whoever began it."""

    days: int | None
    counted: Literal["any", "talk"] = "talk"
    per: Literal["debtor", "loan"] = "debtor"
    channels: tuple[Channel, ...] = ("call",)


@kind("quiet_after", days=HIGHER, counted=FIXED, per=FIXED, channels=FIXED)
def quiet_after(facts: Facts, params: QuietAfter) -> Finding | None:
    action = facts.action
    if params.days is None or action.channel not in params.channels or not facts.is_outbound:
        return None
    days = [
        facts.day_of(event.at)
        for event in facts.past
        if event.channel in params.channels
        and (event.result in TALKED if params.counted == "talk" else event.direction == "out")
        and _is_of_debtor(facts, event)
        and (params.per == "debtor" or not action.loans or not event.loans or set(action.loans) & set(event.loans))
    ]
    # A round of today is the same round, not the next one; a talk of today is over.
    if params.counted == "any":
        days = [day for day in days if day < facts.today]
    if not days:
        return None
    free = max(days) + dt.timedelta(days=params.days)
    if facts.today >= free:
        return None
    return Finding(max(days), params.days, until=facts.start_of(free))


@dataclass(frozen=True)
class MinGap:
    """Minutes between the last call that nobody picked up and the next one to the debtor, by whichever number."""

    minutes: int | None


@kind("min_gap", minutes=HIGHER)
def min_gap(facts: Facts, params: MinGap) -> Finding | None:
    if params.minutes is None or facts.action.channel != "call" or not facts.is_outbound:
        return None
    missed = [event.at for event in _events(facts, ("call",)) if event.result in MISSED and _is_of_debtor(facts, event)]
    if not missed:
        return None
    free = max(missed) + dt.timedelta(minutes=params.minutes)
    if facts.now >= free:
        return None
    return Finding(int((facts.now - max(missed)).total_seconds() // 60), params.minutes, until=free)


@dataclass(frozen=True)
class Burst:
    """Calls within `minutes`, this one included, over all numbers of the debtor."""

    most: int | None
    minutes: int = 60


@kind("burst", most=LOWER, minutes=HIGHER)
def burst(facts: Facts, params: Burst) -> Finding | None:
    if params.most is None or facts.action.channel != "call" or not facts.is_outbound:
        return None
    since = facts.now - dt.timedelta(minutes=params.minutes)
    recent = sorted(event.at for event in _events(facts, ("call",)) if event.at > since and _is_of_debtor(facts, event))
    if len(recent) < params.most:
        return None
    until = recent[-params.most] + dt.timedelta(minutes=params.minutes)
    return Finding(len(recent) + 1, params.most, until=until)


@dataclass(frozen=True)
class FreshFeeds:
    """Minutes after which an agency's silence makes the counts doubtful."""

    minutes: int | None


@kind("fresh_feeds", minutes=LOWER)
def fresh_feeds(facts: Facts, params: FreshFeeds) -> Finding | None:
    if params.minutes is None or facts.action.channel in MESSAGES or not facts.is_outbound:
        return None
    stale = [f for f in facts.feeds if facts.now - f.received_at > dt.timedelta(minutes=params.minutes)]
    if not stale:
        return None
    oldest = min(stale, key=lambda feed: feed.received_at)
    return Finding(f"{oldest.org} {oldest.received_at.astimezone(facts.zone):%Y-%m-%d %H:%M}", params.minutes)
