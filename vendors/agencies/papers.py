"""Documents of an agency: recorded with their dates, perhaps with the file, and given out with a row on the trail."""

from collections.abc import Mapping
from datetime import date, datetime
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
from vendors.agencies.refusals import AgencyRefused
from vendors.agencies.register import locked
from vendors.models import Agency, AgencyDocument, DocumentKind
from vendors.models.agency import DATA_AGREEMENT_FIELDS

FOLDER = "agencies"
MOST_SAID = 500
NOTHING = StoredFile("", 0, "")


def record_document(
    *,
    agency: Agency,
    kind: str,
    signed_on: date,
    actor: User,
    now: datetime,
    day: date,
    number: str = "",
    valid_until: date | None = None,
    says: Mapping[str, str] | None = None,
    note: str = "",
    file: BinaryIO | None = None,
    file_name: str = "",
) -> AgencyDocument:
    """The newest of a kind counts; none is edited. Call it last in a transaction: a later failure cannot take the file back.
    Raises AgencyRefused."""
    if kind == DocumentKind.DELETION:
        raise AgencyRefused(_("数据删除证明请在“退出”中登记"), "kind")
    return keep_document(
        agency=agency, kind=kind, signed_on=signed_on, actor=actor, now=now, day=day, number=number,
        valid_until=valid_until, says=says, note=note, file=file, file_name=file_name,
    )  # fmt: skip


def keep_document(
    *,
    agency: Agency,
    kind: str,
    signed_on: date,
    actor: User,
    now: datetime,
    day: date,
    number: str = "",
    valid_until: date | None = None,
    says: Mapping[str, str] | None = None,
    note: str = "",
    file: BinaryIO | None = None,
    file_name: str = "",
    leaving_too: bool = False,
) -> AgencyDocument:
    """`record_document` of whatever kind; `leaving_too` as for `locked`."""
    if signed_on > day:
        raise AgencyRefused(_("签署或出具日期不能晚于今天"), "signed_on")
    if valid_until is not None and valid_until < signed_on:
        raise AgencyRefused(_("有效期至不能早于签署或出具日期"), "valid_until")
    if kind == DocumentKind.LICENCE and not number.strip():
        raise AgencyRefused(_("请填写营业执照的编号"), "number")
    agreed: dict[str, str] = {}
    if kind == DocumentKind.DATA_AGREEMENT:
        given = says or {}
        agreed = {name: str(given.get(name, "")).strip()[:MOST_SAID] for name in DATA_AGREEMENT_FIELDS}
    stored = NOTHING if file is None else _stored(file)
    with kept_with_its_row(stored), transaction.atomic():
        row = AgencyDocument.objects.create(
            agency=locked(agency, leaving_too=leaving_too),
            kind=kind,
            number=number.strip()[:64],
            signed_on=signed_on,
            valid_until=valid_until,
            says=agreed,
            stored_name=stored.name,
            file_name=shown_name(file_name)[:128] if file is not None else "",
            note=note.strip()[:200],
            recorded_by=actor,
            recorded_at=now,
        )
        data = {
            "document": row.pk,
            "kind": kind,
            "signed_on": signed_on.isoformat(),
            "valid_until": valid_until.isoformat() if valid_until else None,
            "says": [name for name, text in agreed.items() if text],
            "size": stored.size,
            "sha256": stored.sha256,
        }
        audit.record(action="agency.document", actor=actor, obj=agency, data=data)
    return row


def _stored(file: BinaryIO) -> StoredFile:
    """The kinds and the size that files of cases may have."""
    if kind_of(file) is None:
        raise AgencyRefused(_("不支持这个文件的内容；可以上传图片（PNG、JPEG）、PDF、不含宏的 Excel 或 Word"), "file")
    try:
        return private_files.write(file, folder=FOLDER, most_bytes=settings.ATTACHMENT_MAX_MB * (1 << 20))
    except FileTooLarge as error:
        raise AgencyRefused(
            _("文件超过 %(megabytes)s MB，没有保存；请压缩或分开上传") % {"megabytes": settings.ATTACHMENT_MAX_MB},
            "file",
        ) from error
    except NoRoom as error:
        raise AgencyRefused(
            _("服务器的存储空间不足，文件没有保存。请联系系统管理员腾出空间，再上传一次"), "file"
        ) from error


def taken_file(*, document: AgencyDocument, actor: User) -> tuple[Path, str, str] | None:
    """Where the file lies, the name to give it and its type by content, for somebody who takes it now, which is recorded.
    None: there is none."""
    if not document.stored_name:
        return None
    path = private_files.path_of(document.stored_name, folder=FOLDER)
    if not path.is_file():
        return None
    with path.open("rb") as file:
        kind = kind_of(file)
    if kind is None:
        return None
    with transaction.atomic():
        audit.record(action="agency.document_taken", actor=actor, obj=document.agency, data={"document": document.pk})
    name = document.file_name or "file"
    return path, name if name.lower().endswith(f".{kind}") else f"{name}.{kind}", CONTENT_TYPES[kind]
