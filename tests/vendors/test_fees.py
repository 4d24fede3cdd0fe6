"""From money to fees: bands, slices, rounding, and what a contract must never be."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vendors.terms import LADDER, bands, row, terms
from vendors.contracts.fees import Paid, band_reached, charge, exact, half_up
from vendors.contracts.terms import Event, Method, Rounding, Step, faults

BASE = Decimal("100000.00")


def paid(*amounts: str) -> list[Paid]:
    return [Paid(number, Decimal(amount)) for number, amount in enumerate(amounts, start=1)]


def lines(*amounts: str, method: Method, base: Decimal = BASE, **more):
    found = charge(row(method=method), paid(*amounts), base=base, **more)
    return [(one.key, one.band, str(one.amount), str(one.fee)) for one in found]


def test_of_the_whole_amount_every_payment_has_the_rate_of_the_band_that_the_month_reached():
    # 4,000 + 2,000 of 100,000 are 6 %: the second band, 15 %, for both.
    assert lines("4000.00", "2000.00", method=Method.WHOLE) == [
        (1, 2, "4000.00", "600.00"),
        (2, 2, "2000.00", "300.00"),
    ]
    assert lines("4999.99", method=Method.WHOLE) == [(1, 1, "4999.99", "500.00")], "a cent below the floor"
    assert lines("5000.00", method=Method.WHOLE) == [(1, 2, "5000.00", "750.00")], "on it"


def test_progressively_a_payment_that_crosses_a_floor_is_two_lines_and_one_that_crosses_two_is_three():
    assert lines("4000.00", "2000.00", method=Method.PROGRESSIVE) == [
        (1, 1, "4000.00", "400.00"),
        (2, 1, "1000.00", "100.00"),
        (2, 2, "1000.00", "150.00"),
    ]
    assert lines("12000.00", method=Method.PROGRESSIVE) == [
        (1, 1, "5000.00", "500.00"),
        (1, 2, "5000.00", "750.00"),
        (1, 3, "2000.00", "400.00"),
    ]


def test_money_taken_back_in_the_month_takes_off_from_the_top():
    assert lines("6000.00", "-2000.00", method=Method.PROGRESSIVE) == [
        (1, 1, "5000.00", "500.00"),
        (1, 2, "1000.00", "150.00"),
        (2, 2, "-1000.00", "-150.00"),
        (2, 1, "-1000.00", "-100.00"),
    ]
    assert lines("6000.00", "-2000.00", method=Method.WHOLE) == [
        (1, 1, "6000.00", "600.00"),
        (2, 1, "-2000.00", "-200.00"),
    ]


def test_without_a_base_there_is_no_recovery_rate_and_the_lowest_band_counts():
    for method in Method:
        assert lines("900.00", method=method, base=Decimal(0)) == [(1, 1, "900.00", "90.00")]


def test_lines_are_rounded_each_or_so_that_they_add_up():
    three = ("0.05", "0.05", "0.05")
    tenth = bands(("0", "0.10"))
    each = [one.fee for one in charge(row(of=tenth), paid(*three), base=BASE)]
    assert each == [Decimal("0.01")] * 3, "half a cent is a cent, three times"
    whole = [one.fee for one in charge(row(of=tenth), paid(*three), base=BASE, rounding=Rounding.STATEMENT)]
    assert sum(whole) == Decimal("0.02"), "15 cents at 10 % are one and a half"
    assert half_up(-500_000) == -1 and half_up(500_000) == 1 and half_up(499_999) == 0


amounts = st.lists(st.integers(-500_000, 2_000_000).filter(bool), min_size=1, max_size=30)


@given(amounts, st.sampled_from(Method), st.sampled_from(Rounding), st.integers(0, 10_000_000))
def test_no_money_is_lost_and_no_cent_of_the_fee_appears(cents, method, rounding, base):
    of = row(method=method)
    money = [Paid(number, Decimal(one).scaleb(-2)) for number, one in enumerate(cents)]
    found = list(charge(of, money, base=Decimal(base).scaleb(-2), rounding=rounding))
    for one in money:
        assert sum(portion.amount for portion in found if portion.key == one.key) == one.amount
    total = sum(one.amount for one in money)
    in_all = Decimal(half_up(exact(of, money=total, base=Decimal(base).scaleb(-2)))).scaleb(-2)
    fees = sum(portion.fee for portion in found)
    if rounding == Rounding.STATEMENT:
        assert fees == in_all, "whatever the order in which it came"
    else:
        assert abs(fees - in_all) <= Decimal("0.005") * (len(found) + 1)


def test_the_first_row_that_fits_counts():
    agreed = terms(
        row(1, stages=frozenset({1, 2}), products=frozenset({"信用卡"})),
        row(2, age_from=6),
        row(3),
    )
    assert agreed.row_for(stage=1, product="信用卡", age=9).number == 1
    assert agreed.row_for(stage=3, product="信用卡", age=6).number == 2
    assert agreed.row_for(stage=1, product="消费贷", age=5).number == 3
    assert band_reached(row(), money=Decimal("10000.00"), base=BASE) == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"coefficient": ()}, "CN-A-04"),
        ({"coefficient": (Step(Decimal(0), Decimal(1)),)}, "CN-A-04"),
        ({"events": {Event.BREACH: Decimal(1)}}, "CN-A-04"),
        ({"events": {Event.COMPLAINT: Decimal(-1)}}, "正数"),
        ({"cap": Decimal(0)}, "封顶"),
    ],
)
def test_pay_by_recovery_alone_and_other_wrong_terms_are_refused_with_a_sentence(changed, said):
    assert list(faults(terms())) == []
    assert any(said in str(one) for one in faults(terms(**changed)))


def test_rows_that_leave_money_without_a_rate_or_have_bands_in_disorder_are_refused():
    assert any("兜底行" in str(one) for one in faults(terms(row(1, stages=frozenset({1})))))
    assert any("第 2 行" in str(one) for one in faults(terms(row(1), row(2, of=LADDER[::-1]))))
    assert any("18%" in str(one) for one in faults(terms(row(1, of=bands(("0", "18"))))))
    assert any("账龄" in str(one) for one in faults(terms(row(1), row(2, age_from=3, age_to=2))))
