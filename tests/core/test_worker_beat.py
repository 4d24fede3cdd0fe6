import os
import time
from datetime import timedelta

import pytest

from collection_ops.core import clock
from collection_ops.core.models import WorkerBeat
from collection_ops.core.services import worker_beat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def state(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    return tmp_path


def test_a_beat_is_a_row_and_a_touched_file(state):
    worker_beat.beat(worker="here:1")
    first = WorkerBeat.objects.get()
    os.utime(worker_beat.heartbeat_file(), (0, 0))
    worker_beat.beat(worker="here:1")
    again = WorkerBeat.objects.get()
    assert again.started_at == first.started_at
    assert time.time() - worker_beat.heartbeat_file().stat().st_mtime < 5
    assert clock.now() - again.seen_at < timedelta(seconds=WorkerBeat.STALE_SECONDS)


def test_a_database_that_is_away_does_not_end_the_beat(monkeypatch, caplog):
    def away():
        raise ConnectionError

    monkeypatch.setattr(worker_beat.connection, "cursor", away)
    worker_beat.beat(worker="here:1")
    assert worker_beat.heartbeat_file().is_file()
    assert "heartbeat row not written" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_the_thread_beats_at_once_and_its_row_goes_with_it():
    thread = worker_beat.BeatThread("here:2")
    thread.start()
    deadline = time.monotonic() + 5
    while not WorkerBeat.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert WorkerBeat.objects.get().worker == "here:2"
    thread.stop()
    assert not WorkerBeat.objects.exists()
