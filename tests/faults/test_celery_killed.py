"""A real Celery worker (prefork) dies while it reads or applies a file: the file goes in once, without a person's help.

The worker is stopped at a chosen point by a table lock which the test holds, then killed there: its pool child only (as
the system's memory killer does), or the whole group. What the scheduler would do every quarter of a minute (sweep) the
test does all along.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cases.imports import run as runs
from cases.imports.booking.book_hash import book_hash
from cases.models import ImportRow, ImportRun, Source
from cases.services.sources import add_source
from collection_ops.core import clock
from collection_ops.core.models import Job, JobState, User
from collection_ops.core.services import jobs
from tests.cases.imports.conftest import DAY_1, at, debt, write_csv
from tests.faults.holds import assert_everything_holds, assert_in_the_book_once
from tests.real_programs import corner_of_the_broker, kill, locked, somebody_waits_for, start_worker, stop, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

ROWS = 5_000
FEW = 50
# A worker that is dead is noticed in seconds here, and in half a minute in use.
SHORT_LEASES = """
import django
django.setup()
from datetime import timedelta
from collection_ops.core.services import jobs
jobs.LEASE, jobs.HEARTBEAT_SECONDS = timedelta(seconds=1), 0.2
"""


class Workers:
    """The workers of a site: there is always one, as a supervisor of processes would see to it."""

    def __init__(self, prefix: str, folder: Path) -> None:
        self.prefix = prefix
        self.folder = folder
        self.media = folder / "media"
        self.now = self.start()

    def start(self, before: str = SHORT_LEASES) -> Any:
        options = ["-P", "prefork", "-c", "1"]
        log = self.folder / "worker.log"
        return start_worker(prefix=self.prefix, media=self.media, log=log, options=options, before=before)

    def kill_group(self) -> None:
        kill(self.now)
        self.now = self.start()

    def terminate(self) -> None:
        """SIGTERM, as a restart of the site sends it; the caller waits for the end."""
        self.now.send_signal(signal.SIGTERM)


@pytest.fixture(scope="module")
def module_workers(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    with corner_of_the_broker() as prefix:
        workers = Workers(prefix, tmp_path_factory.mktemp("workers"))
        yield workers
        stop(workers.now)


@pytest.fixture
def workers(module_workers: Workers, settings: Any, monkeypatch: Any) -> Workers:
    settings.MEDIA_ROOT = module_workers.media
    monkeypatch.setattr(jobs, "RING_AGAIN_AFTER", jobs.timedelta(seconds=1))
    if module_workers.now.poll() is not None:
        module_workers.now = module_workers.start()
    return module_workers


@pytest.fixture
def source(transactional_db: None) -> Source:
    return add_source(code="card", name="信用卡系统", actor=None)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("files") / "1.csv", rows_of(ROWS))


@pytest.fixture(scope="module")
def small_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("files") / "small.csv", rows_of(FEW))


def rows_of(count: int) -> list[dict[str, Any]]:
    return [debt(n % 1000, 合同编号=f"HT{n:05d}", **({"证件号码": ""} if n >= 1000 else {})) for n in range(count)]


def hash_undisturbed(file: Path, source: Source) -> str:
    """The hash of the book after an import that nobody disturbed; the book is empty again afterwards."""
    run = runs.import_file(path=file, source=source, as_of=DAY_1, actor=None, now=at(DAY_1), apply=True)
    assert run.state == "applied"
    digest = book_hash()
    runs.undo_run(run=run, actor=None, now=at(DAY_1))
    return digest


def sweeping(question: Any, *, seconds: float = 60) -> None:
    """Wait, while the scheduler does its rounds, two a second."""
    last = 0.0

    def look() -> Any:
        nonlocal last
        if time.monotonic() - last > 0.5:
            jobs.sweep(now=clock.now())
            last = time.monotonic()
        return question()

    wait_until(look, seconds=seconds)


def pool_child(job: Job) -> int:
    """The process that works on the job."""
    job.refresh_from_db()
    return int(job.worker.rpartition(":")[2])


def receive(file: Path, source: Source, clerk: User) -> ImportRun:
    with file.open("rb") as content:
        return runs.receive(file=content, file_name=file.name, source=source, as_of=DAY_1, actor=clerk, now=at(DAY_1))


def finished(job: Job) -> bool:
    job.refresh_from_db()
    return not job.is_open


def state_of(run: ImportRun) -> str:
    return ImportRun.objects.values_list("state", flat=True).get(pk=run.pk)


def test_its_child_or_all_of_it_killed_at_every_step_the_file_is_in_the_book_once(
    workers: Workers, file: Path, source: Source, clerk: User
) -> None:
    undisturbed = hash_undisturbed(file, source)
    run = receive(file, source, clerk)
    # While it stages what it read.
    with locked("cases_importproblem"):
        wait_until(lambda: somebody_waits_for("cases_importproblem"))
        os.kill(pool_child(run.job), signal.SIGKILL)
    assert ImportRow.objects.filter(run=run).count() == 0
    sweeping(lambda: finished(run.job))
    assert (run.job.state, run.job.attempts, state_of(run)) == (JobState.DONE, 2, "preview")
    assert ImportRow.objects.filter(run=run).count() == ROWS

    run.refresh_from_db()
    before = book_hash()
    job = runs.request_apply(run=run, actor=clerk, now=at(DAY_1))
    # When all is written and only the last row of the transaction is missing.
    with locked("core_auditevent"):
        wait_until(lambda: somebody_waits_for("core_auditevent"))
        assert book_hash() == before
        workers.kill_group()
    # When all is committed and only the job's end is missing.
    with locked("core_notification"):
        sweeping(lambda: somebody_waits_for("core_notification"))
        assert state_of(run) == "applied"
        os.kill(pool_child(job), signal.SIGKILL)
    sweeping(lambda: finished(job))
    assert (job.state, job.attempts, state_of(run)) == (JobState.DONE, 3, "applied")
    assert book_hash() == undisturbed
    run.refresh_from_db()
    assert_in_the_book_once(run, ROWS)
    assert_everything_holds()


def test_asked_to_end_it_finishes_what_it_has_begun(
    workers: Workers, small_file: Path, source: Source, clerk: User
) -> None:
    run = receive(small_file, source, clerk)
    sweeping(lambda: state_of(run) == "preview")
    run.refresh_from_db()
    with locked("cases_position"):
        job = runs.request_apply(run=run, actor=clerk, now=at(DAY_1))
        sweeping(lambda: somebody_waits_for("cases_position"))
        workers.terminate()
    assert workers.now.wait(timeout=40) == 0
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DONE, 1)
    run.refresh_from_db()
    assert_in_the_book_once(run, FEW)
    assert_everything_holds()


def test_killed_three_times_by_one_file_it_is_given_up_and_the_source_is_free_for_the_next(
    workers: Workers, small_file: Path, source: Source, clerk: User
) -> None:
    run = receive(small_file, source, clerk)
    for attempt in (1, 2, 3):
        with locked("cases_importproblem"):
            sweeping(lambda: somebody_waits_for("cases_importproblem"))
            os.kill(pool_child(run.job), signal.SIGKILL)
            assert run.job.attempts == attempt
    sweeping(lambda: finished(run.job))
    assert (run.job.state, run.job.attempts, state_of(run)) == (JobState.DEAD, 3, "reading")
    assert runs.release_abandoned(now=clock.now()) == 1
    assert ImportRun.objects.get(pk=run.pk).refusal["code"] == "interrupted"

    again = receive(small_file, source, clerk)
    sweeping(lambda: state_of(again) == "preview")
    assert_everything_holds()
