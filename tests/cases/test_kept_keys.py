"""Keys that triggers keep a set at a time: they refuse what a foreign key would, in every order, also to direct SQL."""

import threading
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cases import invariants
from cases.models import Case, ContactPoint, Custody, Debtor, Desk, DeskKind, ImportRun, Loan, Position, Source
from tests.cases.builders import make_case, pool_desk
from tests.core.races import at_once

GONE = 987_654_321


def sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(statement, *values):
    with pytest.raises(IntegrityError):
        sql(statement, *values)


@pytest.fixture
def case(db):
    return make_case()


@pytest.mark.parametrize(("table", "column"), [key[:2] for key in invariants._KEPT_KEYS if key[0] != "cases_importrow"])
def test_a_row_that_names_what_is_not_there_is_refused(case, table, column):
    ContactPoint.objects.create(debtor=case.loan.debtor, kind="phone", value="1", value_index="1", masked="1")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone()[0]
    refused(f"UPDATE {table} SET {column} = %s", GONE)
    sql(f"UPDATE {table} SET {column} = {column}")


def test_a_new_row_that_names_what_is_not_there_is_refused(case):
    insert = (
        "INSERT INTO cases_custody (case_id, desk_id, started_at, ended_at, reason) VALUES (%s, %s, now(), now(), '')"
    )
    refused(insert, GONE, pool_desk().pk)
    refused(insert, case.pk, GONE)
    sql(insert, case.pk, pool_desk().pk)


def test_one_stray_among_many_rows_refuses_them_all(case):
    run = case.last_run
    with pytest.raises(IntegrityError, match="created_by_run_id"), transaction.atomic():
        Debtor.objects.bulk_create(
            [Debtor(name=str(n), created_by_run_id=run.pk if n else GONE) for n in range(500)], batch_size=500
        )
    assert not Debtor.objects.filter(name="499").exists()


def test_what_rows_name_cannot_be_deleted_and_what_none_names_can(case):
    desk = Desk.objects.create(code="a", name="委外甲", kind=DeskKind.AGENCY)
    for table, pk in (
        ("cases_desk", case.desk_id),
        ("cases_source", case.loan.source_id),
        ("cases_case", case.pk),
    ):
        refused(f"DELETE FROM {table} WHERE id = %s", pk)
    sql("DELETE FROM cases_desk WHERE id = %s", desk.pk)
    alone, reached = Debtor.objects.create(name="甲"), Debtor.objects.create(name="乙")
    ContactPoint.objects.create(debtor=reached, kind="phone", value="1", value_index="1", masked="1")
    refused("DELETE FROM cases_debtor WHERE id IN (%s, %s)", alone.pk, reached.pk)
    sql("DELETE FROM cases_debtor WHERE id = %s", alone.pk)


def test_a_run_can_neither_be_deleted_nor_numbered_anew(case):
    refused("DELETE FROM cases_importrun")
    refused("UPDATE cases_importrun SET id = id + 1000")
    sql("UPDATE cases_importrun SET file_name = 'x'")
    assert ImportRun.objects.get().file_name == "x"


def test_keys_of_parents_stay_as_they_are(case):
    for table in ("cases_case", "cases_desk", "cases_source"):
        refused(f"UPDATE {table} SET id = id + 1000")


@contextmanager
def guard_off(table, *triggers):
    try:
        for trigger in triggers:
            sql(f"SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        yield
    finally:
        for trigger in triggers:
            sql(f"SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def test_an_orphan_that_got_in_all_the_same_is_found(case):
    assert invariants.nothing_names_what_is_not_there() == []
    with guard_off("cases_case", "cases_case_update_keys"):
        sql("UPDATE cases_case SET last_run_id = %s", GONE)
    assert invariants.nothing_names_what_is_not_there() == [
        {"table": "cases_case", "column": "last_run_id", "names": GONE, "rows": 1}
    ]


# A child is written while its parent is deleted ----------------------------------------------------------------------


@pytest.fixture
def meeting(transactional_db):
    """A desk that nobody uses yet, a case on another desk; a move to the desk and the desk's deletion at once."""
    case = make_case()
    desk = Desk.objects.create(code="a", name="委外甲", kind=DeskKind.AGENCY)
    written, deleting = threading.Event(), threading.Event()

    def move():
        with transaction.atomic():
            Case.objects.filter(pk=case.pk).update(desk=desk)
            written.set()
            deleting.wait(0.7)
        return "moved"

    def delete():
        written.wait(10)
        sql("DELETE FROM cases_desk WHERE id = %s", desk.pk)
        deleting.set()
        return "deleted"

    return lambda: at_once(move, delete)


def test_a_desk_that_a_case_is_just_moving_to_cannot_be_deleted(meeting):
    moved, deletion = meeting()
    assert moved == "moved"
    assert isinstance(deletion, DatabaseError)
    assert invariants.nothing_names_what_is_not_there() == []


def test_twin_without_the_guard_the_case_is_left_on_a_desk_that_is_gone(meeting):
    with guard_off("cases_case", "cases_case_update_keys"):
        assert meeting() == ["moved", "deleted"]
    assert [row["column"] for row in invariants.nothing_names_what_is_not_there()] == ["desk_id"]


def test_all_kept_keys_are_those_without_a_foreign_key():
    models = (Case, ContactPoint, Custody, Debtor, Loan, Position, ImportRun, Source)
    kept = {
        (model._meta.db_table, field.column, field.related_model._meta.db_table)
        for model in models
        for field in model._meta.get_fields()
        if getattr(field, "db_constraint", True) is False and field.concrete
    }
    assert kept == {key for key in invariants._KEPT_KEYS if key[0] != "cases_importrow"}
