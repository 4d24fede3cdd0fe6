"""Files of a case: judged by what they hold, kept where only the service reads, given out with a row on the trail."""

import errno
import io
import stat
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.urls import reverse

from cases.models import Attachment, Case
from cases.services import attachments
from cases.services.attachments import AttachmentRefused, attach, kind_of, offered_name
from collection_ops.core import clock, private_files
from collection_ops.core.models import AuditEvent
from collection_ops.core.services import audit
from collection_ops.core.services.form_tokens import new_token
from tests.cases.builders import desk_of, make_case
from tests.cases.care.files import BAD, GOOD, PNG, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(collector) -> Case:
    return make_case(desk=desk_of(collector))


def kept(settings) -> list[Path]:
    folder = Path(settings.MEDIA_ROOT) / attachments.FOLDER
    return sorted(folder.iterdir()) if folder.is_dir() else []


def add(case: Case, actor, content: bytes = PNG, name: str = "证明.png") -> Attachment:
    return attach(case=case, file=io.BytesIO(content), file_name=name, actor=actor, now=clock.now())


@pytest.mark.parametrize("kind", GOOD)
def test_a_file_is_what_it_holds_whatever_it_is_called(case, collector, settings, kind):
    file = add(case, collector, GOOD[kind], "../../说明.exe")
    assert (file.kind, file.file_name, file.size) == (kind, "说明.exe", len(GOOD[kind]))
    (path,) = kept(settings)
    assert path.read_bytes() == GOOD[kind]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert offered_name(file) == f"说明.exe.{kind}"


@pytest.mark.parametrize("what", BAD)
def test_what_we_do_not_take_is_refused_with_a_sentence_and_leaves_nothing(case, collector, settings, what):
    assert kind_of(io.BytesIO(BAD[what])) is None
    with pytest.raises(AttachmentRefused, match="不支持"):
        add(case, collector, BAD[what], "证明.png")
    assert not Attachment.objects.exists() and kept(settings) == []


def test_a_picture_with_its_own_ending_keeps_its_name(case, collector):
    assert offered_name(add(case, collector, GOOD["jpg"], "照片.JPEG")) == "照片.JPEG"


def test_a_file_that_is_too_large_or_finds_no_room_leaves_neither_file_nor_row(case, collector, settings, monkeypatch):
    settings.ATTACHMENT_MAX_MB = 1
    with pytest.raises(AttachmentRefused, match="超过 1 MB"):
        add(case, collector, PNG + bytes(1 << 20))
    assert kept(settings) == [] and not Attachment.objects.exists()

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(private_files.hashlib, "sha256", full)
        with pytest.raises(AttachmentRefused, match="存储空间不足"):
            add(case, collector)
    assert not Attachment.objects.exists()
    assert add(case, collector).pk, "with room the same file goes in"


def test_without_its_row_the_file_goes_too(case, collector, settings, monkeypatch):
    def broken(**given):
        raise DatabaseError("no room")

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(DatabaseError):
        add(case, collector)
    assert kept(settings) == [] and not Attachment.objects.exists()


def test_the_file_comes_as_it_was_never_shown_and_the_taking_is_kept(case, collector, client_as):
    file = add(case, collector, GOOD["pdf"], "证明 一.pdf")
    answer = client_as(collector).post(reverse("cases:attachment", args=[file.pk]))
    assert b"".join(answer) == GOOD["pdf"]
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert (answer["X-Content-Type-Options"], answer["Content-Type"]) == ("nosniff", "application/pdf")
    assert AuditEvent.objects.get(action="attachment.taken").data == {"attachment": file.pk}
    assert client_as(collector).get(reverse("cases:attachment", args=[file.pk])).status_code == 405


def test_somebody_elses_file_and_one_that_was_moved_away_are_not_there(case, collector, client_as, settings):
    foreign = add(make_case(), collector)
    mine = add(case, collector)
    client = client_as(collector)
    assert client.post(reverse("cases:attachment", args=[foreign.pk])).status_code == 404
    Attachment.objects.filter(pk=mine.pk).update(stored_name="../../secret")
    assert client.post(reverse("cases:attachment", args=[mine.pk])).status_code == 404
    assert not AuditEvent.objects.filter(action="attachment.taken").exists()


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(case, collector, finance, client_as):
    address = reverse("cases:attach", args=[case.pk])
    client = client_as(collector)
    wrong = client.post(
        address, {"file": upload(BAD["a page"], "证明.png"), "note": "死亡证明原件", "form_token": new_token()}
    )
    page = wrong.content.decode()
    assert wrong.status_code == 409 and "不支持这个文件的内容" in page and "死亡证明原件" in page
    right = client.post(address, {"file": upload(), "note": "死亡证明原件", "form_token": new_token()})
    assert right.status_code == 302
    shown = client.get(right["Location"]).content.decode()
    assert "证明.png" in shown and "死亡证明原件" in shown
    assert client_as(finance).get(f"{address}").status_code == 403
