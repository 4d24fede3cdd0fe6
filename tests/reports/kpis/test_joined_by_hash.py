"""The planner's settings of a statement over many files are those of before when it is done, and when it fails."""

import pytest
from django.db import Error, connection, transaction

from reports.kpis.rows import joined_by_hash

pytestmark = pytest.mark.django_db


def planner():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('enable_nestloop'), current_setting('jit')")
        return cursor.fetchone()


def test_within_it_nothing_is_compared_one_by_one_and_afterwards_all_is_as_before():
    before = planner()
    with joined_by_hash():
        assert planner() == ("off", "off")
    assert planner() == before
    assert before[0] == "on"


def test_a_statement_that_fails_leaves_them_as_they_were():
    before = planner()
    with pytest.raises(Error), transaction.atomic(), joined_by_hash(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    assert planner() == before
