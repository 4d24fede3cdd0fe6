"""What each metric counts, and what it does not."""

import datetime as dt
from decimal import Decimal

import pytest

from agents.targets.measures import measure
from agents.targets.metrics import BY_CODE, METRICS, Pair, together
from cases.models import Case, Promise
from cases.services.custody import move_cases
from compliance.models import ContactAttempt, ContactDetail
from compliance.services.log import record_past
from tests.agents.targets.book import MARCH, held, moment, pay
from tests.cases.builders import add_position, desk_of, make_case
from tests.compliance.complaints.builders import a_complaint

pytestmark = pytest.mark.django_db
LAST = dt.date(2026, 3, 31)


def figures(code: str, *people, first: dt.date = MARCH, last: dt.date = LAST) -> list[tuple[str, str] | None]:
    found = measure(code, first=first, last=last, users=[one.pk for one in people])
    pairs = [found.get(one.pk) for one in people]
    return [None if pair is None else (f"{pair.numerator:.2f}", f"{pair.denominator:.2f}") for pair in pairs]


def test_every_metric_has_its_measure_and_a_counter_metric():
    assert all(metric.counter in BY_CODE and metric.counter != metric.code for metric in METRICS)
    assert all(measure(metric.code, first=MARCH, last=LAST, users=[1]) == {} for metric in METRICS)


def test_a_team_is_the_sum_of_both_parts_never_the_average_of_rates():
    recovery = BY_CODE["recovery"]
    people = [Pair(Decimal(50), Decimal(100)), Pair(Decimal(0), Decimal(900))]
    assert recovery.value(together(people)) == 5


def test_money_is_confirmed_and_of_the_period(collector):
    case = held(collector)
    pay(case, 5, "100.00")
    pay(case, 6, "40.00", status="claimed")
    pay(case, 20, "7.00")
    assert figures("money", collector) == [("107.00", "0.00")]
    assert figures("money", collector, last=dt.date(2026, 3, 19)) == [("100.00", "0.00")]


def test_recovery_is_over_what_was_owed_when_a_case_came_into_the_hand(collector, supervisor):
    case = held(collector, "1000.00")
    add_position(case, dt.date(2026, 3, 10), days=54, total="400.00")  # paying does not shrink the denominator
    pay(case, 9, "600.00")
    taken = held(supervisor, "500.00")
    move_cases(cases=[taken.pk], desk=desk_of(collector), reason="reassigned", actor=None, now=moment(12))
    pay(taken, 20, "50.00")
    assert figures("recovery", collector, supervisor) == [("650.00", "1500.00"), ("0.00", "500.00")]
    assert figures("recovery", collector, last=dt.date(2026, 3, 11)) == [("600.00", "1000.00")]


def close(case: Case, reason: str, day: int) -> None:
    Case.objects.filter(pk=case.pk).update(closed_on=dt.date(2026, 3, day), close_reason=reason)


def test_closed_by_payment_only_over_all_cases_in_hand(collector):
    for reason in ("paid", "cured", "recalled", "settled", "written_off", "mistake"):
        close(held(collector), reason, 10)
    held(collector)
    assert figures("closure", collector) == [("2.00", "7.00")]
    assert figures("closure", collector, last=dt.date(2026, 3, 9)) == [("0.00", "7.00")]


def test_reactivated_is_who_is_back_and_did_not_fall_behind_again(collector):
    again, stays, _open = held(collector), held(collector), held(collector)
    close(again, "cured", 5)
    close(stays, "cured", 5)
    assert figures("reactivation", collector) == [("2.00", "3.00")]
    make_case(loan=again.loan, episode=2, opened_on=dt.date(2026, 3, 20), as_of=dt.date(2026, 3, 20))
    assert figures("reactivation", collector) == [("1.00", "3.00")]
    assert figures("reactivation", collector, last=dt.date(2026, 3, 19)) == [("2.00", "3.00")]


def test_rolling_follows_the_same_cases_by_what_they_owed_at_the_start(collector):
    before = dt.date(2026, 2, 28)
    rolls, stays, pays = (held(collector, total, days=50, as_of=before) for total in ("1000.00", "300.00", "200.00"))
    held(collector, "9999.00", since=3, as_of=dt.date(2026, 3, 3))  # not in hand at the start
    held(collector, "777.00", days=400, as_of=before)  # cannot roll any further
    add_position(rolls, dt.date(2026, 3, 15), days=65, total="1100.00")
    add_position(stays, dt.date(2026, 3, 15), days=60, total="310.00")
    close(pays, "paid", 10)
    assert figures("roll", collector) == [("1000.00", "1500.00")]


def talk(case: Case, collector, day: int, result: str = "right_party") -> ContactAttempt:
    return record_past(
        case=case, point=None, channel="call", result=result, actor=collector, now=moment(day, 12),
        started_at=moment(day, 10),
    )  # fmt: skip


def test_an_effective_contact_is_with_the_debtor(collector, supervisor):
    case = held(collector)
    talk(case, collector, 3)
    for day, result in ((4, "no_answer"), (5, "third_party"), (6, "connected")):
        talk(case, collector, day, result)
    wrong = talk(case, collector, 9)
    ContactAttempt.objects.filter(pk=wrong.pk).update(misdirected=True)
    assert figures("contacts", collector, supervisor) == [("1.00", "0.00"), None]


def promise(case: Case, user, due: int, state: str, **columns) -> None:
    settled = {} if state == "open" else {"settled_on": dt.date(2026, 3, due) + dt.timedelta(days=1)}
    paid = {"kept": "100.00", "part_kept": "50.00"}.get(state, "0.00")
    Promise.objects.create(
        case=case, amount="100.00", enough="100.00", made_on=MARCH, due_on=dt.date(2026, 3, due), owed="1000.00",
        counts_until=dt.date(2026, 3, due), stage=2, made_by=user, state=state, paid=paid, **{**settled, **columns},
    )  # fmt: skip


def test_kept_is_over_the_promises_due_and_settled(collector):
    case = held(collector)
    for due, state in ((5, "kept"), (6, "broken"), (7, "part_kept"), (8, "open"), (9, "cancelled"), (20, "kept")):
        promise(case, collector, due, state)
    assert figures("kept", collector) == [("2.00", "4.00")]
    assert figures("kept", collector, last=dt.date(2026, 3, 10)) == [("1.00", "3.00")]


def test_complaints_are_those_about_the_person_over_people_reached(collector, supervisor):
    """By the one definition (compliance/complaints/rates): of the day it happened, a wish to complain is none yet."""
    first, second, third = held(collector), held(collector), held(collector)
    for case, result in ((first, "right_party"), (first, "third_party"), (second, "connected"), (third, "no_answer")):
        attempt = talk(case, collector, 3, result)
        ContactDetail.objects.update_or_create(attempt=attempt, defaults={"complaint_wish": case is second})
    a_complaint(debtor=first.loan.debtor, about=[collector, supervisor], received_at=moment(4))
    before = dt.date(2026, 2, 27)
    a_complaint(debtor=first.loan.debtor, about=collector, received_at=moment(5), event_on=before)
    assert figures("complaints", collector, supervisor) == [("1.00", "2.00"), ("1.00", "0.00")]
