"""To whom a payment is credited, and what a case is expected to bring."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from agents.credit import credited
from agents.expected import DEFAULTS, Rates, band_of, rates_on
from cases.models import Custody, Repayment
from cases.services.custody import move_cases
from tests.cases.builders import add_position, desk_of, make_case, pool_desk

MARCH = {"first": dt.date(2026, 3, 1), "last": dt.date(2026, 3, 31)}


def moment(day: int, hour: int = 9) -> dt.datetime:
    return timezone.make_aware(dt.datetime(2026, 3, day, hour))


def pay(case, day: int, amount: str, *, status: str = "confirmed", reversal_of: Repayment | None = None) -> Repayment:
    return Repayment.objects.create(
        source=case.loan.source, contract_no=case.loan.contract_no, loan=case.loan, paid_on=dt.date(2026, 3, day),
        amount=Decimal(amount), status=status, reversal_of=reversal_of,
    )  # fmt: skip


@pytest.fixture
def case(collector):
    """In the pool from 1 March, with the collector from the 5th, ten o'clock."""
    case = make_case(opened_on=dt.date(2026, 3, 1))
    Custody.objects.filter(case=case).update(started_at=moment(1))
    move_cases(cases=[case.pk], desk=desk_of(collector), reason="assigned", actor=None, now=moment(5, 10))
    return case


def amounts(**asked):
    return [(one.user_id, one.paid_on.day, one.amount) for one in credited(**MARCH, **asked)]


def test_money_is_credited_to_whoever_held_the_case_as_the_day_began(case, collector, team_leader):
    pay(case, 3, "10.00")  # lay in the pool
    pay(case, 5, "20.00")  # the day it was handed out: nobody else had it
    pay(case, 6, "30.00")
    move_cases(cases=[case.pk], desk=desk_of(team_leader), reason="reassigned", actor=None, now=moment(8, 11))
    pay(case, 8, "40.00")  # the day it moved on: still hers
    pay(case, 9, "50.00")
    assert amounts() == [
        (collector.pk, 5, Decimal("20.00")),
        (collector.pk, 6, Decimal("30.00")),
        (collector.pk, 8, Decimal("40.00")),
        (team_leader.pk, 9, Decimal("50.00")),
    ]
    assert amounts(users=[team_leader.pk]) == [(team_leader.pk, 9, Decimal("50.00"))]


def test_claimed_money_is_not_credited_and_a_reversal_takes_back_from_whoever_had_it(case, collector, team_leader):
    pay(case, 6, "99.00", status="claimed")
    first = pay(case, 6, "30.00")
    move_cases(cases=[case.pk], desk=desk_of(team_leader), reason="reassigned", actor=None, now=moment(8, 11))
    pay(case, 20, "30.00", reversal_of=first)
    assert amounts() == [(collector.pk, 6, Decimal("30.00")), (collector.pk, 20, Decimal("-30.00"))]


def test_as_it_was_known_then(case, collector):
    before = timezone.now()
    pay(case, 6, "30.00")
    assert amounts(known_by=before) == []


def test_back_in_the_pool_it_is_nobodys(case):
    move_cases(cases=[case.pk], desk=pool_desk(), reason="reassigned", actor=None, now=moment(7))
    pay(case, 8, "10.00")
    assert amounts() == []


@pytest.mark.django_db
def test_without_history_a_stage_has_its_default_rate():
    rates = rates_on(dt.date(2026, 3, 31))
    assert rates.table[1, 0] == DEFAULTS[1]
    assert rates.expected(2, Decimal("1000.00")) == Decimal("150.00")
    assert rates.expected(2, Decimal("0.00")) == 0
    assert Rates.of(rates.to_json()) == rates
    assert [band_of(Decimal(n)) for n in (999, 1000, 4999, 5000, 20000)] == [0, 1, 1, 2, 3]


@pytest.mark.django_db
def test_what_such_cases_brought_draws_the_rate():
    """One case of 100,000 a month ago, of which 50,000 came in: half history, half default."""
    case = make_case(days=10, total="100000.00", as_of=dt.date(2026, 3, 1), opened_on=dt.date(2026, 3, 1))
    add_position(case, dt.date(2026, 3, 31), days=40, total="50000.00")
    pay(case, 15, "50000.00")
    rate = rates_on(dt.date(2026, 3, 31)).table[1, 3]
    assert rate == (5000 + DEFAULTS[1]) // 2
