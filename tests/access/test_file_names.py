"""Ids, kinds and stored names that point elsewhere: no file outside our folders is served, and names stay names.

The twin takes the stored name at its word, and the file of the machine is served.
"""

import email.message
import io
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from cases.imports import intake, storing
from cases.models import ImportRun
from cases.services import export
from cases.services.error_workbook import ERROR_WORKBOOKS
from cases.services.import_template import TEMPLATES
from collection_ops.core.access import Role
from collection_ops.core.models import AuditEvent, Job, JobState
from tests.access import samples
from tests.cases.builders import make_source

pytestmark = pytest.mark.django_db

SECRET = b"what only the machine may read"
ODD_NAMES = (
    "../../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..\\..\\etc\\passwd",
    "....//....//etc/passwd", "/etc/passwd", "%00", "1%00.xlsx", "x" * 300, "~root", ".", "..",
)  # fmt: skip


@pytest.fixture
def browsers(cast: samples.Cast) -> dict[str, Client]:
    found = {}
    for role in Role.values:
        found[role] = Client(raise_request_exception=False)
        found[role].force_login(cast[role], backend="django.contrib.auth.backends.ModelBackend")
    return found


@pytest.fixture
def secret(tmp_path: Path, settings: Any) -> Path:
    """A file outside the media folder, and one inside it that is not of the folder asked for."""
    Path(settings.MEDIA_ROOT).mkdir(parents=True)
    (Path(settings.MEDIA_ROOT) / "of another kind").write_bytes(SECRET)
    path = tmp_path / "secret"
    path.write_bytes(SECRET)
    return path


def pointing_at(secret: Path) -> tuple[str, ...]:
    """Stored names as somebody with a hand in the database would write them."""
    return ("../secret", "imports/../../secret", str(secret), "../of another kind", "of another kind", "..", ".", "")


def body(answer: Any) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content


def put(run: ImportRun, content: bytes) -> None:
    path = storing.stored_path(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def done_job(kind: str, person: Any, file: str, **params: Any) -> Job:
    result = {"file": file, "rows": 1, "expires_at": "2999-01-01T00:00:00+08:00"}
    return Job.objects.create(kind=kind, created_by=person, state=JobState.DONE, params=params, result=result)


def test_an_address_that_leads_out_of_its_folder_leads_nowhere(cast, browsers):
    run = samples._import_run(cast)
    folders = (
        "/imports/{}/file/",
        f"/imports/{run.pk}/errors/{{}}/",
        "/cases/export/{}/",
        "/static/{}",
        "/imports/{}/",
    )
    for name in ODD_NAMES:
        for folder in folders:
            for method in (browsers["clerk"].get, browsers["clerk"].post):
                answer = method(folder.format(name))
                assert answer.status_code in (400, 403, 404, 405), (folder, name, answer.status_code)
        answer = browsers["clerk"].get(reverse("cases:import_template"), {"kind": unquote(name)})
        assert answer.status_code == 404, name
    for kind in TEMPLATES:
        answer = browsers["clerk"].get(reverse("cases:import_template"), {"kind": kind})
        assert openpyxl.load_workbook(io.BytesIO(body(answer))).sheetnames


def taken(cast: samples.Cast, browser: Client, stored_name: str) -> Any:
    run = samples._import_run(cast)
    ImportRun.objects.filter(pk=run.pk).update(stored_name=stored_name)
    return browser.post(reverse("cases:import_file", args=[run.pk]))


def test_a_stored_name_that_was_altered_serves_no_other_file(cast, browsers, secret):
    clerk = browsers["clerk"]
    for name in pointing_at(secret):
        answer = taken(cast, clerk, name)
        assert answer.status_code == 404, name
        assert SECRET not in body(answer)
    assert not AuditEvent.objects.filter(action="import.file_taken").exists(), "nothing was taken"

    run = samples._import_run(cast)
    put(run, b"as it came")
    answer = clerk.post(reverse("cases:import_file", args=[run.pk]))
    assert (answer.status_code, body(answer)) == (200, b"as it came")
    assert AuditEvent.objects.filter(action="import.file_taken").count() == 1


def test_twin_a_stored_name_taken_at_its_word_serves_the_file_of_the_machine(cast, browsers, secret, settings):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cases.views.import_files.stored_path", lambda run: Path(settings.MEDIA_ROOT) / run.stored_name)
        assert SECRET in body(taken(cast, browsers["clerk"], "../secret"))


def test_a_result_that_was_altered_serves_no_other_file(cast, browsers, secret, settings):
    run = samples._import_run(cast)
    clerk, supervisor = cast["clerk"], cast["supervisor"]
    for name in pointing_at(secret):
        job = done_job("cases.error_workbook", clerk, name, run=run.pk)
        answer = browsers["clerk"].post(reverse("cases:import_errors_file", args=[run.pk, job.pk]))
        assert answer.status_code == 404, name
        job = done_job(export.KIND, supervisor, name, format="csv", unmasked=False)
        answer = browsers["supervisor"].get(reverse("cases:export_file", args=[job.pk]))
        assert answer.status_code == 404, name

    for folder in (ERROR_WORKBOOKS, export.FOLDER):
        (Path(settings.MEDIA_ROOT) / folder).mkdir()
        (Path(settings.MEDIA_ROOT) / folder / "own").write_bytes(b"own")
    job = done_job("cases.error_workbook", clerk, f"{ERROR_WORKBOOKS}/own", run=run.pk)
    answer = browsers["clerk"].post(reverse("cases:import_errors_file", args=[run.pk, job.pk]))
    assert (answer.status_code, body(answer)) == (200, b"own")
    job = done_job(export.KIND, supervisor, "own", format="csv", unmasked=False)
    answer = browsers["supervisor"].get(reverse("cases:export_file", args=[job.pk]))
    assert (answer.status_code, body(answer)) == (200, b"own")


# The name a browser is given ----------------------------------------------------------------------------------------


def offered_name(header: str) -> str | None:
    """The file name as a program reads it that knows the rules for such headers."""
    message = email.message.EmailMessage()
    message["Content-Disposition"] = header
    return message.get_filename()


@pytest.mark.parametrize(
    "name",
    [
        "逾期明细 20260331.xlsx",
        'a"b.xlsx',
        "a;filename=evil.exe.xlsx",
        'x"; filename="evil.exe',
        "back\\slash.csv",
        "100%25.csv",
        "名" * 250 + ".xlsx",
        "‮xslx.exe",
    ],
)
def test_a_name_is_offered_as_it_is_and_is_one_header(cast, browsers, name):
    run = samples._import_run(cast)
    ImportRun.objects.filter(pk=run.pk).update(file_name=name)
    put(run, b"x")
    answer = browsers["clerk"].post(reverse("cases:import_file", args=[run.pk]))
    header = answer["Content-Disposition"]
    assert header.startswith("attachment; ") and not set("\r\n\0") & set(header)
    assert offered_name(header) == name or quote(name) in header
    assert "evil.exe" not in (offered_name(header), header.rpartition("filename=")[2])


def test_line_breaks_leave_a_name_before_it_is_kept_and_split_no_header_after(cast, browsers):
    from cases.imports import run as runs

    received = runs.receive(
        file=io.BytesIO(b"x"),
        file_name="C:\\book\\..\\逾\r\nSet-Cookie: a=b\t\x00\x1b[0m期\u2028.csv",
        source=make_source(),
        as_of=samples._import_run(cast).as_of,
        actor=cast["clerk"],
        now=samples.timezone.now(),
        enqueue=False,
    )
    assert received.file_name == "逾Set-Cookie: a=b[0m期.csv"
    # A row that was altered in the database: refused or escaped, never a header of its own.
    for name in ("a\r\nSet-Cookie: stolen=1.csv", "a.csv\n", "逾\r\nSet-Cookie: stolen=1"):
        ImportRun.objects.filter(pk=received.pk).update(file_name=name)
        answer = browsers["clerk"].post(reverse("cases:import_file", args=[received.pk]))
        assert answer.status_code == (500 if name.endswith("\n") else 200)
        assert "stolen" not in answer.cookies and not set("\r\n") & set(answer.get("Content-Disposition", ""))


def test_the_longest_name_a_file_system_has_goes_through_the_inbox_and_back(settings):
    """255 bytes; the prefix that marks a taken file must still fit, and so must the reason beside a refused one."""
    from tests.cases.imports.conftest import DAY_1, at

    source = make_source()
    source.poll_from = at(DAY_1).time()
    source.save()
    folder = intake.inbox_of(source)
    folder.mkdir(parents=True)
    name = "逾" * 82 + "a.xlsx"
    assert len(name.encode()) == 252
    (folder / name).write_bytes(b"no workbook")
    run = intake._receive(source, intake._take(folder / name), name=name, now=at(DAY_1))
    assert run.file_name == name
    ImportRun.objects.filter(pk=run.pk).update(state="refused", refusal={"code": "file_empty", "params": {}})
    run.refresh_from_db()
    intake.go_on(run=run, now=at(DAY_1))
    beside = sorted(path.name for path in (folder / "refused").iterdir())
    assert len(beside) == 2 and beside[0].startswith(f"{run.pk}-逾") and beside[0].endswith(".xlsx")
    assert intake._shortened("短名.csv") == "短名.csv"
