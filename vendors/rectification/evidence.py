"""Evidence that an agency sends: judged by content, kept privately, given out with a row on the trail."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from cases.services.attachments import CONTENT_TYPES, kind_of
from collection_ops.core import private_files
from collection_ops.core.models import User
from collection_ops.core.private_files import FileTooLarge, NoRoom, StoredFile, kept_with_its_row, shown_name
from collection_ops.core.services import audit
from vendors.models import Rectification, RectificationFile
from vendors.rectification.refusals import RectificationRefused

FOLDER = "rectifications"
MOST_FILES = 20


def keep_evidence(
    *, row: Rectification, file: BinaryIO, file_name: str, actor: User | None, now: datetime, sent_by: str = ""
) -> RectificationFile:
    """Call it last in a transaction: a later failure cannot take the file back. Raises RectificationRefused: a kind that we
    do not take, too large, too many, or nothing is waited for any more."""
    with transaction.atomic():
        locked = Rectification.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if not locked.is_unsettled:
            raise RectificationRefused(_("整改已结束，不能再补充证据"), "file")
        if locked.files.count() >= MOST_FILES:
            raise RectificationRefused(_("一项整改最多 %(most)s 个证据文件") % {"most": MOST_FILES}, "file")
        stored = _stored(file)
        with kept_with_its_row(stored):
            kept = RectificationFile.objects.create(
                rectification=locked,
                stored_name=stored.name,
                file_name=shown_name(file_name)[:128],
                size=stored.size,
                sha256=stored.sha256,
                added_by=actor,
                sent_by=sent_by,
                at=now,
            )
            data = {"file": kept.pk, "size": stored.size, "sha256": stored.sha256}
            audit.record(action="rectification.file", actor=actor, obj=locked, data=data)
    return kept


def keep_all(
    *, row: Rectification, files: Sequence[tuple[BinaryIO, str]], actor: User | None, now: datetime, sent_by: str = ""
) -> list[RectificationFile]:
    """Files with their names, all or none: where one is refused those before it go as well. Raises RectificationRefused."""
    made: list[RectificationFile] = []
    try:
        for file, name in files:
            made.append(keep_evidence(row=row, file=file, file_name=name, actor=actor, now=now, sent_by=sent_by))
    except BaseException:
        for one in made:
            private_files.remove(StoredFile(one.stored_name, one.size, one.sha256))
        raise
    return made


def _stored(file: BinaryIO) -> StoredFile:
    """The kinds and the size that files of cases may have."""
    if kind_of(file) is None:
        raise RectificationRefused(
            _("不支持这个文件的内容；可以上传图片（PNG、JPEG）、PDF、不含宏的 Excel 或 Word"), "file"
        )
    try:
        return private_files.write(file, folder=FOLDER, most_bytes=settings.ATTACHMENT_MAX_MB * (1 << 20))
    except FileTooLarge as error:
        raise RectificationRefused(
            _("文件超过 %(megabytes)s MB，没有保存；请压缩或分开上传") % {"megabytes": settings.ATTACHMENT_MAX_MB},
            "file",
        ) from error
    except NoRoom as error:
        raise RectificationRefused(
            _("服务器的存储空间不足，文件没有保存。请联系系统管理员腾出空间，再上传一次"), "file"
        ) from error


def taken_file(*, kept: RectificationFile, actor: User) -> tuple[Path, str, str] | None:
    """Where the file lies, the name to give it and its type by content, for somebody who takes it now, which is recorded.
    None: there is none."""
    path = private_files.path_of(kept.stored_name, folder=FOLDER)
    if not path.is_file():
        return None
    with path.open("rb") as file:
        kind = kind_of(file)
    if kind is None:
        return None
    with transaction.atomic():
        audit.record(action="rectification.file_taken", actor=actor, obj=kept.rectification, data={"file": kept.pk})
    name = kept.file_name or "file"
    return path, name if name.lower().endswith(f".{kind}") else f"{name}.{kind}", CONTENT_TYPES[kind]
