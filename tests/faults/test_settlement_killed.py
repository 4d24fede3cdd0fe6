"""A month of an agency whose worker is killed, or whose database stops, in the middle: no half of a statement is left, and
another worker makes it once.

The worker is a process of its own, stopped by a table lock that the test holds: the lines are written, the payments are not
yet charged.
"""

import datetime as dt
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from collection_ops.core.access import Role
from collection_ops.core.models import AuditEvent, Job, JobState, User
from collection_ops.core.services import jobs
from tests.core.conftest import bell  # noqa: F401  (nothing is rung, the tests start the worker)
from tests.faults.one_job import worker
from tests.faults.test_database_restarted import Cluster, cluster  # noqa: F401  (a fixture)
from tests.faults.test_database_restarted import pytestmark as needs_postgres
from tests.real_programs import kill, locked, somebody_waits_for, wait_until
from tests.vendors.settlement.house import MARCH, a_case, a_version, an_agency, give, pay, person
from vendors.models import Agency, SettledRepayment, Settlement, SettlementLine
from vendors.settlement import jobs as settling
from vendors.settlement.settle import check

PAYMENTS = 5
# The twin's statement: its lines are committed before the payments are charged, as two transactions would do it.
TWO_TRANSACTIONS = """
from vendors.settlement import settle
from django.db import connection
write = settle._write
def commit_and_hang(settlement, lines):
    digest = write(settlement, lines)
    settle.Settlement.objects.filter(pk=settlement).update(digest=digest, facts_digest=digest)
    connection.connection.commit()
    time.sleep(60)
settle._write = commit_and_hang
"""


def a_month() -> Agency:
    agency = an_agency()
    a_version(agency)
    for day in range(1, PAYMENTS + 1):
        case = a_case()
        give(agency, case)
        pay(case, dt.date(2026, 3, day), f"{day}00.00")
    return agency


def again(job: Job) -> int:
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(lease_until=timezone.now() - timedelta(seconds=1))
    jobs.sweep(now=timezone.now())
    return worker(job).wait(timeout=60)


def assert_made_once() -> None:
    settlement = Settlement.objects.get()
    assert settlement.lines.filter(kind="commission").count() == SettledRepayment.objects.count() == PAYMENTS
    assert AuditEvent.objects.filter(action="settlement.made").count() == 1
    assert check(settlement).holds


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_killed_before_the_end_nothing_is_there_and_another_worker_makes_the_statement_once(
    vendor_manager: User,
) -> None:
    job = settling.enqueue(agency=a_month(), period=MARCH, actor=vendor_manager)
    with locked("vendors_settledrepayment"):
        first = worker(job)
        wait_until(lambda: somebody_waits_for("vendors_settledrepayment") or first.poll() is not None)
        assert first.poll() is None
        kill(first)
    assert not Settlement.objects.exists() and not SettlementLine.objects.exists()
    assert again(job) == 0
    assert_made_once()


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_twin_in_two_transactions_a_statement_stays_whose_payments_are_not_charged(vendor_manager: User) -> None:
    job = settling.enqueue(agency=a_month(), period=MARCH, actor=vendor_manager)
    first = worker(job, sabotage=TWO_TRANSACTIONS)
    wait_until(lambda: SettlementLine.objects.exists() or first.poll() is not None)
    kill(first)
    assert SettlementLine.objects.count() >= PAYMENTS and not SettledRepayment.objects.exists()


@pytest.mark.slow
@pytest.mark.faults
@needs_postgres[1]
def test_the_database_stops_in_the_middle_and_the_statement_is_made_once(cluster: Cluster, bell: Any) -> None:  # noqa: F811
    job = settling.enqueue(agency=a_month(), period=MARCH, actor=person("wei.vendor", Role.VENDOR_MANAGER))
    with locked("vendors_settledrepayment"):
        first = worker(job)
        wait_until(lambda: somebody_waits_for("vendors_settledrepayment"))
        cluster.stop_at_once()
    assert first.wait(timeout=30) == 0
    cluster.start()
    connection.close()  # the test's own died with the server
    assert not Settlement.objects.exists() and not SettlementLine.objects.exists()
    assert again(job) == 0
    assert_made_once()
