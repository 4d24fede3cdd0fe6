"""How many queries the desk makes, whatever the size of the desk, the book and the log."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agents.models import CaseLock
from cases.models import Case
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import new_token
from compliance.services.log import record_past
from tests.agents.workbench.test_queue import NOW, case_of
from tests.budgets.test_book_queries import FRAME_TABLES, own_queries
from tests.cases.builders import make_case

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ten(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(clock, "now", lambda: NOW)


def grow(collector: User, supervisor: User, case: Case) -> None:
    """A longer queue, a longer log of the person, another debt, and a book of others beside it."""
    for number in range(40):
        case_of(collector if number % 2 else supervisor, days=30 + number, total=f"{number}00.00")
    for number in range(30):
        record_past(
            case=case, point=None, channel="call", result="no_answer", actor=collector, now=NOW,
            started_at=NOW - dt.timedelta(days=2, hours=number),
        )  # fmt: skip
    make_case(desk=case.desk, debtor=case.loan.debtor)


@pytest.mark.parametrize(("route", "budget"), [("desk", 11), ("desk_case", 26), ("plan", 12)])
def test_a_page_of_the_desk_costs_the_same_for_a_long_queue_and_a_long_log(
    client_as: Callable[[User], Client], collector: User, supervisor: User, route: str, budget: int
) -> None:
    case, client = case_of(collector, days=59), client_as(collector)
    make_case(desk=case.desk, debtor=case.loan.debtor)
    url = reverse(f"workbench:{route}", args=[case.pk] if route == "desk_case" else [])
    few = own_queries(client, url)
    grow(collector, supervisor, case)
    many = own_queries(client, url)
    assert len(many) <= budget, "\n".join(many)
    assert len(many) <= len(few), "neither cases nor contacts may cost queries"


def test_the_next_case_costs_the_same_for_a_long_queue_and_a_long_log(
    client_as: Callable[[User], Client], collector: User, supervisor: User
) -> None:
    case, client = case_of(collector, days=59), client_as(collector)

    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            answer = client.post(reverse("workbench:next"), {"form_token": new_token()})
        assert CaseLock.objects.exists(), answer.headers["Location"]
        CaseLock.objects.all().delete()
        return [one["sql"] for one in captured if not any(table in one["sql"] for table in FRAME_TABLES)]

    queries()
    few = queries()
    grow(collector, supervisor, case)
    many = queries()
    assert len(many) <= 18, "\n".join(many)
    assert len(many) <= len(few)


def test_the_queue_is_one_query_that_reads_by_index(collector: User) -> None:
    """Whatever the planner thinks of the book: facts are looked up case by case, no table is read as a whole but the desks,
    the locks and the holds."""
    from agents.workbench.queue import gather
    from agents.workbench.queue.weights import Weights

    case_of(collector)
    cases = Case.objects.for_user(collector).present()
    with CaptureQueriesContext(connection) as captured:
        gather.rank(cases, Weights(), user=collector, now=NOW)
    assert len(captured) == 1
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        # As if the book held ten million cases, of which nothing is known: of one, any index finds it as fast; and what
        # other tests left behind (pages, statistics) says nothing.
        cursor.execute(
            "UPDATE pg_class SET reltuples = 10000000, relpages = greatest(pg_relation_size(oid) / 8192, 1) "
            "WHERE relname = 'cases_case'"
        )
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = 'cases_case'::regclass")
        cursor.execute(f"EXPLAIN {captured[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    for table in (
        "cases_loan",
        "cases_contactpoint",
        "compliance_contactattempt",
        "cases_promise",
        "compliance_contactdetail",
    ):
        assert f"Seq Scan on {table}" not in plan
    for index in ("case_desk_open_idx", "attempt_debtor_idx", "contact_point_once", "cases_loan_pkey"):
        assert index in plan
