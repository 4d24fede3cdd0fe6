"""Redis gone, come back empty, or frozen: pages work, nobody is logged out, and the job runs once afterwards."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import ImportRun, Source
from cases.services.sources import add_source
from collection_ops.core import clock
from collection_ops.core.models import Job, JobState, User
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import new_token
from tests.cases.import_files import debt, upload_of
from tests.faults.holds import assert_everything_holds
from tests.real_programs import OwnBroker, corner_of_the_broker, start_worker, stop, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

PAGES = ("cases:imports", "cases:list", "core:tasks")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[OwnBroker]:
    own = OwnBroker(tmp_path)
    own.start()
    with corner_of_the_broker(own.url) as prefix:
        own.prefix = prefix
        yield own
        own.thaw()
        own.kill()


@pytest.fixture
def source(transactional_db: None) -> Source:
    return add_source(code="card", name="信用卡系统", actor=None)


def seconds_of(act: Any) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def open_pages(browser: Client) -> None:
    for name in PAGES:
        assert browser.get(reverse(name)).status_code == 200, "still signed in, still served"


def upload(browser: Client, source: Source, *rows: int) -> None:
    file = upload_of([debt(n) for n in rows])
    answer = browser.post(
        reverse("cases:import_upload"), {"source": source.pk, "file": file, "form_token": new_token()}
    )
    assert answer.status_code == 302


def test_gone_and_frozen_it_delays_jobs_and_nothing_else(
    broker: OwnBroker, source: Source, clerk: User, client_as: Any, settings: Any, tmp_path: Path
) -> None:
    browser = client_as(clerk)
    open_pages(browser)

    broker.kill()
    assert seconds_of(lambda: open_pages(browser)) < 30
    assert seconds_of(lambda: upload(browser, source, 1, 2)) < 30
    broker.start()

    jobs._bell.quiet_until = 0.0  # a while later
    broker.freeze()
    assert seconds_of(lambda: open_pages(browser)) < 30
    waited = seconds_of(lambda: upload(browser, source, 3, 4))
    assert 1 < waited < 30, "it did ring, and did not wait for ever"
    # Who sends a second form meanwhile does not wait again.
    assert seconds_of(lambda: upload(browser, source, 5, 6)) < waited
    broker.thaw()

    assert list(Job.objects.values_list("state", flat=True)) == [JobState.QUEUED] * 3
    worker = start_worker(
        prefix=broker.prefix,
        media=Path(settings.MEDIA_ROOT),
        log=tmp_path / "worker.log",
        options=["-P", "threads", "-c", "1"],
        REDIS_URL=broker.url,
    )
    try:
        # The scheduler's round, twice as it happens: the bells of both are answered by one doing.
        later = clock.now() + jobs.RING_AGAIN_AFTER
        assert jobs.sweep(now=later)["rung"] == 3
        assert jobs.sweep(now=later + jobs.RING_AGAIN_AFTER)["rung"] >= 0
        wait_until(lambda: not Job.objects.exclude(state=JobState.DONE).exists(), seconds=60)
    finally:
        stop(worker)
    assert list(Job.objects.values_list("attempts", flat=True)) == [1, 1, 1]
    assert list(ImportRun.objects.values_list("state", flat=True)) == ["preview"] * 3
    assert_everything_holds()


def test_twin_sessions_that_live_in_the_broker_are_gone_with_it(
    broker: OwnBroker, clerk: User, client_as: Any, settings: Any
) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": broker.url}}
    browser = client_as(clerk)
    browser.raise_request_exception = False
    assert browser.get(reverse("core:tasks")).status_code == 200
    broker.kill()
    assert browser.get(reverse("core:tasks")).status_code != 200
    broker.start()
    assert browser.get(reverse("core:tasks")).status_code == 302, "logged out"
