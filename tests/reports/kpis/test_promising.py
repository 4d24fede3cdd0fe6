"""Promises: what was given in a call, what was kept, and what was known of it when."""

from decimal import Decimal
from typing import Any

import pytest

from cases.models import CloseReason, Promise
from cases.services.closing import close_case
from cases.services.promises import cancel_promise, make_promise, settle_promises
from reports.kpis import Dim
from tests.cases.builders import desk_of
from tests.reports.kpis.builders import ask, at, call, in_hand, march, pay, share

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("codes")]


@pytest.fixture
def promise(collector, supervisor) -> Any:
    """`promise(case, "500.00", made=2, due=4)`; more than the limits allow is an exception of the supervisor's."""

    def give(case, amount: str, *, made: int, due: int, clock: str = "10:30", actor=collector) -> Promise:
        case.refresh_from_db()
        return make_promise(
            case=case, amount=Decimal(amount), due_on=march(due), actor=actor, now=at(made, clock),
            override_by=supervisor, override_reason="核实",
        )  # fmt: skip

    return give


def parts(answer):
    return {name: int(number) for name, number in answer.total.parts.items()}


def test_several_promises_in_one_call_are_one_call_with_a_promise(collector, promise):
    split, plain, none = (in_hand(desk_of(collector)) for _n in range(3))
    for case in (split, plain, none):
        call(case, collector, 2, "right_party")
    promise(split, "300.00", made=2, due=4)
    promise(split, "300.00", made=2, due=5)
    promise(split, "300.00", made=2, due=6)
    promise(plain, "900.00", made=2, due=6)
    answer = ask("promise_rate", 2, 2)
    assert (share(answer), parts(answer)) == ((2, 3), {"promises": 4})
    # A second call the same day, without one, does not take it over.
    call(plain, collector, 2, "right_party", clock="15:00")
    assert share(ask("promise_rate", 2, 2)) == (2, 4)


def test_a_promise_that_nobody_gave_in_a_call_gives_no_rate(collector, promise):
    case = in_hand(desk_of(collector))
    promise(case, "300.00", made=2, due=4)
    call(case, collector, 2, "right_party", clock="16:00")  # after it was written down
    assert share(ask("promise_rate", 2, 2)) == (0, 1)


def test_of_the_promises_due_the_kept_count_and_open_and_cancelled_ones_are_left_out(collector, promise, supervisor):
    kept, part, broken, open_, cancelled, gone = (in_hand(desk_of(collector), total="5000.00") for _n in range(6))
    for case in (kept, part, broken, cancelled, gone):
        promise(case, "1000.00", made=2, due=5)
    promise(open_, "1000.00", made=2, due=9)
    pay(kept, 5, "1000.00")
    pay(part, 4, "800.00")
    cancel_promise(promise=Promise.objects.get(case=cancelled), reason="听错了", actor=supervisor, now=at(3))
    close_case(case=gone, reason=CloseReason.RECALLED, closed_on=march(4), actor=None, now=at(4))
    answer = ask("kept_rate_count", 1, 10, known_by=at(9))
    assert (share(answer), answer.lines) == ((1, 3), ())
    assert parts(answer) == {"part_kept": 1, "broken": 1, "open": 1, "cancelled": 2}
    # By amount the part payment counts for what it is.
    amounts = ask("kept_rate_amount", 1, 10, known_by=at(9))
    assert (amounts.total.numerator, amounts.total.denominator) == (Decimal("1800.00"), Decimal("3000.00"))
    assert amounts.total.parts["open_promised"] == Decimal("1000.00")
    assert amounts.total.parts["cancelled_promised"] == Decimal("2000.00")


def test_promises_made_are_not_promises_due(collector, promise):
    case = in_hand(desk_of(collector))
    promise(case, "300.00", made=2, due=5)
    promise(case, "300.00", made=2, due=9)
    assert share(ask("kept_rate_count", 2, 5)) == (0, 1)


def test_a_promise_in_small_pieces_raises_the_rate_by_number_and_not_that_by_amount(collector, promise):
    case = in_hand(desk_of(collector), total="5000.00")
    for due in (4, 5):
        promise(case, "50.00", made=2, due=due)
    promise(case, "900.00", made=2, due=6)
    pay(case, 3, "50.00")
    pay(case, 5, "50.00")
    by_number, by_amount = (ask(name, 2, 8).total.value for name in ("kept_rate_count", "kept_rate_amount"))
    assert (by_number, by_amount) == (Decimal("0.666667"), Decimal("0.1"))


def test_one_payment_does_not_keep_two_promises_and_more_than_promised_is_not_counted(collector, promise):
    case = in_hand(desk_of(collector), total="5000.00")
    promise(case, "500.00", made=2, due=5)
    promise(case, "500.00", made=2, due=6)
    pay(case, 4, "1000.00")
    assert share(ask("kept_rate_count", 2, 8)) == (1, 2)
    amounts = ask("kept_rate_amount", 2, 8)
    assert (amounts.total.numerator, amounts.total.denominator) == (Decimal("500.00"), Decimal("1000.00"))


def test_money_paid_in_time_and_known_later_keeps_the_promise_only_in_later_reports(collector, promise):
    case = in_hand(desk_of(collector), total="5000.00")
    promise(case, "500.00", made=2, due=5)
    settle_promises(day=march(8))
    pay(case, 5, "500.00", known=at(20))
    now, then = ask("kept_rate_count", 1, 31), ask("kept_rate_count", 1, 31, known_by=at(10))
    assert (share(now), share(then), parts(then)["broken"]) == ((1, 1), (0, 1), 1)
    # On its last day of grace it is open, and before it was made there is none.
    assert parts(ask("kept_rate_count", 1, 31, known_by=at(6)))["open"] == 1
    assert share(ask("kept_rate_count", 1, 31, known_by=at(1))) == (0, 0)


def test_a_promise_cancelled_later_was_broken_in_the_report_of_before(collector, promise, supervisor):
    case = in_hand(desk_of(collector))
    one = promise(case, "500.00", made=2, due=5)
    cancel_promise(promise=one, reason="听错了", actor=supervisor, now=at(20))
    assert parts(ask("kept_rate_count", 1, 31, known_by=at(10)))["broken"] == 1
    assert parts(ask("kept_rate_count", 1, 31))["cancelled"] == 1


def test_a_promise_is_of_whoever_took_it_down_and_of_the_stage_it_was_made_in(collector, promise, supervisor):
    case = in_hand(desk_of(collector), days=45)
    promise(case, "500.00", made=2, due=5)
    assert share(ask("kept_rate_count", 1, 31, Dim.DESK), desk_of(collector).code) == (0, 1)
    by_stage = ask("kept_rate_count", 1, 31, Dim.STAGE)
    assert (share(by_stage, "M2"), share(by_stage, "M1")) == ((0, 1), (0, 0))
    assert share(ask("kept_rate_count", 1, 31, only={Dim.TEAM: "team-b"})) == (0, 0)
    assert share(ask("kept_rate_count", 1, 31, only={Dim.TEAM: "team-a"})) == (0, 1)
    assert share(ask("kept_rate_count", 1, 31, desks=frozenset({desk_of(supervisor).pk}))) == (0, 0)
