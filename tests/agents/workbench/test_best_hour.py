"""The best hour: experience first, the person's own history more and more, and never outside the gate. No database."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.workbench.best_hour import (
    BASE,
    SLOTS,
    WEIGHT,
    History,
    Tried,
    best_hour,
    days_until,
    is_before_payday,
    rate,
    slot_of,
)  # fmt: skip

MONDAY = dt.date(2026, 3, 2)
FRIDAY = MONDAY + dt.timedelta(days=4)
ALL_DAY = [slot for slot, begins in enumerate(SLOTS) if dt.time(8) <= begins < dt.time(22)]
FIRST_QUARTER, NOON, EVENING = (slot_of(dt.time(*clock)) for clock in ((9, 5), (13, 0), (17, 30)))


def test_nobody_known_is_called_in_the_first_quarter_hour_of_work_and_last_at_noon() -> None:
    best = best_hour(History(), MONDAY, allowed=ALL_DAY)
    assert best is not None
    assert (best.span, best.own) == ("09:00–09:15", Tried())
    rates = {slot: rate(History(), slot, MONDAY) for slot in ALL_DAY}
    assert min(rates, key=lambda slot: rates[slot]) == NOON
    assert SLOTS[NOON + 1] == dt.time(14)  # noon is from 12 to 14


def test_friday_is_best_then_thursday_and_tuesday_and_monday_and_wednesday_least() -> None:
    by_day = {day: rate(History(), EVENING, MONDAY + dt.timedelta(days=day)) for day in range(5)}
    monday, tuesday, wednesday, thursday, friday = by_day.values()
    assert friday > thursday > tuesday > monday == wednesday


def test_a_day_off_has_no_first_quarter_hour_of_work() -> None:
    sunday = MONDAY - dt.timedelta(days=1)
    assert rate(History(), FIRST_QUARTER, sunday, is_workday=False) == rate(
        History(), EVENING, sunday, is_workday=False
    )


@pytest.mark.parametrize(("answered", "best"), [(1, "09:00–09:15"), (3, "09:00–09:15"), (12, "17:00–18:00")])
def test_few_calls_say_little_and_many_say_nearly_everything(answered: int, best: str) -> None:
    history = History(slots={EVENING: Tried(answered, answered)})
    # One call that was answered moves the evening to 0.38 of 0.45; three to 0.49; the first quarter-hour is tried as often.
    history = History(
        slots={EVENING: Tried(answered, answered), FIRST_QUARTER: Tried(answered, answered - answered // 4)}
    )
    found = best_hour(history, MONDAY, allowed=ALL_DAY)
    assert found is not None
    assert found.span == best


def test_the_formula_by_hand() -> None:
    """Ten calls at 17 o'clock, six answered; five on Mondays, one of them answered."""
    history = History(slots={EVENING: Tried(10, 6)}, weekdays={1: Tried(5, 1)})
    of_slot = (6 + 8 * 0.3) / (10 + 8)
    of_day = (1 + 8 * 0.3 * 0.85) / (5 + 8)
    assert rate(history, EVENING, MONDAY) == pytest.approx(of_slot * of_day / 0.3)
    assert (BASE, WEIGHT) == (0.3, 8)


def test_only_what_the_gate_allows_is_ever_best() -> None:
    history = History(slots={slot_of(dt.time(23)): Tried(50, 50)})
    best = best_hour(history, MONDAY, allowed=ALL_DAY)
    assert best is not None
    assert best.span == "09:00–09:15"
    assert best_hour(history, MONDAY, allowed=[]) is None


def test_the_three_days_before_a_payday_count_more() -> None:
    paid = History(payday=5)
    before = [is_before_payday(paid, dt.date(2026, 3, day)) for day in (1, 2, 3, 4, 5, 6)]
    assert before == [False, True, True, True, False, False]
    assert rate(paid, EVENING, MONDAY) == pytest.approx(1.2 * rate(History(), EVENING, MONDAY))
    assert not is_before_payday(History(), MONDAY)


@pytest.mark.parametrize(
    ("payday", "day", "days"),
    [
        (31, dt.date(2026, 2, 27), 1),
        (31, dt.date(2026, 2, 28), 0),
        (1, dt.date(2026, 2, 28), 1),
        (15, dt.date(2026, 3, 16), 30),
    ],
)
def test_the_last_day_of_a_short_month_stands_for_the_thirty_first(payday: int, day: dt.date, days: int) -> None:
    assert days_until(payday, day) == days


counts = st.integers(0, 200).flatmap(lambda tried: st.integers(0, tried).map(lambda answered: Tried(tried, answered)))


@given(counts, st.integers(1, 20))
def test_a_call_that_is_answered_never_makes_an_hour_worse(seen: Tried, more: int) -> None:
    before = rate(History(slots={EVENING: seen}), EVENING, FRIDAY)
    after = rate(History(slots={EVENING: seen + Tried(more, more)}), EVENING, FRIDAY)
    missed = rate(History(slots={EVENING: seen + Tried(more, 0)}), EVENING, FRIDAY)
    assert missed <= before <= after
