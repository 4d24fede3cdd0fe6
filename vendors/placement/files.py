"""The list that an agency gets: the least fields, encrypted, marked with who took it; its downloads and its receipt.

The workbook itself is encrypted (ECMA-376 agile, AES-256), so that whoever gets it opens it in Excel with the password and
nothing needs unpacking; `msoffcrypto` is there already for files that come in. No password is kept: the page proposes one,
it is written down by the person, and a lost one is answered by another file.
"""

import re
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from msoffcrypto.format.ooxml import OOXMLFile

from cases.models import ContactPoint
from cases.stage import Stage
from collection_ops.core import clock, private_files
from collection_ops.core.access import has
from collection_ops.core.masking import mask_name, mask_phone
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.tables import Column, open_table
from vendors.models import (
    Agency,
    BatchState,
    FieldProfile,
    FileDownload,
    Placement,
    PlacementBatch,
    PlacementFile,
    PlacementReceipt,
)
from vendors.placement.rule import PlacementRefused

MAKE = "placements.make"
FOLDER = "placements"
MOST_BYTES = 100 * 1024 * 1024
HANDED_OUT = timedelta(minutes=10)
"""How long after saying why the file can be fetched, by whoever said it."""
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
"""Without the letters that are mistaken for each other on the telephone."""
PASSWORD_LENGTH = 16


def new_password() -> str:
    """16 characters, some 91 bits; one that `make_file` takes, so drawn again where it has no digit or no letter."""
    while True:
        drawn = "".join(secrets.choice(ALPHABET) for _n in range(PASSWORD_LENGTH))
        if _is_strong(drawn):
            return drawn


def set_profile(
    *, agency: Agency, full_phone: bool, effective_from: date, reason: str, actor: User, now: datetime
) -> FieldProfile:
    """Whether the agency's files show telephones in full from a day on. Raises PlacementRefused: no right, or no reason."""
    if not has(actor, "agencies.judge"):
        raise PlacementRefused(_("您没有这项权限"))
    if not reason.strip():
        raise PlacementRefused(_("请写明为何必要（最少必要原则）"), "reason")
    with transaction.atomic():
        row = FieldProfile.objects.create(
            agency=agency,
            full_phone=full_phone,
            effective_from=effective_from,
            reason=reason.strip()[:200],
            set_by=actor,
            set_at=now,
        )
        data = {"full_phone": full_phone, "effective_from": effective_from.isoformat()}
        audit.record(action="placement.fields_set", actor=actor, obj=agency, data=data, reason=reason)
    return row


def shows_full_phone(agency_id: int, day: date) -> bool:
    """Masked unless the newest profile that has begun says otherwise. One query."""
    newest = FieldProfile.objects.filter(agency=agency_id, effective_from__lte=day).order_by("-effective_from", "-pk")
    return bool(newest.values_list("full_phone", flat=True).first())


def check(*, batch: PlacementBatch, agency: Agency, password: str, actor: User) -> None:
    """What is seen at once of whether a file can be made. Raises PlacementRefused as `make_file`."""
    _check(batch, password, actor)
    if not with_agency(batch, agency).exists():
        raise _nothing_with(agency)


def _check(batch: PlacementBatch, password: str, actor: User) -> None:
    _require(actor)
    _check_password(password)
    if batch.state != BatchState.APPLIED:
        raise PlacementRefused(_("批次委出后才能生成文件"))


def _nothing_with(agency: Agency) -> PlacementRefused:
    return PlacementRefused(_("这一批次在“%(agency)s”已没有在委案件") % {"agency": agency.name})


def with_agency(batch: PlacementBatch, agency: Agency) -> QuerySet[Placement]:
    """What the agency has of a batch now."""
    return Placement.objects.filter(batch=batch, agency=agency, recalled_on__isnull=True)


def make_file(*, batch: PlacementBatch, agency: Agency, password: str, actor: User, now: datetime) -> PlacementFile:
    """Write the agency's list of a batch. Raises PlacementRefused: not applied, nothing of it with the agency, or a password
    that is too weak."""
    _check(batch, password, actor)
    day = clock.business_date(now)
    placed = with_agency(batch, agency).order_by("loan__contract_no", "pk")
    placements = list(placed.values_list(*_CELLS, named=True))
    if not placements:
        raise _nothing_with(agency)
    full_phone = shows_full_phone(agency.pk, day)
    content = _encrypted(batch, agency, placements, full_phone, password, actor, now)
    stored = private_files.write(content, folder=FOLDER, most_bytes=MOST_BYTES)
    with private_files.kept_with_its_row(stored), transaction.atomic():
        PlacementBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)  # two at once get numbers of their own
        number = PlacementFile.objects.filter(batch=batch, agency=agency).count() + 1
        file = PlacementFile.objects.create(
            batch=batch,
            agency=agency,
            number=number,
            stored_name=stored.name,
            sha256=stored.sha256,
            rows=len(placements),
            full_phone=full_phone,
            made_by=actor,
            made_at=now,
        )
        data = {"batch": batch.number, "agency": agency.pk, "rows": len(placements), "full_phone": full_phone}
        audit.record(action="placement.file_made", actor=actor, obj=file, data={**data, "sha256": stored.sha256})
    return file


def columns() -> list[Column]:
    """All that an agency gets: no identity number, no address, no contact persons."""
    return [
        Column(_("合同编号")),
        Column(_("姓名")),
        Column(_("产品")),
        Column(_("逾期阶段")),
        Column(_("逾期天数"), "integer"),
        Column(_("逾期本金"), "money"),
        Column(_("逾期利息"), "money"),
        Column(_("违约金"), "money"),
        Column(_("费用"), "money"),
        Column(_("逾期总额"), "money"),
        Column(_("本人电话")),
    ]


_CELLS = (
    "loan__contract_no", "loan__debtor_id", "loan__debtor__name", "loan__product", "case__stage", "case__days_past_due",
    "case__principal", "case__interest", "case__penalty", "case__fees", "case__total",
)  # fmt: skip
"""Of a placement: values, since four model objects a row were half of the memory that a large list took."""


def rows(placements: Sequence[Any], *, full_phone: bool) -> Iterator[list[Any]]:
    """Cells in the order of `columns`. `placements`: rows of `_CELLS`. One query for all telephones."""
    debtors = {one.loan__debtor_id for one in placements}
    phones: dict[int, list[str]] = {}
    points = ContactPoint.objects.filter(debtor__in=debtors, kind=ContactPoint.Kind.PHONE, relation="")
    points = points.exclude(status__in=(ContactPoint.Status.DEAD, ContactPoint.Status.REFUSED)).order_by("pk")
    for debtor, value in points.values_list("debtor_id", "value" if full_phone else "masked"):
        phones.setdefault(debtor, []).append(value if full_phone else _masked(value))
    stages = {stage: str(stage.label) for stage in Stage}
    for one in placements:
        yield [
            one.loan__contract_no,
            mask_name(one.loan__debtor__name),
            one.loan__product,
            stages[one.case__stage],
            one.case__days_past_due,
            one.case__principal,
            one.case__interest,
            one.case__penalty,
            one.case__fees,
            one.case__total,
            "、".join(phones.get(one.loan__debtor_id, ())),
        ]


def _masked(text: str) -> str:
    """The kept mask; masked once more if somebody put a number into it."""
    return text if "*" in text else mask_phone(text)


def _encrypted(
    batch: PlacementBatch,
    agency: Agency,
    placements: Sequence[Any],
    full_phone: bool,
    password: str,
    actor: User,
    now: datetime,
) -> BytesIO:
    """The clear workbook is in a private folder that goes, never in the folder of files."""
    with tempfile.TemporaryDirectory(prefix="placement-") as folder:
        path = Path(folder) / "list.xlsx"
        with open_table(
            path,
            file_format="xlsx",
            title=_("%(agency)s 委案清单 %(batch)s") % {"agency": agency.name, "batch": batch.number},
            columns=columns(),
            exported_by=str(actor),
            exported_at=now,
            watermark=_("%(agency)s · %(batch)s · 仅供受托催收使用，不得外传")
            % {"agency": agency.name, "batch": batch.number},
        ) as table:
            for cells in rows(placements, full_phone=full_phone):
                table.write_row(cells)
        locked = BytesIO()
        with path.open("rb") as clear:
            OOXMLFile(clear).encrypt(password, locked)
    locked.seek(0)
    return locked


def _is_strong(password: str) -> bool:
    return 12 <= len(password) <= 64 and bool(re.search(r"[A-Za-z]", password) and re.search(r"[0-9]", password))


def _check_password(password: str) -> None:
    if not _is_strong(password):
        raise PlacementRefused(_("密码须为 12 至 64 位，含字母和数字"), "password")


def _require(actor: User) -> None:
    if not has(actor, MAKE):
        raise PlacementRefused(_("您没有这项权限"))


def ask_download(*, file: PlacementFile, reason: str, actor: User, now: datetime) -> FileDownload:
    """Say why a file is taken; it can be fetched for HANDED_OUT. Raises PlacementRefused: no right, or no reason."""
    _require(actor)
    if len(reason.strip()) < 2:
        raise PlacementRefused(_("请填写下载用途"), "reason")
    with transaction.atomic():
        row = FileDownload.objects.create(file=file, reason=reason.strip()[:200], taken_by=actor, taken_at=now)
        data = {"batch": file.batch_id, "agency": file.agency_id, "rows": file.rows}
        audit.record(action="placement.file_taken", actor=actor, obj=file, data=data, reason=reason)
    return row


@dataclass(frozen=True)
class HandedOut:
    """The encrypted file on disk, and the name it is given to the person."""

    path: Path
    name: str


def find_download(*, download_id: int, actor: User, now: datetime) -> HandedOut | None:
    """The file of one's own download while it is handed out; None: it does not exist for this person."""
    found = FileDownload.objects.select_related("file__batch", "file__agency__desk").filter(
        pk=min(download_id, 2**63 - 1), taken_by=actor, taken_at__gt=now - HANDED_OUT
    )
    one = found.first()
    if one is None:
        return None
    path = private_files.path_of(one.file.stored_name, folder=FOLDER)
    if not path.is_file() or path.parent != Path(settings.MEDIA_ROOT) / FOLDER:
        return None
    return HandedOut(path, f"{one.file.batch.number}-{one.file.agency.desk.code}-{one.file.number}.xlsx")


def receive(
    *, file: PlacementFile, received_on: date, received_by: str, count: int, actor: User, now: datetime
) -> PlacementReceipt:
    """The agency says that it has the file. Raises PlacementRefused: told already, another count, a day before the file or
    after today, or nobody."""
    _require(actor)
    made_on, today = clock.business_date(file.made_at), clock.business_date(now)
    if not received_by.strip():
        raise PlacementRefused(_("请填写机构签收人"), "received_by")
    if not made_on <= received_on <= today:
        said = {"made": made_on.isoformat()}
        raise PlacementRefused(_("签收日期须在文件生成日 %(made)s 与今天之间") % said, "received_on")
    if count != file.rows:
        said_counts = {"count": count, "rows": file.rows}
        raise PlacementRefused(
            _("签收件数 %(count)s 与文件 %(rows)s 件不符，请与机构核对后再登记") % said_counts, "count"
        )
    with transaction.atomic():
        PlacementFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
        if PlacementReceipt.objects.filter(file=file).exists():
            raise PlacementRefused(_("这份文件已登记签收"))
        receipt = PlacementReceipt.objects.create(
            file=file,
            received_on=received_on,
            received_by=received_by.strip()[:32],
            count=count,
            recorded_by=actor,
            recorded_at=now,
        )
        data = {"batch": file.batch_id, "agency": file.agency_id, "count": count, "day": received_on.isoformat()}
        audit.record(action="placement.received", actor=actor, obj=file, data=data)
    return receipt
