"""How many queries a report asks, whatever the size of the book; and its page."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from collection_ops.core import clock
from reports.kpis.reading import one_reading
from reports.regular.kinds import KINDS
from reports.regular.making import make_report
from reports.regular.periods import Period
from tests.cases.builders import add_position, make_case
from tests.reports.regular.cast import D2, FEB, MARCH, MORNING_AFTER, known_on_their_days, pay, small_book

pytestmark = pytest.mark.django_db
MOST = {"daily": 20, "weekly": 38, "monthly": 74}
PERIODS = {"daily": (D2, D2), "weekly": (dt.date(2026, 3, 23), dt.date(2026, 3, 29)), "monthly": MARCH}


def counted() -> dict[str, int]:
    found = {}
    for kind, (first, last) in PERIODS.items():
        with CaptureQueriesContext(connection) as queries, one_reading({}):
            KINDS[kind].build(Period(first, last), MORNING_AFTER)
        found[kind] = len(queries)
    return found


def test_a_report_asks_the_same_questions_of_four_loans_and_of_sixty():
    small_book()
    few = counted()
    for number in range(56):
        case = make_case(days=20 + number, total="900.00", as_of=FEB)
        add_position(case, D2, days=50 + number, total="700.00")
        pay(case, dt.date(2026, 3, 25), "200.00", reference=f"many-{number}")
    known_on_their_days()
    many = counted()
    assert many == few
    assert all(few[kind] <= most for kind, most in MOST.items()), few


def test_the_page_asks_a_fixed_number_however_long_the_paper_and_the_list(client_as, manager):
    small_book()
    client = client_as(manager)
    runs = [
        make_report(
            kind="monthly", first=first, last=last, known_by=MORNING_AFTER, actor=None, now=clock.database_now()
        ).run
        for first, last in (MARCH, (dt.date(2026, 2, 1), dt.date(2026, 2, 28)))
    ]
    found = []
    for address in (reverse("reports:paper", args=[runs[0].pk]), reverse("reports:papers")):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        found.append(len(queries))
    assert found[0] <= 20 and found[1] <= 18, found
