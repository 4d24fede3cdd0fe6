"""Two at once, with real threads and real transactions. Every race has a twin that goes wrong with its guard off."""

import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connection

from cases import invariants
from cases.imports import applying as applying_steps
from cases.imports import run as runs
from cases.imports.booking import apply as applying
from cases.imports.refusals import RunRefused
from cases.models import Debtor, ImportRun, Position, RunState, Source
from cases.services.desks import pool_desk
from tests.core.races import at_once

from .conftest import DAY_1, at, debt

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meet_before_writing(monkeypatch):
    """Both writers wait for each other before they write: with the guard on they cannot meet, and one goes on alone.
    A twin, where they do meet, sets a longer patience: a busy machine must not part them."""
    barrier = threading.Barrier(2)
    original = applying.write_book
    waiting = SimpleNamespace(patience=1.5)

    def slow(**options: Any) -> dict[str, int]:
        with suppress(threading.BrokenBarrierError):  # broken: the other one is kept out, as it should be
            barrier.wait(timeout=waiting.patience)
        return original(**options)

    monkeypatch.setattr(applying, "write_book", slow)
    pool_desk()  # there already, so that making it keeps nobody waiting
    return waiting


def apply(run: ImportRun) -> Callable[[], ImportRun]:
    return lambda: runs.apply_run(run=ImportRun.objects.get(pk=run.pk), actor=None, now=at(DAY_1))


def test_one_job_delivered_twice_writes_once(import_day, meet_before_writing):
    run = import_day(DAY_1, [debt(1), debt(2)], apply=False)
    runs.start_applying(run=run, accept_good_rows=False)
    results = at_once(apply(run), apply(run))
    assert [r.state for r in results] == ["applied", "applied"]
    assert Position.objects.count() == 2
    assert invariants.cases_repeat_their_facts() == []
    assert Source.objects.get().book_version == 1


def test_twin_without_the_lock_the_second_delivery_runs_into_the_first(import_day, meet_before_writing, monkeypatch):
    meet_before_writing.patience = 20
    run = import_day(DAY_1, [debt(1), debt(2)], apply=False)
    runs.start_applying(run=run, accept_good_rows=False)
    monkeypatch.setattr(applying_steps, "lock_book", lambda *, source_id, people: Source.objects.get(pk=source_id))
    results = at_once(apply(run), apply(run))
    # A constraint stops it, or the deadlock that two writers of the same rows run into.
    assert any(isinstance(result, (DatabaseError, RunRefused)) for result in results), results


def test_two_files_of_one_source_are_not_applied_at_once(import_day):
    first = import_day(DAY_1, [debt(1)], apply=False)
    second = import_day(DAY_1, [debt(1, total="999.00")], apply=False)

    def ask(run: ImportRun) -> Callable[[], Any]:
        return lambda: runs.request_apply(run=ImportRun.objects.get(pk=run.pk), actor=None, now=at(DAY_1))

    results = at_once(ask(first), ask(second))
    refused = [result for result in results if isinstance(result, RunRefused)]
    assert [refusal.code for refusal in refused] == ["another_applying"]
    assert ImportRun.objects.filter(state=RunState.APPLYING).count() == 1


@contextmanager
def without_constraint(table: str, name: str, definition: str):
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE cases_importrun SET state = 'discarded' WHERE state = 'applying'")
            cursor.execute(definition)


def test_twin_without_its_guards_one_day_is_in_the_book_twice(import_day, monkeypatch):
    first = import_day(DAY_1, [debt(1)], apply=False)
    second = import_day(DAY_1, [debt(2, total="999.00")], apply=False)
    monkeypatch.setattr(applying_steps, "_ground_has_moved", lambda run, source: None)
    name = "import_run_one_applying"
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])
        definition = cursor.fetchone()[0]
    with without_constraint("cases_importrun", name, definition):
        for run in (first, second):
            runs.start_applying(run=run, accept_good_rows=False)
        assert ImportRun.objects.filter(state=RunState.APPLYING).count() == 2
        at_once(apply(first), apply(second))
        assert invariants.one_file_once() != []


def test_two_sources_that_name_one_new_person_make_one_debtor(import_day, other_source, meet_before_writing):
    first = import_day(DAY_1, [debt(1)], apply=False)
    second = import_day(DAY_1, [debt(1, 合同编号="XD1")], into=other_source, apply=False)
    for run in (first, second):
        runs.start_applying(run=run, accept_good_rows=False)
    results = at_once(apply(first), apply(second))
    assert [r.state for r in results] == ["applied", "applied"]
    assert Debtor.objects.count() == 1


def test_twin_without_the_people_lock_one_of_the_two_files_fails(
    import_day, other_source, meet_before_writing, monkeypatch
):
    from cases.services import book

    meet_before_writing.patience = 20
    first = import_day(DAY_1, [debt(1)], apply=False)
    second = import_day(DAY_1, [debt(1, 合同编号="XD1")], into=other_source, apply=False)
    for run in (first, second):
        runs.start_applying(run=run, accept_good_rows=False)
    monkeypatch.setattr(book, "PEOPLE_LOCK", "SELECT 1")
    results = at_once(apply(first), apply(second))
    assert sum(isinstance(result, DatabaseError) for result in results) == 1, results


def test_the_same_file_of_two_clerks_is_in_the_book_once(import_day):
    rows = [debt(1), debt(2)]
    previews = [import_day(DAY_1, rows, apply=False) for _clerk in range(2)]
    runs.request_apply(run=previews[0], actor=None, now=at(DAY_1))
    apply(previews[0])()
    runs.request_apply(run=previews[1], actor=None, now=at(DAY_1))
    with pytest.raises(RunRefused) as refused:
        apply(previews[1])()
    assert refused.value.code == "already_imported"
    assert ImportRun.objects.get(pk=previews[1].pk).state == "refused"
    assert Position.objects.count() == 2
