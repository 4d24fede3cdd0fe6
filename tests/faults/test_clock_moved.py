"""The clock of one web process or worker is hours off: who holds a job, how old a session is, how much was opened today and
what goes into the book are judged by the database's, which is one for all. A difference is an alarm.
"""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP

from cases.imports import run as runs
from cases.models import ContactPoint, ImportRun, Position, Source
from cases.services.sources import add_source
from cases.tasks import poll_intake
from collection_ops.core import clock
from collection_ops.core.models import Job, JobState, Notification, User
from collection_ops.core.services import audit_seal, jobs, second_factor, worker_beat
from collection_ops.core.tasks import housekeeping, sweep_jobs
from tests.cases.builders import desk_of, make_case
from tests.cases.imports.conftest import DAY_1, at, debt, write_csv
from tests.conftest import PASSWORD
from tests.core.conftest import bell  # noqa: F401  (jobs are done by the test)
from tests.core.test_sessions import let_pass
from tests.faults.holds import assert_everything_holds

pytestmark = pytest.mark.django_db

KIND = "test.clock"
OFF = [timedelta(hours=2), timedelta(hours=-2), timedelta(days=1)]
off_by = pytest.mark.parametrize("off", OFF, ids=["2 h ahead", "2 h behind", "1 day ahead"])
AHEAD = timedelta(hours=2)
BEHIND = timedelta(hours=-2)


def process_whose_clock_is(off: timedelta) -> Any:
    """Everything inside runs in a process whose clock is off; the database's is right."""
    return time_machine.travel(timezone.now() + off)


@pytest.fixture
def every_clock_for_itself(monkeypatch: Any) -> None:
    """The guard switched off: every process believes its own clock."""
    monkeypatch.setattr(clock, "database_now", clock.now)


# Jobs ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def handler(monkeypatch: Any) -> Callable[[Callable[[], None]], None]:
    """What a job of KIND does."""

    def does(act: Callable[[], None]) -> None:
        monkeypatch.setitem(jobs._handlers, KIND, lambda run: act())

    does(lambda: None)
    return does


@pytest.fixture
def held(handler: Any) -> Job:
    """A job that a worker whose clock is right has just claimed, at its last try."""
    job = jobs.enqueue(kind=KIND, params={}, actor=None)
    Job.objects.filter(pk=job.pk).update(attempts=Job.MAX_ATTEMPTS - 2)
    claimed = jobs.claim(job.pk, now=clock.database_now())
    assert claimed is not None
    return claimed


@off_by
def test_a_worker_whose_clock_is_off_takes_no_job_from_a_living_one(held: Job, bell: list[int], off: timedelta) -> None:  # noqa: F811
    with process_whose_clock_is(off):
        jobs.run(held.pk)
        sweep_jobs()
    job = Job.objects.get(pk=held.pk)
    assert (job.state, job.attempts, job.lease_until, bell) == (JobState.RUNNING, held.attempts, held.lease_until, [])


@off_by
def test_a_worker_whose_clock_is_off_keeps_its_own_job_and_no_longer_than_it_lives(
    handler: Any, monkeypatch: Any, off: timedelta
) -> None:
    job = jobs.enqueue(kind=KIND, params={}, actor=None)
    tries = []
    handler(lambda: tries.append((jobs.claim(job.pk, now=clock.database_now()), Job.objects.get().lease_until)))
    with process_whose_clock_is(off):
        jobs.run(job.pk)
    [(stolen, lease)] = tries
    now = clock.database_now()
    assert stolen is None and now < lease < now + jobs.LEASE
    job.refresh_from_db()
    assert job.state == JobState.DONE and job.created_at <= job.started_at <= job.finished_at <= now


def test_twin_by_its_own_clock_a_worker_that_is_ahead_does_a_job_that_another_is_doing(
    held: Job, every_clock_for_itself: None
) -> None:
    with process_whose_clock_is(AHEAD):
        jobs.run(held.pk)
    job = Job.objects.get(pk=held.pk)
    assert (job.state, job.attempts) == (JobState.DONE, held.attempts + 1)


# People -------------------------------------------------------------------------------------------------------------


def test_a_web_process_whose_clock_is_behind_keeps_no_session_alive(
    collector: User, client_as: Callable[[User], Client], settings: Any
) -> None:
    settings.SESSION_IDLE_MINUTES = 15
    idle, expired = client_as(collector), client_as(collector)
    for client in (idle, expired):
        assert client.get("/tasks/").status_code == 200
    let_pass(idle, minutes=16)
    session = expired.session
    session.model.objects.filter(session_key=session.session_key).update(
        expire_date=clock.database_now() - timedelta(minutes=1)
    )
    with process_whose_clock_is(BEHIND):
        assert idle.get("/tasks/").status_code == 302
        assert expired.get("/tasks/").status_code == 302


def test_twin_by_its_own_clock_it_does(collector: User, client_as: Callable[[User], Client], settings: Any) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    settings.SESSION_IDLE_MINUTES = 15
    client = client_as(collector)
    assert client.get("/tasks/").status_code == 200
    let_pass(client, minutes=16)
    with process_whose_clock_is(BEHIND):
        assert client.get("/tasks/").status_code == 200


@off_by
def test_nobody_is_thrown_out_by_a_process_whose_clock_is_off(
    collector: User, client_as: Callable[[User], Client], settings: Any, off: timedelta
) -> None:
    settings.SESSION_IDLE_MINUTES = 15
    client = client_as(collector)
    assert client.get("/tasks/").status_code == 200
    with process_whose_clock_is(off):
        assert client.get("/tasks/").status_code == 200
        housekeeping()
    assert client.get("/tasks/").status_code == 200


def wrong_passwords(client: Client, username: str) -> None:
    for _guess in range(5):
        client.post("/sign-in/", {"username": username, "password": "wrong-password"})


def test_a_process_whose_clock_is_ahead_gives_a_guesser_no_second_round(collector: User, settings: Any) -> None:
    settings.AXES_ENABLED = True
    client, right = Client(), {"username": collector.username, "password": PASSWORD}
    wrong_passwords(client, collector.username)
    with process_whose_clock_is(AHEAD):
        assert client.post("/sign-in/", right).status_code == 429


def test_twin_by_its_own_clock_it_gives_one(collector: User, settings: Any, every_clock_for_itself: None) -> None:
    settings.AXES_ENABLED = True
    client, right = Client(), {"username": collector.username, "password": PASSWORD}
    wrong_passwords(client, collector.username)
    with process_whose_clock_is(AHEAD):
        assert client.post("/sign-in/", right).status_code == 302


@off_by
def test_a_process_whose_clock_is_off_takes_no_code_of_another_time(clerk: User, off: timedelta) -> None:
    """Fails closed: today's codes are refused there, and old ones that were seen once are so once a newer was used."""
    key = second_factor.new_key()

    def code(moment: Any) -> str:
        totp = TOTP(bytes.fromhex(key))
        totp.time = moment.timestamp()
        return f"{totp.token():06d}"

    now = timezone.now()
    assert second_factor.confirm_setup(user=clerk, key=key, code=code(now))
    with process_whose_clock_is(off):
        assert second_factor.verify(user=clerk, code=code(now), now=clock.now()) is None  # used, and of another time
    if off < timedelta(0):
        device = second_factor.confirmed_device(clerk)
        assert device is not None
        device.throttle_reset()
        with process_whose_clock_is(off):
            assert second_factor.verify(user=clerk, code=code(now + off), now=clock.now()) is None


def opened(client: Client, contract_no: str, owner: User) -> int:
    """The status of the answer to somebody who wants to see a phone."""
    case = make_case(contract_no=contract_no, desk=desk_of(owner), phones=(f"1391111{contract_no[-4:]}",))
    point = ContactPoint.objects.get(debtor=case.loan.debtor)
    return client.post(reverse("cases:reveal", args=[case.pk, point.pk]), {"reason": "contact"}).status_code


def test_a_process_whose_day_is_tomorrow_opens_no_more_than_todays_number(
    collector: User, client_as: Callable[[User], Client], settings: Any
) -> None:
    settings.REVEALS_PER_DAY = {**settings.REVEALS_PER_DAY, "phones.reveal": {"collector": 1}}
    client = client_as(collector)
    assert opened(client, "R-1001", collector) == 200
    with process_whose_clock_is(timedelta(days=1)):
        assert opened(client, "R-1002", collector) != 200


def test_twin_by_its_own_clock_it_opens_all_there_are(
    collector: User, client_as: Callable[[User], Client], settings: Any, every_clock_for_itself: None
) -> None:
    settings.REVEALS_PER_DAY = {**settings.REVEALS_PER_DAY, "phones.reveal": {"collector": 1}}
    client = client_as(collector)
    assert opened(client, "R-1001", collector) == 200
    with process_whose_clock_is(timedelta(days=1)):
        assert [opened(client, f"R-100{n}", collector) for n in (2, 3)] == [200, 200]


# The book -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def applying(clerk: User, tmp_path: Any) -> Job:
    source: Source = add_source(code="card", name="信用卡系统", actor=None)
    path = write_csv(tmp_path / "1.csv", [debt(n) for n in range(3)])
    run = runs.import_file(path=path, source=source, as_of=DAY_1, actor=clerk, now=at(DAY_1))
    return runs.request_apply(run=run, actor=clerk, now=at(DAY_1))


@off_by
def test_a_worker_whose_clock_is_off_dates_the_book_right(applying: Job, off: timedelta) -> None:
    before = clock.database_now()
    with process_whose_clock_is(off):
        jobs.run(applying.pk)
    run, after = ImportRun.objects.get(), clock.database_now()
    assert run.state == "applied" and run.applied_at is not None
    # Inside a test's one transaction the database's now() stands still at its beginning.
    minute = timedelta(minutes=1)
    assert before - minute <= run.applied_at <= after
    assert {before - minute <= at <= after for at in Position.objects.values_list("recorded_at", flat=True)} == {True}
    audit_seal.seal(now=after, everything=True)
    assert_everything_holds()


def test_twin_by_its_own_clock_it_dates_it_tomorrow(applying: Job, every_clock_for_itself: None) -> None:
    with process_whose_clock_is(timedelta(days=1)):
        jobs.run(applying.pk)
    applied_at = ImportRun.objects.get().applied_at
    assert applied_at is not None and applied_at > timezone.now() + timedelta(hours=23)


@off_by
def test_a_file_that_is_still_on_its_way_is_left_alone_by_a_worker_whose_clock_is_off(
    settings: Any, off: timedelta, monkeypatch: Any
) -> None:
    """Its disk goes by the same clock as the worker, and the two are compared; the hour of the intake is the database's."""
    source = add_source(code="card", name="信用卡系统", actor=None)
    Source.objects.update(poll_from=at(DAY_1, 0).time())
    monkeypatch.setattr("cases.imports.intake.is_business_day", lambda day: True)
    folder = settings.INTAKE_INBOX / source.code
    folder.mkdir(parents=True)
    path = write_csv(folder / "1.csv", [debt(1)])
    monkeypatch.setattr(clock, "database_now", lambda: at(DAY_1))
    with process_whose_clock_is(off):
        moment = clock.now().timestamp()
        os.utime(path, (moment, moment))
        monkeypatch.setattr(
            "cases.imports.intake._is_ready", lambda path, now: now.timestamp() - path.stat().st_mtime > 30
        )
        poll_intake()
        assert path.exists() and not ImportRun.objects.exists()
        os.utime(path, (moment - 60, moment - 60))
        poll_intake()
    assert ImportRun.objects.count() == 1


# The alarm ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def alarms(caplog: Any) -> Iterator[Callable[[], int]]:
    yield lambda: caplog.text.count("clock differs from the database's")


@pytest.mark.parametrize("off", [timedelta(seconds=7), timedelta(seconds=-7)], ids=["ahead", "behind"])
def test_a_clock_that_is_off_by_more_than_five_seconds_is_an_alarm(
    admin_user: User, client: Client, alarms: Callable[[], int], off: timedelta, settings: Any, tmp_path: Any
) -> None:
    settings.STATE_DIR = tmp_path
    job = jobs.enqueue(kind="core.check_invariants", params={}, actor=None)
    client.get("/readyz")
    worker_beat.beat(worker="here:1")
    assert alarms() == 0
    with process_whose_clock_is(off):
        assert client.get("/readyz").status_code == 200  # a whole office is not sent away for it
        assert alarms() == 1
        worker_beat.beat(worker="here:1")
        assert alarms() == 2
        jobs.run(job.pk)
    job.refresh_from_db()
    broken = [line["code"] for line in job.result["results"] if line["count"]]
    assert broken == ["I18b"]
    assert "I18b" in Notification.objects.get(user=admin_user, kind="invariants.broken").params["codes"]
