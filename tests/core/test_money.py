from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collection_ops.core.money import LossyAmount, round_money, split


def test_half_a_cent_is_rounded_up():
    assert round_money(Decimal("12345.675")) == Decimal("12345.68")
    assert round_money(Decimal("0.005")) == Decimal("0.01")


def test_a_float_is_refused_because_it_has_already_lost_something():
    with pytest.raises(LossyAmount):
        round_money(0.1)  # type: ignore[arg-type]


def test_three_people_share_ten_yuan_and_no_cent_is_lost():
    assert split(Decimal("10.00"), [1, 1, 1]) == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]


@given(
    st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2),
    st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any),
)
def test_any_split_adds_up_to_the_cent(amount, weights):
    assert sum(split(amount, weights)) == amount
