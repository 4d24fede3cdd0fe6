"""How many queries the page of complaint rates makes, whatever the number of complaints."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.models import ComplaintType
from tests.budgets.test_book_queries import own_queries
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.builders import a_complaint

pytestmark = pytest.mark.django_db
# Copies of one complaint, about everybody in turn, over the days before.
_COMPLAINTS = """
WITH made AS (
    INSERT INTO compliance_complaint (debtor_id, source, source_ref, type, category, severity, received_at, received_on,
        complainant, complainant_name, complainant_phone, narrative, demand, state, round, due_on, complexity, outcome,
        finding, remedy)
    SELECT debtor_id, source, '', (%(types)s::text[])[n %% cardinality(%(types)s::text[]) + 1], category, severity,
           received_at - make_interval(days => n %% 20), received_on - n %% 20, complainant, complainant_name,
           complainant_phone, narrative, demand, state, round, due_on, complexity, outcome, finding, remedy
    FROM compliance_complaint, generate_series(1, 2000) n WHERE id = %(one)s RETURNING id, due_on, received_on
), rounds AS (
    INSERT INTO compliance_complaintround (complaint_id, number, started_on, due_on, complexity, extension_reason,
        escalated, outcome, reopen_reason)
    SELECT id, 1, received_on, received_on + 15, 'normal', '', 0, '', '' FROM made
)
INSERT INTO compliance_complaintsubject (complaint_id, about, user_id, org)
SELECT id, 'collector', (%(users)s::bigint[])[id %% cardinality(%(users)s::bigint[]) + 1], '' FROM made
"""


@pytest.mark.parametrize(("query", "budget"), [("", 8), ("?by=org", 8), ("?by=type", 7), ("?by=user&key={user}", 9)])
def test_the_page_costs_the_same_for_one_complaint_and_for_two_thousand(
    client_as: Callable[[User], Client], manager: User, collector: User, query: str, budget: int
) -> None:
    cache.clear()
    case = make_case(desk=desk_of(collector))
    one = a_complaint(debtor=case.loan.debtor, about=collector, received_at=clock.now())
    client = client_as(manager)
    url = reverse("compliance:complaint_rates") + query.format(user=collector.pk)
    few = own_queries(client, url)
    users = [
        create_user(username=f"c{n}", display_name=f"催收{n}", password="x", roles=[Role.COLLECTOR], actor=None)
        for n in range(12)
    ]
    values = {"one": one.pk, "users": [collector.pk, *(user.pk for user in users)], "types": ComplaintType.values}
    with connection.cursor() as cursor:
        cursor.execute(_COMPLAINTS, values)
    many = own_queries(client, url)
    assert len(few) == len(many) <= budget, "\n".join(many)


def test_where_the_statistics_say_that_there_are_no_complaints_no_complaint_is_compared_with_every_other(
    client_as: Callable[[User], Client], manager: User, collector: User
) -> None:
    """Each was, while the table was new: half a minute for two thousand complaints by agency."""
    cache.clear()
    case = make_case(desk=desk_of(collector))
    one = a_complaint(debtor=case.loan.debtor, about=collector, received_at=clock.now())
    with connection.cursor() as cursor:
        tables = ("compliance_complaint", "compliance_complaintsubject", "compliance_complaintround")
        cursor.execute(f"ANALYZE {', '.join(tables)}")
        cursor.execute(_COMPLAINTS, {"one": one.pk, "users": [collector.pk], "types": ComplaintType.values})
        cursor.execute("UPDATE pg_class SET reltuples = 0, relpages = 500 WHERE relname = ANY(%s)", [list(tables)])
        cursor.execute("SET LOCAL statement_timeout = '5s'")
    for query in ("?by=user", "?by=org", "?by=unit", "?by=type"):
        assert client_as(manager).get(reverse("compliance:complaint_rates") + query).status_code == 200
