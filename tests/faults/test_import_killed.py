"""A worker killed with -9 in the middle of an import: the book is as before, and another worker finishes the job.

The worker is a process of its own that does one job and is stopped inside its transaction by a table lock which the test
holds; the test waits until it hangs there, and kills it.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from cases import invariants
from cases.imports import run as runs
from cases.imports.book_hash import book_hash
from cases.models import Case, ImportRow, ImportRun, Loan, Position
from cases.services.sources import add_source
from collection_ops.core.models import Job
from tests.cases.imports.conftest import DAY_1, DAY_2, at, debt, write_csv

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

WORKER_NAME = "worker-to-be-killed"
ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import sys, time
import django
django.setup()
from django.conf import settings
settings.MEDIA_ROOT = sys.argv[2]
{sabotage}
from collection_ops.core.services import jobs
jobs.run(int(sys.argv[1]))
"""
# The twin's apply: what was written so far is committed before the rest is, as two transactions would do it.
TWO_TRANSACTIONS = """
from cases.imports import apply_book
from django.db import connection
def commit_and_hang(cursor, values):
    connection.connection.commit()
    time.sleep(60)
apply_book.write = commit_and_hang
"""


def database() -> dict[str, Any]:
    """Where the test's database is, for processes and connections beside Django's own."""
    known = connection.settings_dict
    return {
        "dbname": known["NAME"],
        "user": known["USER"],
        "password": known["PASSWORD"],
        "host": known["HOST"],
        "port": known["PORT"] or None,
    }


def worker(job: Job, *, sabotage: str = "") -> subprocess.Popen[bytes]:
    """A process that claims and does one job, as a Celery child would."""
    known = database()
    password = f":{known['password']}" if known["password"] else ""
    address = f"postgres://{known['user']}{password}@{known['host']}:{known['port'] or 5432}/{known['dbname']}"
    return subprocess.Popen(
        [sys.executable, "-c", WORKER.format(sabotage=sabotage), str(job.pk), str(settings.MEDIA_ROOT)],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": address,
            "DJANGO_SETTINGS_MODULE": "collection_ops.settings",
            "PGAPPNAME": WORKER_NAME,
        },
        start_new_session=True,
    )


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Hold `table` against writers."""
    other = psycopg2.connect(**{k: v for k, v in database().items() if v})
    try:
        with other.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")
            yield
    finally:
        other.rollback()
        other.close()


def wait_until(question: Any, *, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def somebody_waits_for(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [table])
        return bool(cursor.fetchone()[0])


def kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


def no_worker_is_connected() -> bool:
    """The killed worker's server process notices that its client is gone when the lock lets it go on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s",
            [WORKER_NAME],
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
    for check in (invariants.cases_repeat_their_facts, invariants.one_open_custody, invariants.batches_reconcile):
        assert check() == []

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
