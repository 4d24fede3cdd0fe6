"""What stands on the compliance desk, as the rooms say it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import ngettext

from collection_ops.core import clock
from collection_ops.core.models import User

SOON = timedelta(days=3)


@dataclass(frozen=True)
class Deadline:
    """One thing that has to be done by a moment (`ends_at` is not in time any more; of a day: the next midnight). `kind` is
    the word for such things, `number` what it is called, `what` a few words, `who` whose it is (empty: nobody's yet)."""

    kind: str
    number: str
    what: str
    ends_at: datetime
    url: str
    who: str = ""

    def tone(self, now: datetime) -> str:
        if self.ends_at <= now:
            return "danger"
        return "warning" if self.ends_at - now <= SOON else "neutral"

    def left(self, now: datetime) -> str:
        """How much time is left, in full days or, on the last one, hours; or how long it is over, what has begun counts."""
        over = self.ends_at <= now
        span = now - self.ends_at if over else self.ends_at - now
        if span < timedelta(days=1):
            hours = max(-(-span // timedelta(hours=1)), 1)
            told = (
                ngettext("超期 %(hours)d 小时", "超期 %(hours)d 小时", hours)
                if over
                else ngettext("还剩 %(hours)d 小时", "还剩 %(hours)d 小时", hours)
            )
            return told % {"hours": hours}
        if over:
            days = -(-span // timedelta(days=1))
            return ngettext("超期 %(days)d 天", "超期 %(days)d 天", days) % {"days": days}
        return ngettext("还剩 %(days)d 天", "还剩 %(days)d 天", span.days) % {"days": span.days}


@dataclass(frozen=True)
class Card:
    """A number that leads to its page; `note` says what it counts, `tone` whether it presses."""

    label: str
    count: int
    url: str
    note: str = ""
    tone: str = "neutral"
    order: int = 50


Deadlines = Callable[[User, datetime, int], Iterable[Deadline]]
Cards = Callable[[User, datetime], "Card | None"]
_deadlines: list[Deadlines] = []
_cards: list[Cards] = []


def deadlines(source: Deadlines) -> Deadlines:
    """Registers a source: at most `most` of its own, the nearest first, only what this person may see. One query or two."""
    if source not in _deadlines:
        _deadlines.append(source)
    return source


def card(source: Cards) -> Cards:
    """Registers a card: nothing for somebody who may not see its page. One query."""
    if source not in _cards:
        _cards.append(source)
    return source


def nearest(user: User, *, now: datetime, most: int) -> list[Deadline]:
    """The nearest deadlines of all rooms, what is over first."""
    found = [one for source in _deadlines for one in source(user, now, most)]
    return sorted(found, key=lambda one: (one.ends_at, one.kind, one.number))[:most]


def cards_for(user: User, *, now: datetime) -> list[Card]:
    found = [one for source in _cards if (one := source(user, now)) is not None]
    return sorted(found, key=lambda one: (one.order, one.label))


def end_of(day: date) -> datetime:
    """The moment at which a deadline «through `day`» is over."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def today_of(now: datetime) -> date:
    return clock.business_date(now)


def named(person: Any) -> str:
    return str(person) if person is not None else ""
