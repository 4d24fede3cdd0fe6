"""How many queries dealing out makes, whatever the number of cases and desks."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.assignment.runs import apply_run, approve_run, plan_run, replay, undo_run, what_if
from collection_ops.core.models import User
from tests.agents.assignment.cast import DAY, NOW, crew, pool_cases

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def counted(supervisor: User, manager: User, now: dt.datetime) -> dict[str, int]:
    found = {}
    with CaptureQueriesContext(connection) as queries:
        run = plan_run(cases=None, chosen={}, unit="", day=DAY, seed=1, actor=supervisor, now=now)
    found["plan"] = len(queries)
    with CaptureQueriesContext(connection) as queries:
        what_if(lines=[{"name": "一"}], values={}, day=DAY)
    found["what_if"] = len(queries)
    approve_run(run=run, actor=manager, now=now)
    with CaptureQueriesContext(connection) as queries:
        apply_run(run=run, actor=manager, now=now)
    found["apply"] = len(queries)
    with CaptureQueriesContext(connection) as queries:
        replay(run)
    found["replay"] = len(queries)
    with CaptureQueriesContext(connection) as queries:
        undo_run(run=run, reason="再来", actor=manager, now=now + HOUR)
    found["undo"] = len(queries)
    return found


def test_dealing_out_takes_the_same_queries_for_four_cases_and_for_sixty(supervisor: User, manager: User) -> None:
    crew(2)
    pool_cases(4)
    few = counted(supervisor, manager, NOW)
    crew(6, start=2)
    pool_cases(56)
    many = counted(supervisor, manager, NOW + 2 * HOUR)
    assert many == few
    assert (few["plan"], few["what_if"]) <= (34, 24)
    assert few["apply"] <= 40 and few["undo"] <= 30 and few["replay"] <= 2
