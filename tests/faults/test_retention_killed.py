"""Removing old records, interrupted and doubled: a worker killed in the middle of a batch leaves that batch whole, the next
one goes on; of two workers none removes or counts a record twice; a granted deletion is carried out once.

The worker is a process of its own, stopped inside its transaction by a table lock that the test holds, after the records
were deleted and before the audit says so.
"""

from datetime import timedelta
from threading import Barrier

import pytest
from django.utils import timezone

from cases.models import Case, ContactPoint
from collection_ops.core.access import Role
from collection_ops.core.models import AuditEvent, Job, User
from collection_ops.core.services.accounts import create_user
from compliance.keeping import carrying_out, runs
from compliance.keeping.carrying_out import erase
from compliance.keeping.refusals import KeepingRefused
from compliance.keeping.runs import remove_batch
from compliance.models import ContactAttempt, GateDecision, RetentionItem, RetentionRun
from tests.cases.builders import desk_of, make_case
from tests.compliance.keeping.test_data_requests import MONDAY, asked, decided
from tests.compliance.keeping.test_retention import NEXT_DAY, RECORDED, approved, at, contacted, settle
from tests.core.conftest import bell  # noqa: F401  (nothing is rung, the tests start the worker)
from tests.core.races import at_once
from tests.faults.one_job import worker
from tests.real_programs import kill, locked, somebody_waits_for, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
IN_TWOS = """
from compliance.keeping import runs
runs.BATCH = 2
"""
# The twin's batch: what was deleted is committed before it is marked, as two transactions would do it.
TWO_TRANSACTIONS = """
from compliance.keeping import runs
from django.db import connection
whole = runs._delete
def commit_and_hang(*args):
    whole(*args)
    connection.connection.commit()
    time.sleep(60)
runs._delete = commit_and_hang
"""


@pytest.fixture
def run(collector: User, compliance_officer: User, manager: User) -> RetentionRun:
    """Five records, agreed on by two people on a day that is today for the worker's clock."""
    case = settle(make_case(desk=desk_of(collector)))
    for minute in range(5):
        contacted(case, at(RECORDED, f"10:0{minute}"))
    return approved(compliance_officer, manager)


def left() -> tuple[int, int]:
    return ContactAttempt.objects.count(), GateDecision.objects.count()


@pytest.mark.faults
def test_killed_in_the_middle_of_a_batch_nothing_of_it_is_gone_and_another_worker_finishes(run: RetentionRun) -> None:
    with locked("core_auditevent"):
        first = worker(run.job, sabotage=IN_TWOS)
        wait_until(lambda: somebody_waits_for("core_auditevent") or first.poll() is not None)
        assert first.poll() is None
        kill(first)
    assert left() == (5, 5)
    assert not RetentionItem.objects.filter(removed_at__isnull=False).exists()

    Job.objects.filter(pk=run.job_id).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert worker(run.job, sabotage=IN_TWOS).wait(timeout=60) == 0
    run.refresh_from_db()
    assert (run.state, run.removed["contact"]["count"], left()) == ("applied", 5, (0, 0))
    batches = AuditEvent.objects.filter(action="retention.removed", data__kind="contact").order_by("pk")
    assert [batch.data["count"] for batch in batches] == [2, 2, 1]


@pytest.mark.faults
def test_twin_a_batch_in_two_transactions_loses_the_mark_of_what_it_removed(run: RetentionRun) -> None:
    first = worker(run.job, sabotage=IN_TWOS + TWO_TRANSACTIONS)
    wait_until(lambda: left()[0] == 3 or first.poll() is not None)
    kill(first)
    assert left()[0] == 3
    marked = RetentionItem.objects.filter(kind="contact", removed_at__isnull=False)
    assert not marked.exists() and not AuditEvent.objects.filter(action="retention.removed").exists()


def test_of_two_workers_at_once_none_removes_or_counts_a_record_twice(
    run: RetentionRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "BATCH", 1)

    def work() -> int:
        done = 0
        while handled := remove_batch(run_id=run.pk, now=NEXT_DAY):
            done += handled
        return done

    answers = at_once(work, work)
    assert sum(answers) == 5, answers
    run.refresh_from_db()
    assert (run.state, run.removed["contact"]["count"], left()) == ("applied", 5, (0, 0))
    assert AuditEvent.objects.filter(action="retention.applied").count() == 1


@pytest.fixture
def granted(collector: User, compliance_officer: User):
    """A deletion of a third person's number, granted."""
    case: Case = settle(make_case(desk=desk_of(collector), phones=("13900001111",)))
    ContactPoint.objects.create(
        debtor=case.loan.debtor,
        kind="phone",
        value="13800002222",
        value_index="x",
        masked="138****2222",
        relation="姑姑",
    )
    contacted(case, at(MONDAY.date() - timedelta(days=400)))
    return decided(asked(case, compliance_officer, "deletion"), compliance_officer, "partly", "部分")


def test_of_two_who_carry_out_a_deletion_one_does_and_the_other_is_told(granted, manager: User) -> None:
    other = create_user(
        username="er.manager", display_name="二经理", password="x" * 20, roles=[Role.MANAGER], actor=None
    )
    answers = at_once(
        lambda: erase(request=granted, actor=manager, now=MONDAY).carried_out_by_id,
        lambda: erase(request=granted, actor=other, now=MONDAY).carried_out_by_id,
    )
    told = [answer for answer in answers if isinstance(answer, KeepingRefused)]
    assert len(told) == 1 and "已经执行" in str(told[0])
    assert AuditEvent.objects.filter(action="data_request.erased").count() == 1


def test_twin_without_turn_and_lock_both_do(granted, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    other = create_user(
        username="er.manager", display_name="二经理", password="x" * 20, roles=[Role.MANAGER], actor=None
    )
    met = Barrier(2)

    def unlocked(request, kind):
        found = type(request).objects.get(pk=request.pk)
        met.wait(timeout=10)
        return found

    monkeypatch.setattr(carrying_out, "take_turn", lambda: None)
    monkeypatch.setattr(carrying_out, "_granted", unlocked)
    at_once(
        lambda: erase(request=granted, actor=manager, now=MONDAY),
        lambda: erase(request=granted, actor=other, now=MONDAY),
    )
    assert AuditEvent.objects.filter(action="data_request.erased").count() == 2
