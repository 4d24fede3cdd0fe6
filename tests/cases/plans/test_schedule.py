"""From terms to instalments: whatever was agreed adds up to the cent, and the days ascend."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.models import PlanKind
from cases.models.plan import MOST_INSTALMENTS
from cases.plans.schedule import ScheduleRefused, Terms, drawn_up, monthly

TODAY = dt.date(2026, 1, 20)
yuan = st.decimals(min_value="0.60", max_value="9999999.99", places=2)
days = st.integers(min_value=0, max_value=25).map(lambda n: TODAY + dt.timedelta(days=n))


def terms(kind: PlanKind, total: str, **given_terms) -> Terms:
    return Terms(kind, Decimal(total), **given_terms)


def amounts(found) -> list[str]:
    return [str(one.amount) for one in found]


def holds(found, total: Decimal) -> None:
    assert sum(one.amount for one in found) == total
    assert all(one.amount > 0 and one.amount == round(one.amount, 2) for one in found)
    assert all(before.due_on < after.due_on for before, after in pairwise(found))
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    assert len(found) <= MOST_INSTALMENTS and found[0].due_on >= TODAY
    assert found[-1].due_on <= monthly(TODAY, 60)


@given(total=yuan, count=st.integers(1, 59), first_on=days)
def test_equal_instalments_add_up_whatever_the_total_and_their_number(total, count, first_on):
    found = drawn_up(Terms(PlanKind.INSTALMENTS, total, first_on=first_on, count=count), today=TODAY)
    holds(found, total)
    assert len(found) == count
    assert max(one.amount for one in found) - min(one.amount for one in found) <= Decimal("0.01")


@given(total=yuan, first_on=days, share=st.decimals(0, 100, places=1), least=st.decimals(0, 5000, places=2))
def test_minimum_payments_add_up_or_are_refused_as_too_small(total, first_on, share, least):
    try:
        found = drawn_up(Terms(PlanKind.MINIMUM, total, first_on=first_on, share=share, least=least), today=TODAY)
    except ScheduleRefused as refused:
        assert "期内还不清" in str(refused) or "最后一期不能晚于" in str(refused)
        return
    holds(found, total)


@given(parts=st.lists(st.tuples(st.integers(0, 1800), yuan), min_size=1, max_size=60, unique_by=lambda part: part[0]))
def test_what_was_agreed_by_hand_is_taken_in_the_order_of_its_days(parts):
    rows = [(TODAY + dt.timedelta(days=after), amount) for after, amount in parts]
    total = sum(amount for _day, amount in rows)
    found = drawn_up(Terms(PlanKind.CUSTOM, total, rows=rows), today=TODAY)
    holds(found, total)
    assert sorted(rows) == [(one.due_on, one.amount) for one in found]


def test_a_month_without_such_a_day_ends_on_its_last_and_the_next_has_it_again():
    """民法典 202: 没有对应日的,月末日为期间的最后一日."""
    found = drawn_up(terms(PlanKind.INSTALMENTS, "100.00", first_on=dt.date(2026, 1, 31), count=5), today=TODAY)
    assert [one.due_on.isoformat() for one in found] == [
        "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31",
    ]  # fmt: skip
    assert monthly(dt.date(2027, 10, 31), 4) == dt.date(2028, 2, 29)


def test_a_hundred_in_three_is_a_cent_more_first():
    found = drawn_up(terms(PlanKind.INSTALMENTS, "100.00", first_on=TODAY, count=3), today=TODAY)
    assert amounts(found) == ["33.34", "33.33", "33.33"]


def test_a_minimum_payment_falls_with_what_is_left_until_the_least_ends_it():
    found = drawn_up(
        terms(PlanKind.MINIMUM, "1000.00", first_on=TODAY, share=Decimal(50), least=Decimal("150.00")), today=TODAY
    )
    assert amounts(found) == ["500.00", "250.00", "150.00", "100.00"]


def refusal(**given_terms) -> tuple[str, str]:
    kind, total = given_terms.pop("kind", PlanKind.INSTALMENTS), given_terms.pop("total", "100.00")
    given_terms = {"first_on": TODAY, "count": 3, **given_terms}
    with pytest.raises(ScheduleRefused) as refused:
        drawn_up(terms(kind, total, **given_terms), today=TODAY)
    return refused.value.field, str(refused.value)


def test_what_cannot_be_a_plan_is_refused_with_a_sentence_at_its_field():
    assert refusal(total="0.00") == ("total", "方案总额须大于 0")
    assert refusal(total="99.999") == ("total", "金额最多两位小数")
    assert refusal(first_on=TODAY - dt.timedelta(days=1)) == ("first_on", "首期还款日不能早于今天 2026-01-20")
    assert refusal(first_on=None)[0] == "first_on"
    assert refusal(count=61) == ("count", "期数须在 1 与 60 之间")
    assert refusal(total="0.02")[0] == "count"
    assert refusal(count=60, first_on=dt.date(2026, 3, 1)) == (
        "first_on", "方案最长 60 个月，最后一期不能晚于 2031-01-20"
    )  # fmt: skip
    assert refusal(kind=PlanKind.MINIMUM, share=Decimal(1), least=Decimal("0.01"))[0] == "least"
    assert refusal(kind=PlanKind.MINIMUM)[0] == "share"
    assert refusal(kind=PlanKind.CUSTOM)[0] == "rows"
    twice = [(TODAY, Decimal(50)), (TODAY, Decimal(50))]
    assert refusal(kind=PlanKind.CUSTOM, rows=twice) == ("rows", "2026-01-20 有两期，请合并为一期")
    short = [(TODAY, Decimal(50)), (TODAY + dt.timedelta(days=9), Decimal("49.99"))]
    assert refusal(kind=PlanKind.CUSTOM, rows=short) == ("rows", "各期合计 99.99 元，与方案总额 100.00 元相差 0.01 元")
    past = [(TODAY - dt.timedelta(days=1), Decimal(100))]
    assert refusal(kind=PlanKind.CUSTOM, rows=past)[1] == "还款日期不能早于今天 2026-01-20"
    fine = [(TODAY, Decimal("50.005")), (TODAY + dt.timedelta(days=9), Decimal("49.995"))]
    assert "两位小数" in refusal(kind=PlanKind.CUSTOM, rows=fine)[1]


def test_sixty_instalments_are_a_plan():
    assert len(drawn_up(terms(PlanKind.INSTALMENTS, "6000.00", first_on=TODAY, count=60), today=TODAY)) == 60
