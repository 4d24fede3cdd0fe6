"""A batch of cases whose worker is killed in the middle, or the end of a recall: no case lies with an agency that was not
told of it, and another worker does the whole once.

The worker is a process of its own, stopped by a table lock that the test holds: custody has moved, placements are not yet
written.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cases.models import Case, Custody
from collection_ops.core.models import AuditEvent, Job, JobState, User
from collection_ops.core.services import jobs
from tests.cases.builders import make_case
from tests.core.conftest import bell  # noqa: F401  (nothing is rung, the tests start the worker)
from tests.faults.one_job import worker
from tests.real_programs import kill, locked, somebody_waits_for, wait_until
from tests.vendors.placement.cast import approved, desk_codes, make_agency, rule_for
from tests.vendors.placement.test_recalls import placed, propose
from vendors.models import BatchState, Placement, PlacementBatch, RecallBatch, RecallItem
from vendors.placement import jobs as placing

CASES = 4
# The twin's batch: the cases' desks are committed before the placements are written, as two transactions would do it.
TWO_TRANSACTIONS = """
from vendors.placement import batches
from django.db import connection
deal = batches.deal_cases
def commit_and_hang(**given):
    deal(**given)
    connection.connection.commit()
    time.sleep(60)
batches.deal_cases = commit_and_hang
"""

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def silent(bell: Any) -> None:  # noqa: F811
    pass


def stopped_at(job: Job, table: str) -> None:
    with locked(table):
        first = worker(job)
        wait_until(lambda: somebody_waits_for(table) or first.poll() is not None)
        assert first.poll() is None
        kill(first)


def again(job: Job) -> int:
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(lease_until=timezone.now() - timedelta(seconds=1))
    jobs.sweep(now=timezone.now())
    return worker(job).wait(timeout=60)


def a_batch(maker: User, approver: User) -> PlacementBatch:
    agency = make_agency(approver=approver)
    for _n in range(CASES):
        make_case()
    return approved(maker, approver, rule_for((agency, "100")))


def test_killed_before_the_end_no_case_has_moved_and_another_worker_applies_the_batch_once(
    vendor_manager: User, supervisor: User
) -> None:
    batch = a_batch(vendor_manager, supervisor)
    job = placing.ask_apply(batch=batch, actor=vendor_manager)
    stopped_at(job, "vendors_placement")
    assert set(desk_codes().values()) == {"pool"} and not Placement.objects.exists()
    batch.refresh_from_db()
    assert batch.state == BatchState.APPROVED
    assert again(job) == 0
    assert set(desk_codes().values()) == {"ag-a"} and Placement.objects.count() == CASES
    assert (
        Custody.objects.filter(ended_at__isnull=True).count()
        == CASES
        == Custody.objects.filter(reason="placed").count()
    )
    assert AuditEvent.objects.filter(action="placement.applied").count() == 1


def test_twin_in_two_transactions_cases_lie_with_an_agency_that_has_no_placement_of_them(
    vendor_manager: User, supervisor: User
) -> None:
    job = placing.ask_apply(batch=a_batch(vendor_manager, supervisor), actor=vendor_manager)
    first = worker(job, sabotage=TWO_TRANSACTIONS)
    wait_until(lambda: Case.objects.filter(desk__code="ag-a").exists() or first.poll() is not None)
    kill(first)
    assert Case.objects.filter(desk__code="ag-a").count() == CASES and not Placement.objects.exists()


def test_a_preview_whose_worker_is_killed_is_made_once(vendor_manager: User, supervisor: User) -> None:
    agency = make_agency(approver=supervisor)
    make_case()
    job = placing.ask_plan(rule=rule_for((agency, "100")), seed=7, batch=None, actor=vendor_manager, now=timezone.now())
    stopped_at(job, "vendors_placementplan")
    assert not PlacementBatch.objects.exists()
    assert again(job) == 0
    assert PlacementBatch.objects.get().job == job


def test_the_end_of_a_recall_whose_worker_is_killed_takes_the_cases_back_once(
    vendor_manager: User, supervisor: User
) -> None:
    agency = make_agency(approver=supervisor)
    placed(vendor_manager, supervisor, agency, *[make_case() for _n in range(CASES)], days=100)
    assert propose() == CASES
    job = placing.ask_finish(recall=RecallBatch.objects.get(), actor=vendor_manager)
    stopped_at(job, "vendors_recallstep")
    assert set(desk_codes().values()) == {"ag-a"}
    assert Placement.objects.filter(recalled_on__isnull=True).count() == CASES
    assert again(job) == 0
    assert set(desk_codes().values()) == {"pool"}
    assert RecallItem.objects.filter(state="recalled").count() == CASES
    assert AuditEvent.objects.filter(action="recall.finished").count() == 1
