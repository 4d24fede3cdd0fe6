"""When a person is most likely to pick up: what is known of everybody, corrected by this person's own history.

The day has slots; each slot s and each weekday d has an expectation from experience, as a factor of the usual rate BASE:

    q_s = BASE × factor of the slot          the first quarter-hour of the working day 1.5, 12-14 o'clock 0.5
    q_d = BASE × factor of the weekday       Friday 1.25, Thursday 1.15, Tuesday 1.1, the others 1, Monday and Wednesday 0.85

Of `tried` calls, `answered` were picked up. Each is smoothed by a Beta prior that is worth WEIGHT calls:

    p_s = (answered_s + WEIGHT × q_s) / (tried_s + WEIGHT)          p_d likewise
    rate(d, s) = p_s × p_d / BASE, × 1.2 in the three days before a payday that is known

So three calls say little and thirty say nearly everything. Slot and weekday are taken as independent: nobody is called often
enough for every slot of every weekday. The best slot of a day is the one with the highest rate among those in which the gate
allows a call; of equal ones the earliest.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

BASE = 0.3
WEIGHT = 8.0
PAYDAY_FACTOR, PAYDAY_DAYS = 1.2, 3
WORK_BEGINS = dt.time(9, 0)

SLOTS: tuple[dt.time, ...] = (
    *(dt.time(hour) for hour in range(9)),
    WORK_BEGINS,
    dt.time(9, 15),
    dt.time(10, 0),
    dt.time(11, 0),
    dt.time(12, 0),
    *(dt.time(hour) for hour in range(14, 24)),
)
"""When each slot begins; it ends where the next one begins. The first quarter-hour of the working day is one of its own, and
so are the two hours at noon."""
_FIRST_QUARTER, _NOON = SLOTS.index(WORK_BEGINS), SLOTS.index(dt.time(12, 0))
_SLOT_FACTORS = {_FIRST_QUARTER: 1.5, _NOON: 0.5}
_WEEKDAY_FACTORS = {1: 0.85, 2: 1.1, 3: 0.85, 4: 1.15, 5: 1.25}
"""By ISO weekday, 1 = Monday."""


@dataclass(frozen=True)
class Tried:
    """Calls of one slot or weekday, and how many of them were answered."""

    tried: int = 0
    answered: int = 0

    def __add__(self, other: "Tried") -> "Tried":
        return Tried(self.tried + other.tried, self.answered + other.answered)


@dataclass(frozen=True)
class History:
    """One person's calls by slot (index in SLOTS) and by ISO weekday. `payday`: day of the month, if that is known."""

    slots: Mapping[int, Tried] = field(default_factory=dict)
    weekdays: Mapping[int, Tried] = field(default_factory=dict)
    payday: int | None = None

    @property
    def calls(self) -> int:
        return sum(one.tried for one in self.slots.values())


@dataclass(frozen=True)
class BestHour:
    """The best slot of a day: its rate, and how many own calls of that slot stand behind it."""

    slot: int
    rate: float
    own: Tried

    @property
    def begins(self) -> dt.time:
        return SLOTS[self.slot]

    @property
    def ends(self) -> dt.time | None:
        """None: at midnight."""
        return SLOTS[self.slot + 1] if self.slot + 1 < len(SLOTS) else None

    @property
    def span(self) -> str:
        """«17:00–18:00»."""
        return f"{self.begins:%H:%M}–{self.ends or dt.time(0):%H:%M}"

    @property
    def text(self) -> str:
        if self.own.tried:
            return _("%(span)s 最易接通（本人 %(tried)d 次接通 %(answered)d 次）") % {
                "span": self.span, "tried": self.own.tried, "answered": self.own.answered,
            }  # fmt: skip
        return _("%(span)s 较易接通（经验）") % {"span": self.span}


def slot_of(moment: dt.time) -> int:
    """The slot that a time of day lies in."""
    return max(index for index, begins in enumerate(SLOTS) if begins <= moment)


def expected(slot: int, weekday: int, *, is_workday: bool) -> tuple[float, float]:
    """q_s and q_d. On a day off there is no first quarter-hour of work."""
    factor = _SLOT_FACTORS.get(slot, 1.0) if is_workday or slot != _FIRST_QUARTER else 1.0
    return BASE * factor, BASE * _WEEKDAY_FACTORS.get(weekday, 1.0)


def rate(history: History, slot: int, day: dt.date, *, is_workday: bool = True) -> float:
    """rate(d, s) of the module's note."""
    q_slot, q_day = expected(slot, day.isoweekday(), is_workday=is_workday)
    of_slot, of_day = history.slots.get(slot, Tried()), history.weekdays.get(day.isoweekday(), Tried())
    factor = PAYDAY_FACTOR if is_before_payday(history, day) else 1.0
    return _smoothed(of_slot, q_slot) * _smoothed(of_day, q_day) / BASE * factor


def is_before_payday(history: History, day: dt.date) -> bool:
    """Whether the day is one of the three before the person's payday."""
    return history.payday is not None and 1 <= days_until(history.payday, day) <= PAYDAY_DAYS


def _smoothed(seen: Tried, expectation: float) -> float:
    return (seen.answered + WEIGHT * expectation) / (seen.tried + WEIGHT)


def days_until(payday: int, day: dt.date) -> int:
    """Days from `day` to the next day of the month `payday`; the last day of a shorter month stands for it."""
    for ahead in range(62):
        then = day + dt.timedelta(days=ahead)
        if then.day == payday or (then.day < payday and (then + dt.timedelta(days=1)).day == 1):
            return ahead
    raise AssertionError("two months have every day of the month")


def best_hour(history: History, day: dt.date, *, allowed: Collection[int], is_workday: bool = True) -> BestHour | None:
    """The best of the slots `allowed` by the gate on that day; None if there is none."""
    ranked: Sequence[tuple[float, int]] = sorted(
        (-rate(history, slot, day, is_workday=is_workday), slot) for slot in allowed
    )
    if not ranked:
        return None
    best, slot = ranked[0]
    return BestHour(slot, -best, history.slots.get(slot, Tried()))
