"""A hundred reports are asked for at once: pages answer meanwhile, other work is not stuck behind them, each is made once,
also when the worker is killed in the middle."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.models import Job, JobState, User
from collection_ops.core.services import jobs
from reports.models import ReportRun
from reports.regular import schedule
from reports.regular.periods import Period
from tests.faults.test_celery_killed import SHORT_LEASES
from tests.real_programs import corner_of_the_broker, kill, start_worker, stop, wait_until
from tests.reports.regular.cast import D2, MORNING_AFTER, small_book

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

MANY = 100
PAGE_SECONDS = 2.0
"""More than any page of an empty site takes, also on a machine with one processor that computes reports meanwhile."""


@pytest.fixture
def worker(tmp_path: Path, transactional_db: None) -> Iterator[Callable[[], Any]]:
    """Starts a worker as one machine runs it: two threads for all queues."""
    started: list[Any] = []
    with corner_of_the_broker() as prefix:

        def start() -> Any:
            options = ["-P", "threads", "-c", "2", "--without-gossip", "--without-mingle"]
            log = tmp_path / "worker.log"
            started.append(
                start_worker(prefix=prefix, media=tmp_path / "media", log=log, options=options, before=SHORT_LEASES)
            )
            return started[-1]

        yield start
        for one in started:
            stop(one)


def ask_for_many() -> list[Job]:
    """As a back-fill does, of days of which one has a book."""
    days = [D2 - dt.timedelta(days=n) for n in range(MANY)]
    return [
        schedule.enqueue(kind="daily", period=Period(day, day), known_by=MORNING_AFTER, actor=None, mail=False)
        for day in days
    ]


def done() -> int:
    return Job.objects.filter(kind=schedule.JOB, state=JobState.DONE).count()


def test_pages_answer_and_small_jobs_overtake_while_a_hundred_reports_are_made(
    worker: Callable[[], Any], manager: User, client_as: Callable[[User], Client]
) -> None:
    small_book()
    client = client_as(manager)
    client.get(reverse("reports:papers"))
    worker()
    ask_for_many()
    wait_until(lambda: done() >= 3, seconds=60)
    assert done() < MANY - 10, "they are not all made before anybody looks"
    small = jobs.enqueue(kind="core.verify_audit", params={}, actor=None)
    slowest = 0.0
    while not Job.objects.filter(pk=small.pk, state=JobState.DONE).exists():
        began = time.monotonic()
        assert client.get(reverse("reports:papers")).status_code == 200
        slowest = max(slowest, time.monotonic() - began)
        assert slowest < PAGE_SECONDS
    left = MANY - done()
    assert left > 0, "a small job on the common queue did not wait for the last report"
    wait_until(lambda: done() == MANY, seconds=120)
    assert ReportRun.objects.count() == MANY
    assert not Job.objects.filter(kind=schedule.JOB, attempts__gt=1).exists()


def test_a_worker_that_is_killed_among_them_leaves_every_report_made_once(worker: Callable[[], Any]) -> None:
    small_book()
    first = worker()
    ask_for_many()
    wait_until(lambda: done() >= 3, seconds=60)
    kill(first)
    assert done() < MANY
    worker()

    def sweeping() -> bool:
        jobs.sweep(now=clock.now())
        time.sleep(0.3)
        return done() == MANY

    wait_until(sweeping, seconds=120)
    assert ReportRun.objects.count() == MANY
    assert all(run.is_whole for run in ReportRun.objects.all())
