"""Dealing out, interrupted and doubled: a worker killed in the middle leaves nothing; of two who apply at once one wins.

The worker is a process of its own, stopped inside its transaction by a table lock that the test holds, after custody and
cases were written and before the ledger is.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from agents.assignment import applying
from agents.assignment.invariants import nothing_is_applied_twice
from agents.assignment.runs import AssignmentRefused, apply_run, approve_run, plan_run
from agents.models import AssignmentRun, FairnessEntry
from cases.models import Case, Custody
from collection_ops.core.models import AuditEvent, Job, User
from collection_ops.core.services import jobs
from tests.agents.assignment.cast import DAY, NOW, assert_assignment_holds, crew, pool_cases
from tests.cases.builders import pool_desk
from tests.core.conftest import bell  # noqa: F401  (nothing is rung, the tests start the worker)
from tests.core.races import at_once
from tests.faults import one_job
from tests.faults.one_job import worker
from tests.real_programs import kill, locked, somebody_waits_for, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

# The twin's apply: what was written so far is committed before the rest is, as two transactions would do it.
TWO_TRANSACTIONS = """
from agents.assignment import applying
from django.db import connection
def commit_and_hang(*args):
    connection.connection.commit()
    time.sleep(60)
applying.write_entries = commit_and_hang
"""


def approved(supervisor: User, manager: User, *, seed: int = 1) -> AssignmentRun:
    run = plan_run(cases=None, chosen={}, unit="", day=DAY, seed=seed, actor=supervisor, now=NOW)
    return approve_run(run=run, actor=manager, now=NOW)


@pytest.fixture
def asked(supervisor: User, manager: User) -> Job:
    """The job of an approved run of twenty cases, whose custody began before now."""
    crew(3)
    pool_cases(20)
    run = approved(supervisor, manager)
    return jobs.enqueue(kind="agents.assignment_apply", params={"run": run.pk}, actor=manager)


def in_pool() -> int:
    return Case.objects.filter(desk=pool_desk()).count()


def no_worker_is_connected() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s",
            [one_job.NAME],
        )
        return not cursor.fetchone()[0]


@pytest.mark.faults
def test_killed_in_the_middle_of_an_apply_nothing_has_moved_and_another_worker_finishes(asked: Job) -> None:
    with locked("agents_fairnessentry"):
        first = worker(asked)
        wait_until(lambda: somebody_waits_for("agents_fairnessentry") or first.poll() is not None)
        assert first.poll() is None
        kill(first)
    wait_until(no_worker_is_connected)
    assert (AssignmentRun.objects.get().state, in_pool(), FairnessEntry.objects.count()) == ("approved", 20, 0)
    assert not Custody.objects.filter(reason="assigned").exists()

    Job.objects.filter(pk=asked.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert worker(asked).wait(timeout=60) == 0
    asked.refresh_from_db()
    assert (asked.state, asked.attempts, AssignmentRun.objects.get().state, in_pool()) == ("done", 2, "applied", 0)
    assert AuditEvent.objects.filter(action="assignment.applied").count() == 1
    assert_assignment_holds()


@pytest.mark.faults
def test_twin_an_apply_in_two_transactions_leaves_moved_cases_of_a_run_that_is_not_in_force(asked: Job) -> None:
    first = worker(asked, sabotage=TWO_TRANSACTIONS)
    wait_until(lambda: in_pool() == 0 or first.poll() is not None)
    assert first.poll() is None
    kill(first)
    wait_until(no_worker_is_connected)
    assert (AssignmentRun.objects.get().state, in_pool(), FairnessEntry.objects.count()) == ("approved", 0, 0)


def test_of_two_who_apply_one_run_at_once_one_wins_and_the_other_is_told(supervisor: User, manager: User) -> None:
    crew(3)
    pool_cases(20)
    run = approved(supervisor, manager)
    act = lambda: apply_run(run=AssignmentRun.objects.get(pk=run.pk), actor=manager, now=NOW)  # noqa: E731
    results = at_once(act, act)
    assert sorted(type(one).__name__ for one in results) == ["AssignmentRefused", "AssignmentRun"]
    assert "已生效" in str(next(one for one in results if isinstance(one, AssignmentRefused)))
    assert Custody.objects.filter(reason="assigned").count() == 20
    assert AuditEvent.objects.filter(action="assignment.applied").count() == 1
    assert_assignment_holds()


def test_twin_without_a_look_at_the_state_a_run_is_applied_twice(
    supervisor: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew(3)
    pool_cases(20)
    run = approved(supervisor, manager)
    monkeypatch.setattr(applying, "must_be", lambda *state: None)
    monkeypatch.setattr(applying, "_refuse_another_plan", lambda *found: None)
    act = lambda: apply_run(run=AssignmentRun.objects.get(pk=run.pk), actor=manager, now=NOW)  # noqa: E731
    at_once(act, act)
    assert nothing_is_applied_twice() == [{"run": str(run.pk), "applied": 2}]


def test_of_two_previews_of_the_same_cases_the_second_to_be_applied_is_refused(supervisor: User, manager: User) -> None:
    crew(3)
    pool_cases(20)
    runs = [approved(supervisor, manager, seed=seed) for seed in (1, 2)]
    acts: list[Any] = [lambda run=run: apply_run(run=run, actor=manager, now=NOW) for run in runs]
    results = at_once(*acts)
    assert sorted(type(one).__name__ for one in results) == ["AssignmentRefused", "AssignmentRun"]
    assert "重新生成" in str(next(one for one in results if isinstance(one, AssignmentRefused)))
    assert Custody.objects.filter(reason="assigned").count() == 20
    assert_assignment_holds()


def test_two_runs_that_fill_one_desk_at_once_do_not_overfill_it(supervisor: User, manager: User) -> None:
    crew(1, soft_count=10, hard_count=10)
    some, others = pool_cases(8), pool_cases(8)
    runs = []
    for cases in (some, others):
        chosen = Case.objects.filter(pk__in=[case.pk for case in cases])
        run = plan_run(cases=chosen, chosen={}, unit="", day=DAY, seed=1, actor=supervisor, now=NOW)
        runs.append(approve_run(run=run, actor=manager, now=NOW))
    acts: list[Any] = [lambda run=run: apply_run(run=run, actor=manager, now=NOW) for run in runs]
    results = at_once(*acts)
    assert sorted(type(one).__name__ for one in results) == ["AssignmentRefused", "AssignmentRun"], "75 % would be left"
    assert Case.objects.exclude(desk=pool_desk()).count() == 8
    assert_assignment_holds()
