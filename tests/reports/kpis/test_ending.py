"""Ends of cases, reason by reason; back to current and still so; what left is not paid."""

from decimal import Decimal

import pytest

from cases.models import CloseReason
from cases.services.closing import close_case
from reports.kpis import Dim
from tests.cases.builders import desk_of
from tests.cases.imports.conftest import case_of, debt
from tests.reports.kpis.builders import ask, at, in_hand, march, pay, share

pytestmark = pytest.mark.django_db


def close(case, reason, day, *, known=None):
    close_case(case=case, reason=CloseReason(reason), closed_on=march(day), actor=None, now=known or at(day))


def test_paid_is_not_left_and_every_other_reason_stands_beside(db):
    cases = [in_hand(total="100.00") for _n in range(9)]
    for case, reason in zip(cases, CloseReason.values, strict=False):
        close(case, reason, 10)
    answer = ask("closure_rate", 2, 31)
    assert share(answer) == (2, 9)  # paid and cured
    assert [answer.total.parts[reason] for reason in CloseReason.values] == [1] * 8
    assert answer.total.parts["still_open"] == 1
    # What was closed otherwise stays in the denominator, and its sum is shown.
    assert answer.total.parts["excluded"] == Decimal("600.00")
    assert answer.total.parts["owed"] == Decimal("900.00")


def test_a_case_that_the_source_recalled_paid_nothing(db):
    kept, recalled = in_hand(total="100.00"), in_hand(total="100.00")
    pay(kept, 5, "100.00")
    close(kept, "paid", 6)
    close(recalled, "recalled", 6)
    assert share(ask("closure_rate", 2, 31)) == (1, 2)
    recovery = ask("recovery_rate", 2, 31)
    assert (recovery.total.numerator, recovery.total.denominator) == (Decimal("100.00"), Decimal("200.00"))


def test_an_end_before_or_after_the_period_is_of_another_one(db):
    early, late = in_hand(), in_hand()
    close(early, "paid", 5)
    close(late, "paid", 20)
    assert ask("closure_rate", 6, 15).total.numerator == 0
    assert ask("closure_rate", 2, 5).total.numerator == 1


def test_recovery_can_be_over_a_hundred_per_cent_and_a_negative_balance_is_not_subtracted(db):
    more, owed_to = in_hand(total="100.00"), in_hand(total="-50.00")
    pay(more, 5, "150.00")
    pay(owed_to, 6, "10.00")
    answer = ask("recovery_rate", 2, 31)
    assert (answer.total.numerator, answer.total.denominator) == (Decimal("160.00"), Decimal("100.00"))
    assert answer.total.value == Decimal("1.6")
    assert answer.total.parts["owed_all"] == Decimal("50.00")


def test_an_empty_stage_is_a_nought_and_not_missing(db):
    close(in_hand(days=45), "paid", 5)
    answer = ask("closure_rate", 2, 31, Dim.STAGE)
    assert len(answer.lines) == 7
    assert share(answer, "M2") == (1, 1)
    assert (share(answer, "M5"), answer.line("M5").value) == ((0, 0), None)


def month_of_files(import_day, listed, *, through=35):
    """A file every five days from 1 March on; `listed(day)` gives the rows. Days beyond 31 are of April."""
    for day in range(1, through + 1, 5):
        month, of = (3, day) if day <= 31 else (4, day - 31)
        rows = listed(day)
        if rows:
            import_day(march(of, month), rows)


def test_reactivation_waits_for_the_days_of_observation_and_absent_is_not_cured(import_day):
    def rows(day):
        stays, absent = debt(1, days=44 + day), debt(2, days=44 + day)
        current = debt(3, days=0 if day > 1 else 45)
        back_again = debt(4, days=0 if day == 6 else 44 + day)
        return [stays, current, back_again, *([absent] if day == 1 else [])]

    month_of_files(import_day, rows, through=31)
    answer = ask("reactivation_rate", 2, 10)
    # Contract 3 is current since the 6th; the newest file, of the 31st, is not thirty days later.
    assert share(answer) == (0, 4)
    assert {name: answer.total.parts[name] for name in ("pending", "fell_back", "unexplained", "paid")} == {
        "pending": 1, "fell_back": 1, "unexplained": 0, "paid": 0,
    }  # fmt: skip
    import_day(march(5, 4), [debt(1, days=79), debt(3, days=0), debt(4, days=79)])
    answer = ask("reactivation_rate", 2, 10)
    assert (share(answer), answer.total.parts["pending"]) == ((1, 4), 0)
    # Printed again as it was known then, it still waits.
    then = ask("reactivation_rate", 2, 10, known_by=at(4, month=4))
    assert (share(then), then.total.parts["pending"]) == ((0, 4), 1)


def test_a_debt_that_was_listed_as_current_and_then_went_missing_is_unexplained(import_day):
    import_day(march(1), [debt(1, days=45), debt(2, days=45)])
    import_day(march(6), [debt(1, days=0), debt(2, days=50)])
    import_day(march(11), [debt(2, days=55)])
    import_day(march(7, 4), [debt(2, days=82)])
    answer = ask("reactivation_rate", 2, 10)
    assert (share(answer), answer.total.parts["unexplained"]) == ((0, 2), 1)


def test_a_cleared_debt_that_comes_back_within_thirty_days_fell_back_and_after_them_did_not(import_day):
    import_day(march(1), [debt(1, days=45), debt(2, days=45), debt(3, days=45)])
    import_day(march(6), [debt(3, days=50)])
    for number in (1, 2):
        close(case_of(number), "cured", 6)
    import_day(march(20), [debt(1, days=3), debt(3, days=64)])
    import_day(march(6, 4), [debt(1, days=20), debt(2, days=1), debt(3, days=81)])
    answer = ask("reactivation_rate", 2, 10)
    # 2 comes back on the thirty-first day after the 6th.
    assert (share(answer), answer.total.parts["fell_back"]) == ((1, 3), 1)
    closure = ask("closure_rate", 2, 31)
    assert (share(closure), closure.total.parts["came_back"]) == ((2, 3), 1)


def test_paid_off_at_once_is_closed_but_not_reactivated(db):
    close(in_hand(), "paid", 5)
    answer = ask("reactivation_rate", 2, 31)
    assert (share(answer), answer.total.parts["paid"]) == ((0, 1), 1)


def test_the_desk_is_who_held_the_case_as_the_period_began(collector, team_leader):
    case = in_hand(desk_of(collector))
    close(case, "paid", 5)
    assert share(ask("closure_rate", 2, 31, Dim.DESK), desk_of(collector).code) == (1, 1)
