"""Why did it move: parts that an accountant can add up."""

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.why.parts import take_apart

M1, M2, M3 = ("M1",), ("M2",), ("M3",)


def pairs(**groups: tuple[int, int]) -> dict[tuple[str, ...], tuple[Decimal, Decimal]]:
    return {(key,): (Decimal(above), Decimal(below)) for key, (above, below) in groups.items()}


def test_both_stages_did_better_and_the_house_did_worse_because_there_is_more_of_the_hard_stage():
    """Simpson's paradox: M1 from 30 % to 32 %, M2 from 5 % to 6 %, and yet 24 % became 14 %... the mix alone."""
    change = take_apart(pairs(M1=(2400, 8000), M2=(100, 2000)), pairs(M1=(960, 3000), M2=(420, 7000)))
    assert (change.before, change.after) == (Decimal("0.250000"), Decimal("0.138000"))
    assert change.sum_of("rate") > 0
    assert change.sum_of("mix") < 0
    assert change.sum_of("population") == 0
    rates = {part.key: part.rate for part in change.parts}
    # (0.32 − 0.30) × (0.8 + 0.3) ÷ 2, (0.06 − 0.05) × (0.2 + 0.7) ÷ 2
    assert rates == {M1: Decimal("0.011000"), M2: Decimal("0.004500")}
    assert change.sum_of("rate") + change.sum_of("mix") == Decimal("-0.112000") == change.difference


def test_a_stage_that_is_new_is_population_and_not_a_rate_that_fell_from_nothing():
    change = take_apart(pairs(M1=(300, 1000)), pairs(M1=(300, 1000), M3=(10, 1000)))
    (new,) = [part for part in change.parts if part.key == M3]
    assert (new.rate, new.mix) == (0, 0)
    assert new.population < 0
    assert sum(part.total for part in change.parts) == change.difference == Decimal("-0.145000")


def test_nothing_to_divide_by_in_one_period_has_no_parts():
    change = take_apart(pairs(M1=(0, 0)), pairs(M1=(3, 10)))
    assert (change.before, change.difference, change.parts) == (None, None, ())


def test_money_of_debts_that_owed_nothing_is_not_lost():
    change = take_apart(pairs(M1=(100, 1000)), pairs(M1=(100, 1000), M2=(50, 0)))
    assert change.difference == Decimal("0.050000") == sum(part.total for part in change.parts)


cents = st.integers(min_value=-1_000, max_value=10**12).map(lambda n: Decimal(n) / 100)
owed = st.integers(min_value=0, max_value=10**13).map(lambda n: Decimal(n) / 100)
groups = st.dictionaries(st.tuples(st.sampled_from(["M1", "M2", "M3", "M4"])), st.tuples(cents, owed), max_size=4)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(groups, groups)
def test_the_parts_add_up_to_the_change_to_the_last_millionth(before, after):
    change = take_apart(before, after)
    if change.difference is not None:
        assert sum((part.total for part in change.parts), Decimal(0)) == change.difference
        assert change.sum_of("rate") + change.sum_of("mix") + change.sum_of("population") == change.difference


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(groups, groups)
def test_going_back_is_going_there_with_the_other_sign(before, after):
    there, back = take_apart(before, after), take_apart(after, before)
    if there.difference is not None:
        for name in ("rate", "mix", "population"):
            assert abs(there.sum_of(name) + back.sum_of(name)) <= Decimal("0.000012")
