"""A disk fills up under an upload, an export, the copy of the seals, the database: said plainly, no half file, no act
without its audit row, and the next try works when there is room.

The disk is a real one of one megabyte. The database is told to answer what it answers when its own is full.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from cases.imports import intake
from cases.imports import run as runs
from cases.models import Attachment, ContactPoint, ImportRun, RunState, Source
from cases.services.sources import add_source
from collection_ops.core import clock, private_files
from collection_ops.core.models import AuditEvent, AuditSeal, Job, JobState, User
from collection_ops.core.services import audit, audit_seal, jobs
from collection_ops.core.services.form_tokens import new_token
from collection_ops.core.tables.base import TableWriter
from collection_ops.core.views import errors
from tests.cases.builders import desk_of, make_case
from tests.cases.import_files import debt, upload_of
from tests.cases.imports.conftest import DAY_2, at, write_csv
from tests.cases.imports.conftest import debt as inbox_debt
from tests.conftest import PASSWORD
from tests.core.conftest import bell  # noqa: F401  (jobs are done by the test)
from tests.faults.holds import assert_everything_holds

pytestmark = pytest.mark.django_db(transaction=True)

NO_ROOM = {"zh-hans": "存储空间不足", "en": "no storage space left"}


class SmallDisk:
    """One megabyte; `fill` leaves nothing of it, `make_room` gives it back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ballast = folder / "ballast"

    def fill(self, *, leave: int = 0) -> None:
        state = os.statvfs(self.folder)
        self.ballast.write_bytes(bytes(state.f_bavail * state.f_frsize - leave))

    def make_room(self) -> None:
        self.ballast.unlink()

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file() and path != self.ballast]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "small-disk"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a disk of one megabyte to fill needs root")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def media(disk: SmallDisk, settings: Any) -> SmallDisk:
    """Uploads and exports lie on the small disk."""
    settings.MEDIA_ROOT = disk.folder
    return disk


@pytest.fixture
def source(db: None) -> Source:
    return add_source(code="card", name="信用卡核心系统", actor=None)


def browser(user: User, language: str = "zh-hans") -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["language"] = language
    return client


def send(client: Client, route: str, *arguments: Any, **data: Any) -> Any:
    return client.post(reverse(route, args=arguments), {"form_token": new_token(), **data})


def upload(client: Client, source: Source, **data: Any) -> Any:
    rows = [debt(n) for n in range(60)]
    return send(client, "cases:import_upload", source=source.pk, file=upload_of(rows), **data)


def done(kind: str) -> Job:
    """The newest job of the kind, after the worker had it."""
    jobs.run(Job.objects.filter(kind=kind).latest("pk").pk)
    return Job.objects.filter(kind=kind).latest("pk")


# The upload ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_upload_that_finds_no_room_says_so_and_the_same_form_works_when_there_is(
    media: SmallDisk, source: Source, clerk: User, language: str
) -> None:
    client, token = browser(clerk, language), new_token()
    events = AuditEvent.objects.count()
    media.fill(leave=4096)  # room for the beginning
    answer = upload(client, source, form_token=token)
    assert answer.status_code == 507
    assert NO_ROOM[language] in answer.content.decode()
    assert not ImportRun.objects.exists() and not Job.objects.exists()
    assert AuditEvent.objects.count() == events
    assert media.files() == []

    media.make_room()
    assert upload(client, source, form_token=token).status_code == 302
    done("cases.import_read")
    assert ImportRun.objects.get().state == RunState.PREVIEW
    assert_everything_holds()


def test_a_file_of_a_case_that_finds_no_room_leaves_nothing_and_goes_in_when_there_is(
    media: SmallDisk, collector: User
) -> None:
    client, token = browser(collector), new_token()
    case = make_case(desk=desk_of(collector))
    events = AuditEvent.objects.count()

    def given() -> Any:
        picture = SimpleUploadedFile("证明.png", b"\x89PNG\r\n\x1a\n" + bytes(200_000))
        return send(client, "cases:attach", case.pk, file=picture, note="死亡证明", form_token=token)

    media.fill(leave=8192)
    answer = given()
    assert answer.status_code == 409
    assert NO_ROOM["zh-hans"] in answer.content.decode() and "死亡证明" in answer.content.decode()
    assert (Attachment.objects.count(), AuditEvent.objects.count(), media.files()) == (0, events, [])
    media.make_room()
    assert given().status_code == 302
    assert Attachment.objects.get().size == 200_008


def test_twin_without_the_guard_the_clerk_is_told_of_a_fault_of_ours(
    media: SmallDisk, source: Source, clerk: User, monkeypatch: Any
) -> None:
    for place in (private_files, errors):
        monkeypatch.setattr(place, "is_disk_full", lambda error: False)
    media.fill()
    answer = upload(browser(clerk), source)
    assert answer.status_code == 500 and NO_ROOM["zh-hans"] not in answer.content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_large_upload_that_finds_no_room_on_its_way_says_so_on_a_page(
    disk: SmallDisk, source: Source, clerk: User, settings: Any, language: str
) -> None:
    """Before any code of ours sees it: what is too large for memory goes to the temporary folder."""
    settings.FILE_UPLOAD_TEMP_DIR = str(disk.folder)
    large = SimpleUploadedFile("1.csv", b"," * (settings.FILE_UPLOAD_MAX_MEMORY_SIZE + 1))
    client = browser(clerk, language)
    answer = send(client, "cases:import_upload", source=source.pk, file=large)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert NO_ROOM[language] in answer.content.decode() and "Traceback" not in answer.content.decode()
    assert disk.files() == [] and not ImportRun.objects.exists()
    assert upload(client, source).status_code == 302


def test_a_file_of_the_inbox_stays_there_until_there_is_room(
    media: SmallDisk, source: Source, tmp_path: Path, settings: Any, caplog: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(intake, "_is_ready", lambda path, now: path.is_file())
    Source.objects.update(poll_from=at(DAY_2).time())
    folder = settings.INTAKE_INBOX / source.code
    folder.mkdir(parents=True)
    path = write_csv(folder / "逾期明细20260302.csv", [inbox_debt(1), inbox_debt(2)])
    content = path.read_bytes()
    media.fill()
    assert intake.poll(now=at(DAY_2)) == []
    assert path.read_bytes() == content and not ImportRun.objects.exists() and media.files() == []
    assert "file of the inbox not stored" in caplog.text

    media.make_room()
    (run,) = intake.poll(now=at(DAY_2))
    done("cases.import_read")
    run.refresh_from_db()
    assert run.state in (RunState.PREVIEW, RunState.APPLYING) and not path.exists()


def test_a_file_of_the_inbox_that_is_too_large_is_put_aside_and_not_thrown_away(
    source: Source, settings: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(intake, "_is_ready", lambda path, now: path.is_file())
    Source.objects.update(poll_from=at(DAY_2).time())
    settings.UPLOAD_MAX_BYTES = 100
    folder = settings.INTAKE_INBOX / source.code
    folder.mkdir(parents=True)
    content = write_csv(folder / "逾期明细20260302.csv", [inbox_debt(1)]).read_bytes()
    (run,) = intake.poll(now=at(DAY_2))
    assert (run.state, run.refusal["code"]) == (RunState.REFUSED, "file_too_large")
    aside = folder / "refused" / f"{run.pk}-{run.file_name}"
    assert aside.read_bytes() == content and list(folder.glob("*.csv")) == []


# Files that jobs write ----------------------------------------------------------------------------------------------


def ask_for_export(client: Client, file_format: str) -> Job:
    send(client, "cases:export", file_format=file_format, reason="核对月末余额", query="status=all")
    return done("cases.export")


@pytest.fixture
def scratch(disk: SmallDisk, monkeypatch: Any) -> None:
    """Temporary files lie on the small disk, too."""
    monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_an_export_that_finds_no_room_fails_with_a_sentence_and_offers_no_half_file(
    media: SmallDisk, scratch: None, supervisor: User, file_format: str
) -> None:
    for number in range(3):
        make_case(contract_no=f"X-{number}")
    client = browser(supervisor)
    media.fill()
    job = ask_for_export(client, file_format)
    assert job.state == JobState.FAILED and NO_ROOM["zh-hans"] in job.error
    assert client.get(reverse("cases:export_file", args=[job.pk])).status_code == 404
    assert not AuditEvent.objects.filter(action="cases.exported").exists()
    assert media.files() == [], "neither half a table nor scratch files with rows in them"

    media.make_room()
    job = ask_for_export(client, file_format)
    assert job.state == JobState.DONE
    assert client.get(reverse("cases:export_file", args=[job.pk])).status_code == 200


def test_twin_a_writer_that_cleans_up_only_after_a_clean_close_leaves_half_a_table(
    media: SmallDisk, supervisor: User, monkeypatch: Any
) -> None:
    def leave(self: TableWriter, kind: Any, error: Any, trace: Any) -> None:
        self.close(finished=kind is None)

    monkeypatch.setattr(TableWriter, "__exit__", leave)
    monkeypatch.setattr(jobs, "is_disk_full", lambda error: False)
    make_case(contract_no="X-1")
    media.fill()
    job = ask_for_export(browser(supervisor), "csv")
    assert job.state == JobState.FAILED and "内部错误" in job.error
    assert len(media.files()) == 1


@pytest.mark.parametrize("name", ["逾期明细20260331.xlsx", "逾期明细20260331.csv"])
def test_a_workbook_of_wrong_rows_that_finds_no_room_fails_the_same_way(
    media: SmallDisk, scratch: None, source: Source, clerk: User, tmp_path: Path, name: str
) -> None:
    client = browser(clerk)
    if name.endswith(".csv"):
        wrong = write_csv(tmp_path / name, [inbox_debt(1), inbox_debt(2, 逾期天数="三十天前")])
        file = SimpleUploadedFile(name, wrong.read_bytes())
    else:
        file = upload_of([debt(1), debt(2, 逾期天数="三十天前")], name=name)  # type: ignore[arg-type]
    send(client, "cases:import_upload", source=source.pk, file=file)
    done("cases.import_read")
    run = ImportRun.objects.get()
    assert run.problem_counts["error"]
    kept = media.files()
    media.fill()
    send(client, "cases:import_errors", run.pk)
    job = done("cases.error_workbook")
    assert job.state == JobState.FAILED and NO_ROOM["zh-hans"] in job.error
    assert client.post(reverse("cases:import_errors_file", args=[run.pk, job.pk])).status_code == 404
    assert media.files() == kept

    media.make_room()
    send(client, "cases:import_errors", run.pk)
    assert done("cases.error_workbook").state == JobState.DONE


# The copy of the seals ----------------------------------------------------------------------------------------------


def write_one_event_and_seal() -> None:
    with transaction.atomic():
        audit.record(action="test.done", actor=None)
    audit_seal.seal(now=clock.now())


def seal_until_the_copy_is_cut(copy: Path) -> None:
    """The last page of the file is filled up, and the line that crosses its end is cut."""
    for _seal in range(60):
        write_one_event_and_seal()
        if not copy.read_text(encoding="utf-8").endswith("\n"):
            return
    raise AssertionError("the disk never filled up")


@pytest.fixture
def copy(disk: SmallDisk, settings: Any) -> Path:
    settings.AUDIT_SEAL_COPY = disk.folder / "seals" / "seals.jsonl"
    return settings.AUDIT_SEAL_COPY


def test_a_seal_whose_copy_found_no_room_is_copied_later_and_the_trail_goes_on_meanwhile(
    disk: SmallDisk, copy: Path, caplog: Any
) -> None:
    audit_seal.seal(now=clock.now(), everything=True)
    write_one_event_and_seal()
    disk.fill()
    seal_until_the_copy_is_cut(copy)
    write_one_event_and_seal()
    write_one_event_and_seal()
    assert "seal copy not written" in caplog.text
    seals = AuditSeal.objects.count()
    assert seals > len(audit_seal.read_copy(copy)) and AuditEvent.objects.filter(seal_entry=None).count() == 0

    disk.make_room()
    write_one_event_and_seal()
    assert [number for number, _digest in audit_seal.read_copy(copy)] == list(range(1, seals + 2))
    assert audit_seal.verify(now=clock.now()).is_whole


def test_twin_a_line_glued_to_the_half_one_before_it_is_lost_for_good(
    disk: SmallDisk, copy: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(audit_seal, "_ends_in_half_a_line", lambda file: False)
    write_one_event_and_seal()
    disk.fill()
    seal_until_the_copy_is_cut(copy)
    write_one_event_and_seal()
    disk.make_room()
    write_one_event_and_seal()
    write_one_event_and_seal()
    assert len(audit_seal.read_copy(copy)) == AuditSeal.objects.count() - 1


# The database -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def no_room_for_audit_rows() -> Iterator[None]:
    """The server answers as it does when its disk is full (SQLSTATE 53100), to every new audit row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION test_disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
            "'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER test_disk_full BEFORE INSERT ON core_auditevent EXECUTE FUNCTION test_disk_full()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION test_disk_full() CASCADE")


def assert_asks_for_patience(answer: Any, language: str = "zh-hans") -> None:
    text = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert {"zh-hans": "数据库暂时没有响应", "en": "The database does not answer"}[language] in text
    assert "Traceback" not in text and "No space left" not in text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_act_whose_audit_row_finds_no_room_does_not_happen(
    admin_user: User, clerk: User, source: Source, language: str, settings: Any
) -> None:
    admin, uploader = browser(admin_user, language), browser(clerk, language)
    tokens = {"disable": new_token(), "upload": new_token()}

    def disable() -> Any:
        return send(admin, "core:user_action", clerk.pk, "disable", reason="离职", form_token=tokens["disable"])

    events = AuditEvent.objects.count()
    with no_room_for_audit_rows():
        assert_asks_for_patience(disable(), language)
        assert_asks_for_patience(upload(uploader, source, form_token=tokens["upload"]), language)
        visitor = Client(raise_request_exception=False)
        assert_asks_for_patience(visitor.post("/sign-in/", {"username": clerk.username, "password": PASSWORD}))
        assert visitor.get("/tasks/").status_code == 302, "nobody is in without a row that says so"
    clerk.refresh_from_db()
    assert clerk.is_active and not ImportRun.objects.exists() and AuditEvent.objects.count() == events
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()], "no file without its run"

    assert upload(uploader, source, form_token=tokens["upload"]).status_code == 302
    assert disable().status_code == 302
    clerk.refresh_from_db()
    assert not clerk.is_active
    written = AuditEvent.objects.order_by("pk").values_list("action", flat=True)[events:]
    assert {"user.disabled", "import.received"} <= set(written)


def test_a_number_is_not_shown_when_its_row_finds_no_room(collector: User) -> None:
    case = make_case(desk=desk_of(collector), phones=("13911112222",))
    point = ContactPoint.objects.get(debtor=case.loan.debtor)
    client = browser(collector)
    with no_room_for_audit_rows():
        answer = send(client, "cases:reveal", case.pk, point.pk, reason="contact")
    assert_asks_for_patience(answer)
    assert "13911112222" not in answer.content.decode()


def test_twin_an_audit_that_swallows_the_error_lets_the_act_happen_unseen(
    admin_user: User, clerk: User, monkeypatch: Any
) -> None:
    record: Callable[..., Any] = audit.record

    def careless(**event: Any) -> None:
        with contextlib.suppress(DatabaseError), transaction.atomic():
            record(**event)

    monkeypatch.setattr(audit, "record", careless)
    events = AuditEvent.objects.count()
    with no_room_for_audit_rows():
        assert send(browser(admin_user), "core:user_action", clerk.pk, "disable", reason="离职").status_code == 302
    clerk.refresh_from_db()
    assert not clerk.is_active and AuditEvent.objects.count() == events


def test_twin_a_run_that_cannot_be_written_down_leaves_its_file_to_nobody(
    source: Source, clerk: User, settings: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(runs, "kept_with_its_row", lambda stored: contextlib.nullcontext())
    with no_room_for_audit_rows():
        upload(browser(clerk), source)
    assert len([path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]) == 1
