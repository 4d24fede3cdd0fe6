"""A worker killed with -9 in the middle of an import: the book is as before, and another worker finishes the job.

The worker is a process of its own that does one job and is stopped inside its transaction by a table lock which the test
holds; the test waits until it hangs there, and kills it.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cases.imports import run as runs
from cases.imports.booking.book_hash import book_hash
from cases.models import Case, ImportRow, ImportRun, Loan, Position
from cases.services.sources import add_source
from collection_ops.core.models import Job
from tests.cases.imports.conftest import DAY_1, DAY_2, at, debt, write_csv
from tests.core.conftest import bell  # noqa: F401  (nothing is rung, the tests start the worker)
from tests.faults import one_job
from tests.faults.holds import assert_everything_holds
from tests.faults.one_job import worker
from tests.real_programs import kill, locked, somebody_waits_for, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

# The twin's apply: what was written so far is committed before the rest is, as two transactions would do it.
TWO_TRANSACTIONS = """
from cases.imports.booking import apply_book
from django.db import connection
def commit_and_hang(cursor, values, **options):
    connection.connection.commit()
    time.sleep(60)
apply_book.write = commit_and_hang
"""


def no_worker_is_connected() -> bool:
    """The killed worker's server process notices that its client is gone when the lock lets it go on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s",
            [one_job.NAME],
        )
        return not cursor.fetchone()[0]


def lease_runs_out(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def source(db):
    return add_source(code="card", name="信用卡系统", actor=None)


@pytest.fixture
def book(source, tmp_path, transactional_db) -> ImportRun:
    """A book of one day, and the next day's run whose apply is asked for."""

    def take(name, day, rows, *, apply):
        path = write_csv(tmp_path / name, rows)
        return runs.import_file(path=path, source=source, as_of=day, actor=None, now=at(day), apply=apply)

    assert take("1.csv", DAY_1, [debt(n) for n in range(1, 40)], apply=True).state == "applied"
    return take("2.csv", DAY_2, [debt(n, days=46) for n in range(5, 60)], apply=False)


def test_killed_in_the_middle_of_an_apply_the_book_is_unchanged_and_another_worker_finishes(book):
    before = book_hash()
    job = runs.request_apply(run=book, actor=None, now=at(DAY_2))
    with locked("cases_position"):
        first = worker(job)
        wait_until(lambda: somebody_waits_for("cases_position") or first.poll() is not None)
        assert first.poll() is None
        kill(first)
    wait_until(no_worker_is_connected)
    book.refresh_from_db()
    job.refresh_from_db()
    assert (book.state, job.state, job.attempts) == ("applying", "running", 1)
    assert book_hash() == before

    # The claim of the dead worker still holds: nobody else may begin.
    assert worker(job).wait(timeout=60) == 0
    assert ImportRun.objects.get(pk=book.pk).state == "applying"

    lease_runs_out(job)
    assert worker(job).wait(timeout=60) == 0
    book.refresh_from_db()
    job.refresh_from_db()
    assert (book.state, job.state, job.attempts) == ("applied", "done", 2)
    assert Position.objects.filter(run=book).count() == 55
    assert Case.objects.count() == 59
    assert_everything_holds()

    # A late bell for the finished job has no effect.
    digest = book_hash()
    assert worker(job).wait(timeout=60) == 0
    assert book_hash() == digest


def test_twin_an_apply_in_two_transactions_leaves_half_a_book(book):
    job = runs.request_apply(run=book, actor=None, now=at(DAY_2))
    first = worker(job, sabotage=TWO_TRANSACTIONS)
    wait_until(lambda: Loan.objects.count() == 59 or first.poll() is not None)
    assert first.poll() is None
    kill(first)
    wait_until(no_worker_is_connected)
    assert Loan.objects.count() == 59
    assert Case.objects.count() == 39  # contracts without a case


def test_killed_while_reading_another_worker_reads_the_file_again(source, tmp_path, transactional_db):
    path = write_csv(tmp_path / "1.csv", [debt(n) for n in range(1, 40)])
    with path.open("rb") as file:
        run = runs.receive(file=file, file_name="1.csv", source=source, as_of=DAY_1, actor=None, now=at(DAY_1))
    with locked("cases_importrow"):
        first = worker(run.job)
        wait_until(lambda: somebody_waits_for("cases_importrow") or first.poll() is not None)
        kill(first)
    wait_until(no_worker_is_connected)
    assert ImportRow.objects.count() == 0
    lease_runs_out(run.job)
    assert worker(run.job).wait(timeout=60) == 0
    run.refresh_from_db()
    assert (run.state, run.row_counts["accepted"], ImportRow.objects.count()) == ("preview", 39, 39)
