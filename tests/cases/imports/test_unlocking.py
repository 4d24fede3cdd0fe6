"""A workbook with a password is opened with what the clerk types, and the password is nowhere afterwards."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import msoffcrypto
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from msoffcrypto.format.ooxml import OOXMLFile

from cases.imports import run as runs
from cases.imports import unlocking
from cases.imports.refusals import RunRefused
from cases.imports.storing import stored_path
from cases.imports.unlocking import password_question, unlock
from cases.models import ImportRun, RunState, Source
from collection_ops.core.models import AuditEvent, FormToken, Job, User
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import new_token
from tests.cases.imports import builders
from tests.cases.imports.conftest import at

PASSWORD = "Kranich-4711"
SignIn = Callable[[User], Client]


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    plain = builders.workbook(tmp_path / "plain.xlsx", [builders.HEADINGS, builders.row(1), builders.row(2)])
    path = tmp_path / "逾期明细20260331.xlsx"
    with plain.open("rb") as file, path.open("wb") as out:
        OOXMLFile(file).encrypt(PASSWORD, out)
    plain.unlink()
    return path


def received(locked: Path, source: Source, **options: object) -> ImportRun:
    return runs.import_file(path=locked, source=source, as_of=builders.DAY, actor=None, now=at(builders.DAY), **options)


def stored_files(run: ImportRun) -> list[str]:
    return [path.name for path in stored_path(run).parent.iterdir()]


def test_a_locked_workbook_asks_and_the_right_password_brings_it_to_preview(locked: Path, source: Source) -> None:
    run = received(locked, source)
    assert run.state == RunState.ASKING
    before, sha256 = stored_path(run), run.sha256
    assert unlock(run=run, password=PASSWORD, actor=None)
    runs.read_run(
        run=runs.answer(run=run, answers={}, actor=None, now=at(builders.DAY), enqueue=False), now=at(builders.DAY)
    )
    assert run.state == RunState.PREVIEW
    assert run.row_counts["accepted"] == 2
    assert run.sha256 != sha256
    assert stored_path(run) != before
    with stored_path(run).open("rb") as file:
        assert not msoffcrypto.OfficeFile(file).is_encrypted()


def test_wrong_passwords_are_counted_and_the_last_one_ends_the_run(
    locked: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unlocking, "MOST_TRIES", 3)
    run = received(locked, source)
    files = stored_files(run)
    for tries in (1, 2):
        assert not unlock(run=run, password="falsch", actor=None)
        assert (run.state, password_question(run)["params"]) == (RunState.ASKING, {"tries": tries})
    assert not unlock(run=run, password="", actor=None)
    assert (run.state, run.refusal["code"]) == (RunState.REFUSED, "password_too_often")
    assert stored_files(run) == files, "a wrong try leaves nothing behind"
    with pytest.raises(RunRefused) as refusal:
        unlock(run=run, password=PASSWORD, actor=None)
    assert refusal.value.code == "wrong_state"


def test_a_lock_that_is_damaged_is_told_and_costs_no_try(locked: Path, source: Source) -> None:
    content = bytearray(locked.read_bytes())
    at_info = content.find(b"<keyEncryptors")
    content[at_info : at_info + 14] = b"<keyEncXyptors"
    locked.write_bytes(content)
    run = received(locked, source)
    with pytest.raises(RunRefused) as refusal:
        unlock(run=run, password=PASSWORD, actor=None)
    assert refusal.value.code == "unlock_failed"
    run.refresh_from_db()
    assert (run.state, password_question(run)["params"]) == (RunState.ASKING, {"tries": 0})


def test_the_command_takes_the_password_from_a_file(
    locked: Path, source: Source, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD + "\n")
    arguments = ["import_overdue", str(locked), "--source", "card", "--as-of", "2026-03-31", "--json"]
    for extra, status, state in (([], 3, "asking"), (["--password-file", str(secret)], 0, "preview")):
        with pytest.raises(SystemExit) as ended:
            call_command(*arguments, *extra)
        said = json.loads(capsys.readouterr().out)
        assert (ended.value.code, said["state"]) == (status, state)


def everything_written() -> str:
    """All that could keep a password: runs, jobs, audit, tokens."""
    out = io.StringIO()
    for model in (ImportRun, Job, AuditEvent, FormToken):
        for line in model.objects.values():
            out.write(repr(line))
    return out.getvalue()


def test_on_the_page_a_wrong_password_is_told_and_the_right_one_goes_on(
    locked: Path, source: Source, clerk: User, client_as: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    browser = client_as(clerk)
    with locked.open("rb") as file:
        data = {"form_token": new_token(), "source": source.pk, "file": file}
        assert browser.post(reverse("cases:import_upload"), data).status_code == 302
    run = ImportRun.objects.latest("pk")
    jobs.run(run.job_id)
    page = browser.get(reverse("cases:import_run", args=[run.pk])).content.decode()
    assert 'type="password"' in page
    assert "读到的表" not in page

    def type_in(password: str) -> str:
        data = {"form_token": new_token(), "password": password}
        return browser.post(reverse("cases:import_unlock", args=[run.pk]), data, follow=True).content.decode()

    assert "密码不对，还可以再试 9 次" in type_in("falsch")
    assert "请输入密码" in type_in("")
    assert PASSWORD not in type_in(PASSWORD)
    run.refresh_from_db()
    assert run.state == RunState.READING
    jobs.run(run.job_id)
    run.refresh_from_db()
    assert run.state == RunState.PREVIEW
    assert "falsch" not in everything_written() + caplog.text
    assert PASSWORD not in everything_written() + caplog.text
    digests = set(FormToken.objects.filter(path__endswith="unlock/").values_list("body_digest", flat=True))
    assert len(digests) == 1, "not even a digest depends on the password"
