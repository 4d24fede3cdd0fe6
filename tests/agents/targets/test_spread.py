"""A month by weeks and days, what is left of it, and whether it can still be reached."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.targets.metrics import BY_CODE, Pair, Unit
from agents.targets.spread import Reach, best_pace, calendar_of, progress, spread, weeks

MONEY, RECOVERY, CONTACTS, ROLL = (BY_CODE[code] for code in ("money", "recovery", "contacts", "roll"))
MONTH = [dt.date(2026, 3, 1) + dt.timedelta(days=n) for n in range(31)]
BUSINESS = {day: Decimal(day.weekday() < 5) for day in MONTH}


def test_a_half_day_carries_half():
    days = spread(Decimal("10.00"), {MONTH[1]: Decimal(1), MONTH[2]: Decimal("0.5"), MONTH[3]: Decimal(0)})
    assert days == {MONTH[1]: Decimal("6.67"), MONTH[2]: Decimal("3.33")}


def test_somebody_who_is_never_there_has_no_days():
    assert spread(Decimal(10), dict.fromkeys(MONTH, Decimal(0))) == {}


@given(
    amount=st.decimals(0, 10**8, places=2),
    halves=st.lists(st.integers(0, 2), min_size=31, max_size=31),
    unit=st.sampled_from([Unit.YUAN, Unit.COUNT]),
    reached=st.decimals(0, 10**8, places=2),
    today=st.sampled_from(MONTH),
)
def test_days_and_weeks_add_up_to_the_month_and_what_is_left_to_what_is_missing(amount, halves, unit, reached, today):
    presence = {day: Decimal(half) / 2 for day, half in zip(MONTH, halves, strict=True)}
    metric = MONEY if unit == Unit.YUAN else CONTACTS
    if unit == Unit.COUNT:
        amount, reached = Decimal(int(amount)), Decimal(int(reached))
    found = calendar_of(metric, target=amount, gap=amount - reached, presence=presence, today=today)
    if any(presence.values()):
        assert sum(found.days.values()) == sum(found.weeks.values()) == amount
    assert all(presence[day] > 0 for day in found.days)
    if any(there for day, there in presence.items() if day >= today):
        assert sum(found.rest.values()) == max(amount - reached, 0)
        assert all(day >= today for day in found.rest)


def test_a_week_begins_on_monday_and_ends_with_the_month():
    found = weeks(spread(Decimal("22.00"), BUSINESS))
    assert found == {dt.date(2026, 3, day): amount for day, amount in ((2, 5), (9, 5), (16, 5), (23, 5), (30, 2))}


def test_the_best_pace_is_that_of_five_days_of_work_in_a_row():
    worked = [day for day in MONTH if BUSINESS[day]]
    money = {dt.date(2026, 3, 5): Decimal(100), dt.date(2026, 3, 7): Decimal(50), dt.date(2026, 3, 20): Decimal(120)}
    assert best_pace(money, worked) == 30  # Saturday's money counts on Monday the 9th
    assert best_pace({}, worked) is None
    assert best_pace(money, worked[:4]) is None


@pytest.mark.parametrize(
    ("reached", "left", "pace", "at_hand", "reach", "needed"),
    [
        ("1000", "5", None, None, Reach.DONE, None),
        ("500", "0", "900", "9000", Reach.MISSED, None),
        ("500", "5", "100", None, Reach.LIKELY, "100.00"),
        ("500", "4.5", "100", "600", Reach.HARD, "111.11"),
        ("500", "5", "99", "499", Reach.OUT, "100.00"),
        ("500", "5", None, "500", Reach.LIKELY, "100.00"),
        ("500", "5", None, None, Reach.UNKNOWN, "100.00"),
    ],
)
def test_whether_money_can_still_be_reached(reached, left, pace, at_hand, reach, needed):
    found = progress(
        MONEY, target=Decimal(1000), pair=Pair(Decimal(reached)), days_left=Decimal(left),
        pace=pace and Decimal(pace), at_hand=at_hand and Decimal(at_hand),
    )  # fmt: skip
    assert (found.reach, found.needed) == (reach, needed and Decimal(needed))


def test_of_a_rate_the_money_is_told_that_is_missing_of_it():
    found = progress(RECOVERY, target=Decimal(10), pair=Pair(Decimal(300), Decimal(5000)), days_left=Decimal(4))
    assert (found.value, found.percent, found.gap, found.needed) == (6, 60, 200, 50)


@pytest.mark.parametrize(("rolled", "reach"), [("500", Reach.KEPT), ("501", Reach.OVER)])
def test_a_ceiling_is_kept_up_to_the_very_amount(rolled, reach):
    found = progress(ROLL, target=Decimal(10), pair=Pair(Decimal(rolled), Decimal(5000)), days_left=Decimal(4))
    assert (found.reach, found.needed) == (reach, None)


def test_without_anything_to_divide_by_there_is_no_rate():
    found = progress(RECOVERY, target=Decimal(10), pair=Pair(), days_left=Decimal(4))
    assert (found.value, found.percent, found.reach) == (None, None, Reach.UNKNOWN)


def test_pieces_are_needed_whole():
    assert progress(CONTACTS, target=Decimal(10), pair=Pair(), days_left=Decimal(4)).needed == 3
