"""A file of an agency whose worker is killed in the middle: nothing of it is in the book, another worker takes it in once.

The worker is a process of its own, stopped inside its transaction by a table lock that the test holds, after the claims
were written and before the trail says so.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from collection_ops.core.models import AuditEvent, Job, User
from tests.core.conftest import bell  # noqa: F401  (nothing is rung, the tests start the worker)
from tests.faults.one_job import worker
from tests.real_programs import kill, locked, somebody_waits_for, wait_until
from tests.vendors.returns.house import a_house, noon, sent
from vendors.models import PaymentClaim, ReturnedFile
from vendors.returns import files

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
LINES = [("HT-1", f"P-{n}", "2026-03-01", f"{n}.00", "机构") for n in range(1, 6)]
# The twin's file: its claims are committed before it is said to be in, as two transactions would do it.
TWO_TRANSACTIONS = """
from vendors.returns import files
from django.db import connection
def commit_and_hang(*args):
    connection.connection.commit()
    time.sleep(60)
files._write_verdicts = commit_and_hang
"""


@pytest.fixture
def asked(vendor_manager: User) -> ReturnedFile:
    file = sent(a_house().jia, "payments", *LINES, actor=vendor_manager)
    return files.request_apply(file=file, actor=vendor_manager, now=noon())


def again(job: Job) -> int:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    return worker(job).wait(timeout=60)


def test_killed_before_the_end_nothing_is_in_and_another_worker_takes_all_in_once(asked: ReturnedFile) -> None:
    assert asked.job is not None
    with locked("core_auditevent"):
        first = worker(asked.job)
        wait_until(lambda: somebody_waits_for("core_auditevent") or first.poll() is not None)
        assert first.poll() is None
        kill(first)
    assert not PaymentClaim.objects.exists()
    asked.refresh_from_db()
    assert asked.state == "applying"
    assert again(asked.job) == 0
    asked.refresh_from_db()
    assert (asked.state, asked.counts["done"], PaymentClaim.objects.count()) == ("applied", 5, 5)
    assert AuditEvent.objects.filter(action="returned.applied").count() == 1


def test_twin_in_two_transactions_the_claims_are_in_and_the_file_is_not(asked: ReturnedFile) -> None:
    assert asked.job is not None
    first = worker(asked.job, sabotage=TWO_TRANSACTIONS)
    wait_until(lambda: PaymentClaim.objects.count() == 5 or first.poll() is not None)
    kill(first)
    asked.refresh_from_db()
    assert (PaymentClaim.objects.count(), asked.state) == (5, "applying")
    # Even so, the agency's references keep it from being claimed twice.
    assert again(asked.job) == 0
    asked.refresh_from_db()
    assert (PaymentClaim.objects.count(), asked.counts["known"], asked.counts["done"]) == (5, 5, 0)
