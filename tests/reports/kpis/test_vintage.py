"""Curves by month of entry, and which of their points may be compared."""

from decimal import Decimal

import pytest

from reports.kpis import Dim
from tests.cases.imports.conftest import case_of, debt
from tests.reports.kpis.builders import ask, march, pay

pytestmark = pytest.mark.django_db


def point(answer, cohort, age):
    line = answer.line(cohort, age)
    return line.numerator, line.denominator, bool(line.parts["mature"])


def test_money_adds_up_by_age_and_a_point_is_mature_once_the_youngest_debt_is_that_old(import_day):
    import_day(march(2), [debt(1, total="1000.00")])
    import_day(march(20), [debt(1, total="900.00"), debt(2, total="500.00"), debt(3, total="-40.00")])
    first, second = case_of(1), case_of(2)
    pay(first, 10, "100.00")
    pay(first, 2, "50.00", month=4)  # on the first day of its second month
    pay(second, 15, "200.00", month=4)  # still in its first
    answer = ask("vintage", march(1), march(18, 4))
    assert point(answer, "2026-03", "01") == (Decimal("300.00"), Decimal("1500.00"), False)
    assert point(answer, "2026-03", "02") == (Decimal("350.00"), Decimal("1500.00"), False)
    assert [line.key for line in answer.lines] == [("2026-03", "01"), ("2026-03", "02")]
    assert (answer.total.numerator, answer.total.denominator) == (Decimal("350.00"), Decimal("1500.00"))
    # Until the 19th of April is a month of the youngest, which entered on the 20th of March.
    assert point(ask("vintage", march(1), march(19, 4)), "2026-03", "01")[2] is True
    assert point(ask("vintage", march(1), march(19, 4)), "2026-03", "02")[2] is False


def test_cohorts_stand_apart_and_each_has_only_the_ages_that_it_has_begun(import_day):
    import_day(march(2), [debt(1, total="1000.00")])
    import_day(march(2, 4), [debt(1, total="1000.00"), debt(2, total="500.00")])
    answer = ask("vintage", march(1), march(10, 4))
    assert [line.key for line in answer.lines] == [("2026-03", "01"), ("2026-03", "02"), ("2026-04", "01")]
    only = ask("vintage", march(1), march(10, 4), only={Dim.COHORT: "2026-04"})
    assert [line.key for line in only.lines] == [("2026-04", "01")]
    second = ask("vintage", march(1), march(10, 4), only={Dim.AGE: "02"})
    assert ([line.key for line in second.lines], second.total.denominator) == ([("2026-03", "02")], Decimal("1000.00"))


def test_money_after_a_debt_came_back_belongs_to_its_new_case(import_day):
    from cases.models import CloseReason
    from cases.services.closing import close_case
    from tests.reports.kpis.builders import at

    import_day(march(2), [debt(1, total="1000.00"), debt(9)])
    import_day(march(3), [debt(9)])
    pay(case_of(1), 2, "1000.00")
    close_case(case=case_of(1), reason=CloseReason.CURED, closed_on=march(3), actor=None, now=at(3, "12:00"))
    import_day(march(2, 4), [debt(1, days=1, total="400.00"), debt(9)])
    pay(case_of(1), 3, "400.00", month=4)
    answer = ask("vintage", march(1), march(30, 4))
    assert answer.line("2026-03", "01").numerator == Decimal("1000.00")
    assert answer.line("2026-03", "02").numerator == Decimal("1000.00")
    assert answer.line("2026-04", "01").numerator == Decimal("400.00")


def test_by_stage_every_stage_of_a_point_is_there(import_day):
    import_day(march(2), [debt(1, days=45)])
    answer = ask("vintage", march(1), march(20), Dim.STAGE)
    assert len(answer.lines) == 7
    assert answer.line("2026-03", "01", "M2").denominator == Decimal("1000.00")
