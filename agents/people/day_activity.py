"""One person's day from the log: three counters that are never mixed, and the hours without a sign of work. Pure.

An *attempt* was dialled (or a visit made), a *connected* one was picked up by somebody, an *effective* one reached the
person who owes. A number that turned out to be nobody's of the debtor stays an attempt and is neither of the others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from agents.people.presence import Stretch
from compliance.rules.facts import REACHED, TALKED
from compliance.services.log import NOTE_WITHIN

TALKS = ("call", "visit")
NOTHING = timedelta(0)

SignKind = Literal["contact", "note", "refused"]


@dataclass(frozen=True, slots=True)
class Contact:
    """A line of the contact log as far as the day asks."""

    pk: int
    case_id: int
    channel: str
    direction: str
    state: str
    result: str
    misdirected: bool
    opened_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None
    late_minutes: int | None
    complaint_wish: bool

    @property
    def at(self) -> datetime:
        return self.started_at or self.opened_at

    @property
    def is_attempt(self) -> bool:
        return self.channel in TALKS and self.direction == "out" and self.state != "cancelled"

    @property
    def is_connected(self) -> bool:
        return self.is_attempt and not self.misdirected and self.result in TALKED

    @property
    def is_effective(self) -> bool:
        return self.is_attempt and not self.misdirected and self.result in REACHED

    def is_overdue(self, now: datetime) -> bool:
        """Not told about within the two hours."""
        return self.state == "open" and (self.ended_at or self.opened_at) < now - NOTE_WITHIN


@dataclass(frozen=True, slots=True)
class Refusal:
    """The gate said no. `rule`: of its first reason, with its statement in both languages."""

    pk: int
    case_id: int
    at: datetime
    rule: str
    statement: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that shows a person at work, from `at` until `until`."""

    at: datetime
    until: datetime
    kind: SignKind
    case_id: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Time without a sign of work; `minutes` of it lie within working hours. `before`, `after`: what it lies between (None:
    the day's begin, or its end). `is_open`: it still goes on, up to this moment."""

    begins: datetime
    ends: datetime
    minutes: int
    before: Sign | None
    after: Sign | None
    is_open: bool = False


def signs_of(contacts: Iterable[Contact], refusals: Iterable[Refusal]) -> list[Sign]:
    """What shows the person at work, in order: contacts for as long as they lasted, the telling of them, and questions to
    the gate that were refused: who asks and is told to wait is at work."""
    found = []
    for contact in contacts:
        found.append(Sign(contact.at, contact.ended_at or contact.at, "contact", contact.case_id))
        if contact.closed_at is not None:
            found.append(Sign(contact.closed_at, contact.closed_at, "note", contact.case_id))
    found += [Sign(refusal.at, refusal.at, "refused", refusal.case_id) for refusal in refusals]
    return sorted(found, key=lambda sign: (sign.at, sign.until))


def gaps_of(signs: Sequence[Sign], hours: Sequence[Stretch], *, now: datetime) -> list[Gap]:
    """Every stretch between two signs in which there are working minutes before `now`, in order. The last one, whose
    `after` is None, is how long the person has been without a sign."""
    if not hours or now <= hours[0][0]:
        return []
    until = min(now, hours[-1][1])
    found: list[Gap] = []
    free_from, before = hours[0][0], None
    for sign in signs:
        if sign.at > until:
            break
        _add(found, free_from, sign.at, hours, before, sign)
        if sign.until >= free_from:
            free_from, before = sign.until, sign
    _add(found, free_from, until, hours, before, None)
    if found and found[-1].after is None and now < hours[-1][1]:
        found[-1] = replace(found[-1], is_open=True)
    return found


def _add(
    found: list[Gap],
    begins: datetime,
    ends: datetime,
    hours: Sequence[Stretch],
    before: Sign | None,
    after: Sign | None,
) -> None:
    worked = sum((max(min(end, ends) - max(begin, begins), NOTHING) for begin, end in hours), NOTHING)
    minutes = int(worked.total_seconds() // 60)
    if minutes:
        found.append(Gap(begins, ends, minutes, before, after))


def idle_minutes(gaps: Sequence[Gap], hours: Sequence[Stretch], *, now: datetime) -> int | None:
    """Working minutes since the last sign; None outside working hours, when nobody is idle."""
    if not any(begin <= now < end for begin, end in hours):
        return None
    return gaps[-1].minutes if gaps and gaps[-1].after is None else 0


def longest(gaps: Sequence[Gap], *, at_least: int, most: int = 3) -> list[Gap]:
    """The longest of at least so many minutes, longest first."""
    return sorted((gap for gap in gaps if gap.minutes >= at_least), key=lambda gap: (-gap.minutes, gap.begins))[:most]
