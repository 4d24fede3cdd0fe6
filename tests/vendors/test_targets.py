"""A month beside what was promised for it: plain objects, to the cent."""

from decimal import Decimal

import pytest

from vendors.contracts.targets import AgencyMonth, Outcome, StageMonth, Why, judge
from vendors.contracts.terms import Measure, Target

MONTH = AgencyMonth(
    {
        2: StageMonth(cases=40, placed=Decimal("100000.00"), money=Decimal("4999.99"), reached=12),
        3: StageMonth(cases=10, placed=Decimal("33333.33"), money=Decimal("2000.00"), reached=1),
    },
    has_contacts=True, complaints=3, contacted=600, least_contacted=100,
)  # fmt: skip


def judged(measure: Measure, figure: str, *stages: int, month: AgencyMonth = MONTH):
    [one] = judge([Target(1, measure, Decimal(figure), frozenset(stages))], month)
    return one


def test_a_cent_too_little_is_missed_and_never_looks_like_the_figure():
    missed = judged(Measure.RECOVERY, "5", 2)
    assert (missed.outcome, str(missed.value), str(missed.gap), str(missed.short)) == (
        Outcome.MISSED, "4.99", "-0.01", "0.01",
    )  # fmt: skip
    enough = AgencyMonth({2: StageMonth(40, Decimal("100000.00"), Decimal("5000.00"))})
    reached = judged(Measure.RECOVERY, "5", 2, month=enough)
    assert (reached.outcome, str(reached.value), reached.gap, reached.short) == (Outcome.REACHED, "5.00", 0, None)


def test_half_a_cent_that_is_missing_is_a_whole_one():
    """6.01 % of 33,333.33 are 2,003.333…: nobody can pay a third of a cent."""
    assert str(judged(Measure.RECOVERY, "6.01", 3).short) == "3.34"
    paid = AgencyMonth({3: StageMonth(10, Decimal("33333.33"), Decimal("2003.34"))})
    assert judged(Measure.RECOVERY, "6.01", 3, month=paid).outcome == Outcome.REACHED


def test_all_stages_are_summed_and_never_averaged():
    whole = judged(Measure.RECOVERY, "5")
    assert (str(whole.part), str(whole.whole), str(whole.value)) == ("6999.99", "133333.33", "5.24")
    assert (judged(Measure.RECOVERY, "5", 2, 3).value, judged(Measure.RECOVERY, "5", 2, 7).part) == (
        whole.value, Decimal("4999.99"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "figure", "value", "short"),
    [
        (Measure.CONTACT, "26", "26.00", None), (Measure.CONTACT, "26.01", "26.00", "1"),
        (Measure.CONTACT, "100", "26.00", "37"), (Measure.CASE_COMPLAINTS, "60", "60.00", None),
        (Measure.CASE_COMPLAINTS, "59.99", "60.00", "1"), (Measure.CASE_COMPLAINTS, "0", "60.00", "3"),
        (Measure.COMPLAINTS, "50", "50.00", None), (Measure.COMPLAINTS, "49", "50.00", "1"),
    ],
)  # fmt: skip
def test_contacts_are_a_floor_and_complaints_a_ceiling(measure, figure, value, short):
    found = judged(measure, figure)
    assert (str(found.value), found.outcome) == (value, Outcome.MISSED if short else Outcome.REACHED)
    assert (None if found.short is None else str(found.short)) == short


def test_without_a_case_there_is_nothing_to_judge():
    grace = AgencyMonth({2: StageMonth(cases=0, placed=Decimal("0.00"), money=Decimal("900.00"))}, True, 1, 500)
    for measure in Measure:
        assert judged(measure, "5", month=AgencyMonth()).why == Why.NO_CASES
        one = judged(measure, "5", month=grace)
        assert (one.outcome, one.why, one.value, one.gap) == (Outcome.UNJUDGED, Why.NO_CASES, None, None), (
            "money in days of grace of cases that had gone before is no case"
        )
    assert judged(Measure.RECOVERY, "5", 5).why == Why.NO_CASES, "of that stage"


def test_who_told_of_no_contact_has_no_rate_but_complaints_count_all_the_same():
    silent = AgencyMonth(MONTH.stages, has_contacts=False, complaints=0, contacted=0, least_contacted=100)
    assert judged(Measure.CONTACT, "30", month=silent).why == Why.NO_CONTACTS
    assert judged(Measure.COMPLAINTS, "30", month=silent).why == Why.FEW_CONTACTS
    assert judged(Measure.CASE_COMPLAINTS, "0", month=silent).outcome == Outcome.REACHED
    hidden = AgencyMonth(MONTH.stages, has_contacts=False, complaints=1, contacted=0, least_contacted=100)
    found = judged(Measure.COMPLAINTS, "30", month=hidden)
    assert (found.outcome, str(found.value)) == (Outcome.MISSED, "100.00"), "as if it had contacted the least number"


def test_money_that_was_taken_back_is_below_nothing():
    back = AgencyMonth({2: StageMonth(1, Decimal("1000.00"), Decimal("-50.00"))})
    assert str(judged(Measure.RECOVERY, "0", month=back).short) == "50.00"
