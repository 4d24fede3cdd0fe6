import pytest
from django.db import connection

from cases.stage import STAGE_SQL, Stage, days_of, stage_of


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        (-3, "M0"),
        (0, "M0"),
        (1, "M1"),
        (30, "M1"),
        (31, "M2"),
        (90, "M3"),
        (91, "M4"),
        (180, "M6"),
        (181, "M7"),
        (9999, "M7"),
    ],
)
def test_the_stage_follows_from_the_days_alone(days, stage):
    assert stage_of(days) is Stage[stage]


def test_the_days_of_a_stage_are_those_that_give_it():
    for stage in Stage:
        first, last = days_of(stage)
        assert stage_of(first) is stage
        assert stage_of(last if last is not None else 100_000) is stage


@pytest.mark.django_db
def test_the_database_computes_the_same_stage_as_the_code():
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT days_past_due, {STAGE_SQL} FROM generate_series(-5, 400) AS days_past_due")
        for days, stage in cursor.fetchall():
            assert stage == stage_of(days), days
