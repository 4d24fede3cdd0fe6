"""The cohort: who was in the book, what was known of them before, and what became of them."""

import datetime as dt
from decimal import Decimal

import pytest

from cases.models import Case, Custody, Position, Promise
from reports.patterns.gather import cohort_of
from tests.cases.builders import add_position, make_case, make_run, make_source
from tests.reports.regular.cast import D1, D2, FEB, MORNING_AFTER, at, known_on_their_days, pay, small_book

pytestmark = pytest.mark.django_db


def rows(known_by: dt.datetime = MORNING_AFTER) -> dict[int, dict[str, object]]:
    cohort = cohort_of(first=dt.date(2026, 3, 1), last=D2, known_by=known_by)
    return {int(row["case"]): row for row in cohort.frame.to_dict("records")}


def test_the_loans_of_the_first_day_are_followed_and_who_came_later_is_not_in_it():
    cases = small_book()
    cohort = cohort_of(first=dt.date(2026, 3, 1), last=D2, known_by=MORNING_AFTER)
    assert (cohort.first, cohort.second, cohort.size) == (FEB, D2, 3)
    found = rows()
    assert set(found) == {cases["pays"].pk, cases["rolls"].pk, cases["leaves"].pk}
    ends = {
        name: (found[cases[name].pk]["cured"], found[cases[name].pk]["rolled"]) for name in ("pays", "rolls", "leaves")
    }
    assert ends == {"pays": (False, False), "rolls": (False, True), "leaves": (False, False)}, "absent is not paid"


@pytest.mark.parametrize(
    ("reason", "end"), [("paid", (True, False)), ("cured", (True, False)), ("recalled", (None, None))]
)
def test_what_has_left_counts_as_it_was_closed_by_then(reason, end):
    cases = small_book()
    closed = {"closed_on": D2, "closed_at": at(dt.date(2026, 4, 1), 9, 0), "close_reason": reason, "absent_since": None}
    Case.objects.filter(pk=cases["leaves"].pk).update(desk=None, **closed)
    Custody.objects.filter(case=cases["leaves"]).update(ended_at=at(dt.date(2026, 4, 1), 9, 0))
    row = rows()[cases["leaves"].pk]
    assert (row["cured"], row["rolled"]) == end
    row = rows(known_by=at(dt.date(2026, 4, 1), 8, 0))[cases["leaves"].pk]
    assert (row["cured"], row["rolled"]) == (False, False), "nobody had closed it yet"


def test_m7_is_at_no_risk_of_rolling_and_a_debt_listed_as_not_overdue_is_cured():
    make_source()
    old = make_case(days=300, total="100.00", as_of=FEB)
    back = make_case(days=40, total="100.00", as_of=FEB)
    add_position(old, D2, days=332, total="100.00")
    add_position(back, D2, days=0, total="0.01")
    known_on_their_days()
    found = rows()
    assert found[old.pk]["rolled"] is None and found[old.pk]["cured"] is False
    assert found[back.pk]["cured"] is True and found[back.pk]["rolled"] is False


def test_attributes_are_of_before_the_first_day_and_as_known_then():
    cases = small_book()
    pays = cases["pays"]
    loan = pays.loan
    loan.product, loan.region, loan.credit_limit, loan.disbursed_on = (
        "现金贷",
        "杭州",
        Decimal(2000),
        dt.date(2025, 12, 1),
    )
    loan.save()
    pay(pays, dt.date(2026, 2, 10), "5.00", reference="before")
    Promise.objects.create(
        case=pays, amount=5, enough=5, made_on=dt.date(2026, 2, 5), due_on=dt.date(2026, 2, 10),
        counts_until=dt.date(2026, 2, 11), owed=10, stage=1, state="kept", paid=5, settled_on=dt.date(2026, 2, 10),
    )  # fmt: skip
    row = rows()[pays.pk]
    told = ("product", "region", "stage", "amount", "days", "usage", "months", "episode", "debts")
    # What a contract was called when it was known, whatever it is called since.
    assert {name: row[name] for name in told} == {
        "product": "信用卡", "region": "浙江省杭州市", "stage": "M1", "amount": "1000", "days": "16", "usage": "30",
        "months": "0", "episode": "1", "debts": "1",
    }  # fmt: skip
    assert (row["paid"], row["promise"], row["contact"]) == ("yes", "kept", "none")
    other = rows()[cases["rolls"].pk]
    assert (other["paid"], other["promise"], other["usage"], other["months"]) == ("no", "none", "?", "?")


def test_a_source_without_a_file_in_the_period_tells_nothing_of_its_loans():
    cases = small_book()
    silent = make_source("cash", "现金系统")
    make_case(days=20, total="70.00", as_of=FEB, source=silent)
    known_on_their_days()
    assert set(rows()) == {cases[name].pk for name in ("pays", "rolls", "leaves")}
    assert cohort_of(first=dt.date(2020, 1, 1), last=dt.date(2020, 1, 31), known_by=MORNING_AFTER).size == 0


def test_a_corrected_file_speaks_from_when_it_was_known():
    cases = small_book()
    run = make_run(make_source(), D2, state="preview")
    add_position(cases["pays"], D2, days=50, total="400.00", run=run)
    known = at(dt.date(2026, 4, 2))
    type(run).objects.filter(pk=run.pk).update(state="applied", applied_at=known, sha256="c" * 64)
    Position.objects.filter(run=run, as_of=D2).update(recorded_at=known)
    assert rows()[cases["pays"].pk]["rolled"] is False
    assert rows(known_by=at(dt.date(2026, 4, 3)))[cases["pays"].pk]["rolled"] is True
    assert Case.objects.count() == 4 and D1 < D2
