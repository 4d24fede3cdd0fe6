"""Files that come by themselves."""

import datetime as dt
import os
import shutil
import time
from decimal import Decimal
from pathlib import Path

import pytest

from cases.imports import intake
from cases.models import ImportRun, Repayment, Source
from collection_ops.core.models import Job, Notification
from collection_ops.core.services import jobs

from .conftest import DAY_1, DAY_2, DAY_3, at, case_of, debt, write_csv


@pytest.fixture
def polled(source) -> Source:
    Source.objects.filter(pk=source.pk).update(poll_from=dt.time(7, 30))
    source.refresh_from_db()
    return source


@pytest.fixture
def drop(settings, tmp_path):
    """Put a file into the source's inbox, quiet for a minute by the clock of `now`."""

    def put(name: str, rows, *, now: dt.datetime, code: str = "card") -> Path:
        folder = Path(settings.INTAKE_INBOX) / code
        folder.mkdir(parents=True, exist_ok=True)
        return write_csv(folder / name, rows)

    return put


@pytest.fixture(autouse=True)
def _files_are_quiet(monkeypatch):
    # The files of a test are of this very moment, whatever day the test plays.
    monkeypatch.setattr(intake, "_is_ready", lambda path, now: path.is_file())


def work() -> None:
    """What a worker would do: all queued jobs, and those they put."""
    while ids := list(Job.objects.filter(state="queued").order_by("pk").values_list("pk", flat=True)):
        for pk in ids:
            jobs.run(pk)


def poll(now: dt.datetime, capture) -> list[ImportRun]:
    with capture(execute=True):
        found = intake.poll(now=now)
    work()
    for run in found:
        run.refresh_from_db()
    return found


@pytest.fixture
def take(django_capture_on_commit_callbacks):
    return lambda now: poll(now, django_capture_on_commit_callbacks)


def test_a_faultless_file_is_applied_by_itself_and_dated_by_its_name(polled, drop, take):
    path = drop("逾期明细20260302.csv", [debt(1), debt(2)], now=at(DAY_2))
    (run,) = take(at(DAY_2))
    assert (run.state, run.as_of, run.origin, run.file_name) == ("applied", DAY_1, "inbox", "逾期明细20260302.csv")
    assert run.applied_by is None
    assert not path.exists()
    assert list((path.parent / ".taken").iterdir()) == []
    assert take(at(DAY_2)) == []


def test_without_a_date_the_file_is_of_the_business_day(polled, drop, take):
    drop("overdue.csv", [debt(1)], now=at(DAY_2))
    assert take(at(DAY_2))[0].as_of == DAY_2


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("逾期明细20260331 (1).xlsx", dt.date(2026, 3, 31)),
        ("2026.3.5逾期.csv", dt.date(2026, 3, 5)),
        ("逾期2026年3月5日.csv", dt.date(2026, 3, 5)),
        ("20260231.csv", None),
        ("12345678901.csv", None),
        ("overdue.csv", None),
    ],
)
def test_a_date_is_read_from_a_name_only_when_it_is_a_day(name, day):
    assert intake.date_in_name(name) == day


def test_nothing_is_taken_before_its_hour_on_a_holiday_or_for_a_source_without_hour(polled, drop, take, other_source):
    drop("a20260302.csv", [debt(1)], now=at(DAY_1))
    drop("b20260302.csv", [debt(2)], now=at(DAY_1), code="loan")
    assert take(at(DAY_1, hour=7)) == []
    assert take(at(dt.date(2026, 3, 1), hour=9)) == []  # a Sunday
    assert [run.source for run in take(at(DAY_1))] == [polled]


def test_a_file_with_a_suspicious_gap_waits_for_a_person(polled, drop, take, clerk, supervisor, collector):
    drop("a20260302.csv", [debt(n) for n in range(1, 11)], now=at(DAY_1))
    take(at(DAY_1))
    drop("a20260303.csv", [debt(n, days=46) for n in range(1, 8)], now=at(DAY_2))  # three of ten are missing
    (run,) = take(at(DAY_2))
    assert run.state == "preview"
    assert [finding["code"] for finding in run.guard_findings] == ["guard_absent"]
    told = Notification.objects.filter(kind="import.held")
    assert {n.user for n in told} == {clerk, supervisor}
    assert told[0].params["findings"] == 1
    # The next day's file does not overtake it.
    drop("a20260304.csv", [debt(n, days=47) for n in range(1, 11)], now=at(DAY_3))
    assert take(at(DAY_3)) == []


def test_a_gap_within_the_limit_is_applied(polled, drop, take):
    Source.objects.update(max_absent_percent=Decimal(30))
    drop("a20260302.csv", [debt(n) for n in range(1, 11)], now=at(DAY_1))
    take(at(DAY_1))
    drop("a20260303.csv", [debt(n, days=46) for n in range(1, 8)], now=at(DAY_2))
    assert take(at(DAY_2))[0].state == "applied"
    assert case_of(9).absent_since == DAY_2


def test_a_file_with_an_error_waits_and_one_that_asks_asks(polled, drop, take, clerk):
    Source.objects.update(max_rejected_percent=Decimal(50))
    drop("a20260302.csv", [debt(1), debt(2, 逾期天数="三十")], now=at(DAY_1))
    assert take(at(DAY_1))[0].state == "preview"
    assert Notification.objects.filter(kind="import.waiting", user=clerk).exists()


def test_a_file_that_does_not_come_in_time_is_said_once_a_day(polled, drop, take, clerk):
    Source.objects.filter(pk=polled.pk).update(expected_by=dt.time(9, 0))
    take(at(DAY_1))
    assert not Notification.objects.filter(kind="import.late").exists()
    for _poll in range(2):
        take(at(DAY_1, hour=9))  # a quarter past
    assert Notification.objects.filter(kind="import.late").count() == 1
    drop("a20260303.csv", [debt(1)], now=at(DAY_2))
    take(at(DAY_2, hour=9))
    assert Notification.objects.filter(kind="import.late").count() == 1
    take(at(DAY_3, hour=9))
    assert Notification.objects.filter(kind="import.late", user=clerk).count() == 2


def test_what_cannot_be_read_is_put_beside_with_its_reason(polled, drop, take, clerk, settings):
    folder = Path(settings.INTAKE_INBOX) / "card"
    folder.mkdir(parents=True)
    (folder / "坏20260302.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    (run,) = take(at(DAY_1))
    assert (run.state, run.refusal["code"]) == ("refused", "file_damaged")
    aside = folder / "refused" / f"{run.pk}-坏20260302.xlsx"
    assert aside.read_bytes().startswith(b"PK")
    assert "file_damaged" in (folder / "refused" / f"{aside.name}.txt").read_text()
    assert Notification.objects.filter(kind="import.refused", user=clerk).exists()


def test_the_same_file_again_is_refused_and_put_aside(polled, drop, take):
    drop("a20260302.csv", [debt(1)], now=at(DAY_1))
    take(at(DAY_1))
    drop("a20260302(1).csv", [debt(1)], now=at(DAY_1))
    (again,) = take(at(DAY_2))
    assert again.refusal["code"] == "already_imported"


def test_links_and_unfinished_files_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.undo()
    old = time.time() - 3600
    for name in ("a.csv.part", ".hidden.csv", "~$a.xlsx", "fresh.csv", "empty.csv", "good.csv"):
        (tmp_path / name).write_text("" if name == "empty.csv" else "x")
    (tmp_path / "link.csv").symlink_to(tmp_path / "good.csv")
    (tmp_path / "folder").mkdir()
    os.utime(tmp_path / "good.csv", (old, old))
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=31)
    ready = {path.name for path in tmp_path.iterdir() if intake._is_ready(path, later)}
    assert ready == {"good.csv", "fresh.csv"}
    assert not intake._is_ready(tmp_path / "good.csv", dt.datetime.now(dt.UTC))  # changed (its time was set) just now


def test_what_a_dead_worker_had_taken_comes_back(polled, drop, take):
    path = drop("a20260302.csv", [debt(1)], now=at(DAY_1))
    taken = intake._take(path)
    assert intake._take(path) is None  # of two who try, one succeeds
    real_now = dt.datetime.now(dt.UTC)
    intake._put_lost_back(path.parent, real_now)
    assert not path.exists()
    intake._put_lost_back(path.parent, real_now + dt.timedelta(minutes=11))
    assert path.exists()
    assert not taken.exists()


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_take_a_file_once(polled, drop):
    from .test_races import at_once

    drop("a20260302.csv", [debt(1)], now=at(DAY_1))
    at_once(lambda: intake.poll(now=at(DAY_1)), lambda: intake.poll(now=at(DAY_1)))
    assert ImportRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_rename_and_the_lock_two_beats_take_it_twice(polled, drop, monkeypatch):
    import threading

    from .test_races import at_once

    barrier = threading.Barrier(2)

    def copy(path: Path) -> Path:
        barrier.wait(timeout=10)
        target = path.parent / f"{threading.get_ident()}.copy"
        shutil.copyfile(path, target)
        return target

    monkeypatch.setattr(intake, "_take", copy)
    monkeypatch.setattr(intake, "TRY_LOCK", "SELECT true")
    drop("a20260302.csv", [debt(1)], now=at(DAY_1))
    at_once(lambda: intake.poll(now=at(DAY_1)), lambda: intake.poll(now=at(DAY_1)))
    assert ImportRun.objects.count() == 2


def test_a_repayment_file_in_the_same_folder_is_known_by_its_headings(polled, drop, take, settings):
    drop("逾期明细20260302.csv", [debt(1)], now=at(DAY_1))
    take(at(DAY_1))
    folder = Path(settings.INTAKE_INBOX) / "card"
    head = "流水号,合同编号,还款日期,还款金额\n"
    (folder / "还款20260303.csv").write_text(head + "P1,HT00001,2026-03-02,10\nP2,HT9,2026-03-02,5\n", encoding="utf-8")
    (run,) = take(at(DAY_2))
    assert (run.kind, run.state, run.as_of) == ("repayments", "applied", DAY_2)
    assert dict(Repayment.objects.values_list("reference", "loan__contract_no")) == {"P1": "HT00001", "P2": None}
    # One with a wrong row waits for a person, and keeps nobody else waiting.
    (folder / "还款20260304.csv").write_text(
        head + "P3,HT00001,2026-03-03,0\nP4,HT00001,2026-03-03,1\n", encoding="utf-8"
    )
    (waiting,) = take(at(DAY_2, 10))
    assert (waiting.kind, waiting.state) == ("repayments", "preview")
    drop("逾期明细20260303.csv", [debt(1, days=46)], now=at(DAY_2))
    (book,) = take(at(DAY_2, 11))
    assert (book.kind, book.state) == ("overdue", "applied")
