"""The month of an agency as an accountant would write it: commissions, coefficient, cap, penalties, what is taken back."""

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vendors.terms import bands, row, terms
from vendors.contracts.terms import Event, Method
from vendors.settlement.decide import Charged, Facts, Kind, Money, NoTerms, Placed, age_in, decide, months_between

MARCH, MARCH_END = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
APRIL, APRIL_END = dt.date(2026, 4, 1), dt.date(2026, 4, 30)


def placed(pk: int, amount: str = "50000.00", *, stage: int = 2, on: dt.date = dt.date(2026, 2, 20), **more) -> Placed:
    return Placed(pk, stage, more.pop("product", "信用卡"), Decimal(amount), on, **more)


def money(pk: int, of: int, amount: str, day: int, *, month: int = 3, **more) -> Money:
    paid_on = dt.date(2026, month, day)
    return Money(pk, of, paid_on, more.pop("held_on", paid_on), Decimal(amount), **more)


def facts(*payments: Money, cases: tuple[Placed, ...] = (placed(1), placed(2)), versions=None, **more) -> Facts:
    return Facts(
        more.pop("period", MARCH), more.pop("last", MARCH_END), versions or [terms()],
        {one.placement_id: one for one in cases}, payments, **more,
    )  # fmt: skip


def told(month) -> list[tuple[str, str]]:
    return [(line.kind.value, str(line.fee)) for line in month.lines]


def settled(month, *, first_line: int = 100) -> dict:
    """What the next month is told of a frozen one."""
    charged: dict[int, list[Charged]] = defaultdict(list)
    for number, line in enumerate(month.lines, start=first_line):
        if line.kind == Kind.COMMISSION:
            key = (month.paid.period, line.version, line.row)
            charged[line.repayment_id].append(Charged(number, key, MARCH, line.amount, line.rate, line.fee))
    return {
        "charged": charged,
        "ladders": {one.key: one for one in month.ladders},
        "months": {month.paid.period: month.paid},
    }


def test_a_plain_month_with_one_complaint_and_two_late_files():
    month = decide(
        facts(
            money(11, 1, "4000.00", 3),
            money(12, 2, "2000.00", 20),
            events={Event.COMPLAINT: 1, Event.LATE_FILE: 2},
            score=Decimal(70),
        )
    )
    # 6,000 of 100,000 are 6 %: 15 % of the whole; × 0.9 for a score of 70; less 500 and 2 × 50.
    assert told(month) == [
        ("commission", "600.00"), ("commission", "300.00"), ("coefficient", "-90.00"),
        ("penalty", "-500.00"), ("penalty", "-100.00"),
    ]  # fmt: skip
    assert month.total == Decimal("210.00")
    assert [(line.base, line.band) for line in month.lines[:2]] == [(Decimal("100000.00"), 2)] * 2


def test_a_second_version_counts_from_its_day_with_rows_of_its_own():
    dearer = terms(row(of=bands(("0", "0.30"))), version=2, since=dt.date(2026, 3, 16))
    month = decide(
        facts(money(11, 1, "6000.00", 3), money(12, 2, "1000.00", 16), versions=[terms(), dearer], score=Decimal(90))
    )
    assert [(line.version, str(line.fee)) for line in month.lines] == [(1, "900.00"), (2, "300.00")]


def test_a_payment_after_recall_in_grace_is_paid_but_the_case_is_no_base_any_more():
    gone = placed(2, recalled_on=dt.date(2026, 2, 26))
    month = decide(facts(money(11, 1, "2500.00", 3), money(12, 2, "100.00", 4, in_grace=True), cases=(placed(1), gone)))
    # 2,600 of 50,000 are 5.2 %: 15 %.
    assert [(str(line.fee), line.in_grace) for line in month.lines] == [("375.00", False), ("15.00", True)]


def test_the_cap_holds_after_the_coefficient_and_before_penalties():
    agreed = terms(row(of=bands(("0", "0.20"))), cap=Decimal("1000.00"))
    month = decide(facts(money(11, 1, "7000.00", 3), versions=[agreed], score=Decimal(60), events={Event.BREACH: 1}))
    assert told(month) == [
        ("commission", "1400.00"), ("coefficient", "-140.00"), ("cap", "-260.00"), ("penalty", "-200.00"),
    ]  # fmt: skip


def test_a_reversal_next_month_takes_back_its_line_and_shows_apart_what_the_tier_makes():
    march = decide(facts(money(11, 1, "4000.00", 3), money(12, 2, "2000.00", 20), score=Decimal(70)))
    assert march.total == Decimal("810.00")
    april = decide(
        facts(money(21, 2, "-2000.00", 9, month=4, reversal_of=12), period=APRIL, last=APRIL_END, **settled(march))
    )
    # Without the 2,000 March had 4 %: 10 % of 4,000 = 400, × 0.9 = 360. Paid were 810.
    assert told(april) == [
        ("clawback", "-300.00"), ("tier_effect", "-200.00"), ("clawback_coefficient", "50.00"),
    ]  # fmt: skip
    assert march.total + april.total == Decimal("360.00")
    assert (april.lines[0].of_line, april.lines[0].of_period) == (101, MARCH)
    (ladder,) = april.touched.values()
    assert ladder.money == Decimal("4000.00")
    # What is left can be taken back as well, and then nothing was earned.
    after = {**settled(march), "ladders": april.touched, "months": april.touched_months}
    may = decide(
        facts(
            money(31, 1, "-4000.00", 9, month=5, reversal_of=11), period=dt.date(2026, 5, 1),
            last=dt.date(2026, 5, 31), **after,
        )
    )  # fmt: skip
    assert march.total + april.total + may.total == Decimal("0.00")


def test_of_a_capped_month_only_what_was_paid_is_taken_back():
    agreed = terms(row(of=bands(("0", "0.20"))), cap=Decimal("1000.00"))
    march = decide(facts(money(11, 1, "6000.00", 3), money(12, 1, "1000.00", 4), versions=[agreed]))
    assert march.total == Decimal("1000.00")
    april = decide(
        facts(
            money(21, 1, "-1000.00", 9, month=4, reversal_of=12), versions=[agreed], period=APRIL, last=APRIL_END,
            **settled(march),
        )
    )  # fmt: skip
    assert told(april) == [("clawback", "-200.00"), ("clawback_cap", "200.00")]
    assert april.total == 0, "the other 6,000 earn the cap by themselves"


def test_what_is_taken_back_too_late_or_was_never_paid_is_told_with_nought():
    march = decide(facts(money(11, 1, "4000.00", 3)))
    before = settled(march)
    before["charged"] = {11: [replace(before["charged"][11][0], held_on=dt.date(2026, 1, 1))]}
    month = decide(
        facts(
            money(21, 1, "-4000.00", 9, month=4, reversal_of=11), money(22, 1, "-70.00", 9, month=4, reversal_of=9),
            period=APRIL, last=APRIL_END, **before,
        )
    )  # fmt: skip
    assert told(month) == [("not_taken_back", "0.00")] * 2
    assert [line.amount for line in month.lines] == [Decimal("-4000.00"), Decimal("-70.00")]


def test_the_age_is_that_of_the_month_and_a_version_must_be_in_force():
    assert months_between(dt.date(2026, 1, 31), dt.date(2026, 2, 28)) == 0
    assert [age_in(dt.date(2026, 1, day), MARCH) for day in (1, 2)] == [2, 1]
    assert age_in(dt.date(2026, 3, 20), MARCH) == 0
    with pytest.raises(NoTerms):
        decide(facts(versions=[terms(since=APRIL)]))
    with pytest.raises(NoTerms):
        decide(facts(money(11, 1, "1.00", 3), versions=[terms(since=dt.date(2026, 3, 10))]))


payments = st.lists(st.tuples(st.integers(1, 2), st.integers(1, 900_000), st.integers(1, 31)), min_size=1, max_size=12)


@given(payments, st.sets(st.integers(0, 11)), st.sampled_from(Method), st.sampled_from([Decimal(50), Decimal(90)]))
def test_a_month_and_what_is_taken_back_of_it_come_to_the_month_without_that_money(rows, gone, method, score):
    agreed = [terms(row(method=method), cap=Decimal("3000.00"))]
    all_paid = [
        Money(number, of, dt.date(2026, 3, day), dt.date(2026, 3, day), Decimal(cents).scaleb(-2))
        for number, (of, cents, day) in enumerate(rows)
    ]
    march = decide(facts(*all_paid, versions=agreed, score=score))
    back = [
        Money(100 + one.repayment_id, one.placement_id, dt.date(2026, 4, 5), one.held_on, -one.amount, one.repayment_id)
        for one in all_paid
        if one.repayment_id in gone
    ]
    april = decide(facts(*back, versions=agreed, period=APRIL, last=APRIL_END, **settled(march)))
    without = decide(facts(*(one for one in all_paid if one.repayment_id not in gone), versions=agreed, score=score))
    # Lines are rounded one by one, so a cent a line may stay.
    assert abs(march.total + april.total - without.total) <= Decimal("0.01") * (len(march.lines) + len(april.lines))
    told_money = sum(line.amount for line in march.lines + april.lines if line.kind in (Kind.COMMISSION, Kind.CLAWBACK))
    assert told_money == sum((one.amount for one in [*all_paid, *back]), Decimal(0)), "every yuan is told once"
