"""A month's target by days, and what is left of it. The one place where «needed per remaining day» is computed.

A person's target lies on the days on which they are there (half a day carries half). What is missing is spread anew over the
days that are left, today among them. All parts add up to the whole: yuan and rates to the cent, numbers to the piece.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

from agents.targets.metrics import Metric, Pair, Unit
from collection_ops.core.money import round_money, split

ZERO = Decimal(0)
Presence = Mapping[date, Decimal]
"""By day: 0, 0.5 or 1."""
RUN = 5
"""Days in a row whose average is a person's pace: a working week."""


def spread(amount: Decimal, presence: Presence, unit: Unit = Unit.YUAN) -> dict[date, Decimal]:
    """`amount` by days in proportion to presence; without a day there, nothing."""
    days = sorted(day for day, there in presence.items() if there > 0)
    if not days:
        return {}
    weights = [presence[day] for day in days]
    return dict(zip(days, parts_of(amount, weights, unit), strict=True))


def parts_of(amount: Decimal, weights: Sequence[Decimal], unit: Unit) -> list[Decimal]:
    """Parts that add up: to the cent, of a number to the piece."""
    if unit == Unit.COUNT:
        # One piece is one cent of the split.
        return [part * 100 for part in split(round_money(amount) / 100, weights)]
    return split(amount, weights)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def weeks(days: Mapping[date, Decimal]) -> dict[date, Decimal]:
    """By the week's Monday, of the days inside the month."""
    found: dict[date, Decimal] = {}
    for day, part in sorted(days.items()):
        found[monday_of(day)] = found.get(monday_of(day), ZERO) + part
    return found


def best_pace(by_day: Mapping[date, Decimal], worked: Sequence[date]) -> Decimal | None:
    """The best average of RUN days in a row among `worked`; None without so many days or anything on them."""
    days = sorted(worked)
    if len(days) < RUN or not any(by_day.values()):
        return None
    # What came on a day off counts on the next day of work.
    amounts, came = [], sorted(by_day.items())
    for day in days:
        amount = ZERO
        while came and came[0][0] <= day:
            amount += came.pop(0)[1]
        amounts.append(amount)
    return max(sum(amounts[at : at + RUN], ZERO) for at in range(len(amounts) - RUN + 1)) / RUN


class Reach(StrEnum):
    DONE = "done"
    KEPT = "kept"  # a ceiling not gone beyond
    OVER = "over"  # a ceiling gone beyond
    LIKELY = "likely"
    HARD = "hard"
    OUT = "out"
    MISSED = "missed"
    NONE = "none"  # no target
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Progress:
    """Where a target stands. `gap`: what is still missing of the numerator (of a ceiling: the room left, negative once it
    is gone beyond). `percent`: of the target; None without one. `days_left`: presence from today on. `needed`: per day there
    that is left; None when nothing is missing, no day is left, or of a ceiling. `pace`: the best recent average a day."""

    metric: Metric
    target: Decimal
    pair: Pair
    gap: Decimal
    percent: Decimal | None
    days_left: Decimal
    needed: Decimal | None
    reach: Reach
    pace: Decimal | None = None

    @property
    def value(self) -> Decimal | None:
        return self.metric.value(self.pair)

    @property
    def missing(self) -> Decimal:
        return max(self.gap, ZERO)


def progress(
    metric: Metric,
    *,
    target: Decimal,
    pair: Pair,
    days_left: Decimal,
    pace: Decimal | None = None,
    at_hand: Decimal | None = None,
) -> Progress:
    """`pace`: the person's best recent average a day; `at_hand`: money that the cases in hand will probably still bring
    within 30 days; None: not known."""
    value = metric.value(pair)
    gap = round_money(metric.needed(target, pair) - pair.numerator)
    percent = None if value is None or target <= 0 else round_money(value * 100 / target)
    needed = None
    if metric.higher_is_better and gap > 0 and days_left > 0:
        needed = _up(gap / days_left, metric)
    reach = _reach(metric, target, value, gap, days_left, needed, pace, at_hand)
    return Progress(metric, target, pair, gap, percent, days_left, needed, reach, pace)


def _up(amount: Decimal, metric: Metric) -> Decimal:
    return amount.to_integral_value(ROUND_CEILING) if metric.unit == Unit.COUNT else round_money(amount)


def _reach(
    metric: Metric,
    target: Decimal,
    value: Decimal | None,
    gap: Decimal,
    days_left: Decimal,
    needed: Decimal | None,
    pace: Decimal | None,
    at_hand: Decimal | None,
) -> Reach:
    if not metric.higher_is_better:
        return Reach.UNKNOWN if value is None else Reach.OVER if gap < 0 else Reach.KEPT
    if target <= 0:
        return Reach.NONE
    if value is None:
        return Reach.UNKNOWN
    if gap <= 0:
        return Reach.DONE
    if days_left <= 0 or needed is None:
        return Reach.MISSED
    if pace is not None and needed <= pace:
        return Reach.LIKELY
    if at_hand is not None:
        # Faster than ever before; the cases in hand may bring it all the same.
        return (Reach.LIKELY if pace is None else Reach.HARD) if gap <= at_hand else Reach.OUT
    return Reach.UNKNOWN if pace is None else Reach.OUT


@dataclass(frozen=True)
class Calendar:
    """A target by days and weeks as agreed (`days`, `weeks`), and what is left by the days left (`rest`), for one day."""

    days: Mapping[date, Decimal]
    weeks: Mapping[date, Decimal]
    rest: Mapping[date, Decimal]
    today: date

    @property
    def this_week(self) -> Decimal:
        return self.weeks.get(monday_of(self.today), ZERO)

    @property
    def this_day(self) -> Decimal:
        return self.days.get(self.today, ZERO)

    @property
    def needed_today(self) -> Decimal:
        """The first part of what is left, if today is a day there."""
        return self.rest.get(self.today, ZERO)


def calendar_of(metric: Metric, *, target: Decimal, gap: Decimal, presence: Presence, today: date) -> Calendar:
    """Of a metric that adds up; a rate is the same every day and has no parts."""
    if not metric.adds_up:
        return Calendar({}, {}, {}, today)
    days = spread(target, presence, metric.unit)
    left = {day: there for day, there in presence.items() if day >= today}
    return Calendar(days, weeks(days), spread(max(gap, ZERO), left, metric.unit), today)
