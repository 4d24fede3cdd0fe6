"""Files of a case: judged by their content, kept privately, and given out with a row on the trail."""

import zipfile
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Attachment, Case, FileKind
from collection_ops.core import private_files
from collection_ops.core.models import User
from collection_ops.core.private_files import FileTooLarge, NoRoom, kept_with_its_row, shown_name
from collection_ops.core.services import audit

FOLDER = "attachments"
CONTENT_TYPES: dict[str, str] = {
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
    FileKind.PDF: "application/pdf",
    FileKind.MP3: "audio/mpeg",
    FileKind.WAV: "audio/wav",
    FileKind.M4A: "audio/mp4",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
OTHER_ENDINGS: dict[str, tuple[str, ...]] = {FileKind.JPEG: (".jpeg",), FileKind.M4A: (".mp4", ".aac")}
_PARTS = {"xl/workbook.xml": FileKind.XLSX, "word/document.xml": FileKind.DOCX}
_MOST_PARTS = 5_000
_M4A_BRANDS = (b"M4A ", b"M4B ", b"mp42", b"isom", b"mp41", b"iso2", b"3gp4", b"3gp5")


class AttachmentRefused(Exception):
    """The file is not kept; the sentence says why. Nothing was written."""


def kind_of(file: BinaryIO) -> FileKind | None:
    """What the file is by its content; the name is not asked. None for whatever we do not take: programs, web pages,
    archives, workbooks with macros."""
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG
    if head.startswith(b"%PDF-"):
        return FileKind.PDF
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return FileKind.WAV
    # A tag, or at once a frame: eleven bits of ones, layer III, and neither bit rate nor frequency out of the table.
    if head.startswith(b"ID3") or (
        head[:1] == b"\xff" and len(head) > 2 and head[1] & 0xE6 == 0xE2 and _is_frame(head)
    ):
        return FileKind.MP3
    if head[4:8] == b"ftyp" and head[8:12] in _M4A_BRANDS:
        return FileKind.M4A
    return _office(file) if head.startswith(b"PK\x03\x04") else None


def _is_frame(head: bytes) -> bool:
    return head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3


def _office(file: BinaryIO) -> FileKind | None:
    """A workbook or a document without macros, told by the parts that its container lists; nothing is unpacked."""
    try:
        with zipfile.ZipFile(file) as box:
            names = {name.casefold() for name in box.namelist()[: _MOST_PARTS + 1]}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, OSError, NotImplementedError):
        return None
    finally:
        file.seek(0)
    if len(names) > _MOST_PARTS or "[content_types].xml" not in names or any("vbaproject" in name for name in names):
        return None
    found = [kind for part, kind in _PARTS.items() if part in names]
    return found[0] if len(found) == 1 else None


def attach(
    *,
    case: Case,
    file: BinaryIO,
    file_name: str,
    actor: User,
    now: datetime,
    subject: str = "",
    subject_id: int | None = None,
    note: str = "",
) -> Attachment:
    """Keep `file` with the case. `subject` and `subject_id` say what it is about (Attachment.Subject), or nothing.

    Raises AttachmentRefused: empty, a kind we do not take, larger than settings.ATTACHMENT_MAX_MB, no room on the disk. When
    the row cannot be written the file goes too. Call it last in a transaction: a later failure cannot take the file back.
    """
    if subject not in ("", *Attachment.Subject.values) or (subject_id is not None and not subject):
        raise ValueError(f"{subject!r} is no subject of an attachment")
    kind = kind_of(file)
    if kind is None:
        raise AttachmentRefused(
            _("不支持这个文件的内容；可以上传图片（PNG、JPEG）、PDF、录音（MP3、WAV、M4A）、不含宏的 Excel 或 Word")
        )
    try:
        stored = private_files.write(file, folder=FOLDER, most_bytes=settings.ATTACHMENT_MAX_MB * (1 << 20))
    except FileTooLarge as error:
        raise AttachmentRefused(
            _("文件超过 %(megabytes)s MB，没有保存；请压缩或分开上传") % {"megabytes": settings.ATTACHMENT_MAX_MB}
        ) from error
    except NoRoom as error:
        raise AttachmentRefused(
            _("服务器的存储空间不足，文件没有保存。请联系系统管理员腾出空间，再上传一次")
        ) from error
    with kept_with_its_row(stored), transaction.atomic():
        attachment = Attachment.objects.create(
            case=case,
            subject=subject,
            subject_id=subject_id,
            file_name=shown_name(file_name),
            stored_name=stored.name,
            kind=kind,
            size=stored.size,
            sha256=stored.sha256,
            note=note.strip()[:200],
            added_by=actor,
            added_at=now,
        )
        audit.record(
            action="attachment.added",
            actor=actor,
            obj=case,
            data={"attachment": attachment.pk, "kind": str(kind), "size": stored.size, "sha256": stored.sha256},
        )
    return attachment


def taken_file(*, attachment: Attachment, actor: User) -> tuple[Path, str] | None:
    """Where the file lies and the name to give it, for somebody who takes it now, which is recorded; None: it is gone."""
    path = private_files.path_of(attachment.stored_name, folder=FOLDER)
    if not path.is_file():
        return None
    with transaction.atomic():
        audit.record(action="attachment.taken", actor=actor, obj=attachment.case, data={"attachment": attachment.pk})
    return path, offered_name(attachment)


def offered_name(attachment: Attachment) -> str:
    """Its own name, with the ending of what it is: a picture that was called «x.exe» leaves as «x.exe.png»."""
    endings = (f".{attachment.kind}", *OTHER_ENDINGS.get(attachment.kind, ()))
    name = attachment.file_name
    return name if name.lower().endswith(endings) else f"{name}.{attachment.kind}"
