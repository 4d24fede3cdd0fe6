"""The list that an agency gets: the least fields, encrypted, taken with a reason, and acknowledged."""

import datetime as dt
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import msoffcrypto
import openpyxl
import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, ContactPoint
from collection_ops.core import clock
from collection_ops.core.crypto import blind_index
from collection_ops.core.models import AuditEvent, FormToken, User
from collection_ops.core.services.form_tokens import new_token
from tests.cases.builders import make_case
from tests.vendors.placement.cast import applied, make_agency, rule_for
from vendors.models import Agency, FileDownload, PlacementBatch, PlacementFile, PlacementReceipt
from vendors.placement import files
from vendors.placement.rule import PlacementRefused

pytestmark = pytest.mark.django_db

PASSWORD = "Abcdefgh23456789"
ID_NO, PHONE, FRIEND = "110101199003075333", "13812345678", "13999998888"


@pytest.fixture
def placed(vendor_manager: User, supervisor: User) -> tuple[PlacementBatch, Agency, Case]:
    agency = make_agency(name="甲公司")
    case = make_case(contract_no="HT-7", name="欧阳小明", total="1234.50", days=95, id_no=ID_NO, phones=(PHONE,))
    ContactPoint.objects.create(
        debtor=case.loan.debtor, kind="phone", value=FRIEND, value_index=blind_index("phone", FRIEND),
        masked="139****8888", relation="朋友", holder_name="李四",
    )  # fmt: skip
    ContactPoint.objects.create(
        debtor=case.loan.debtor, kind="address", value="杭州市某路 1 号", value_index="x", masked="杭州市****"
    )
    return applied(vendor_manager, supervisor, rule_for((agency, "100"))), agency, case


def make(placed: tuple[PlacementBatch, Agency, Case], actor: User) -> PlacementFile:
    return files.make_file(batch=placed[0], agency=placed[1], password=PASSWORD, actor=actor, now=timezone.now())


def opened(file: PlacementFile, settings: Any, password: str = PASSWORD) -> list[list[Any]]:
    locked = msoffcrypto.OfficeFile((Path(settings.MEDIA_ROOT) / file.stored_name).open("rb"))
    assert locked.is_encrypted()
    locked.load_key(password=password, verify_password=True)
    clear = BytesIO()
    locked.decrypt(clear)
    sheet = openpyxl.load_workbook(clear).active
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_the_file_is_encrypted_marked_and_holds_the_least(
    placed: tuple[PlacementBatch, Agency, Case], vendor_manager: User, settings: Any
) -> None:
    file = make(placed, vendor_manager)
    raw = (Path(settings.MEDIA_ROOT) / file.stored_name).read_bytes()
    assert b"HT-7" not in raw and raw[:4] == b"\xd0\xcf\x11\xe0"
    with pytest.raises(msoffcrypto.exceptions.InvalidKeyError):
        opened(file, settings, "Another-password-1")
    cells = opened(file, settings)
    text = "\n".join(str(cell) for row in cells for cell in row if cell is not None)
    assert "甲公司" in cells[0][0] and placed[0].number in cells[0][0]
    assert all(part in cells[1][0] for part in ("甲公司", placed[0].number, str(vendor_manager)))
    assert cells[3][:5] == ["HT-7", "欧**明", "信用卡", "M4", 95]
    assert cells[3][9:11] == [1234.5, "138****5678"]
    for never in (ID_NO, ID_NO[-4:], "欧阳小明", PHONE, FRIEND, "139****8888", "李四", "杭州市某路"):
        assert never not in text, never
    assert file.rows == 1


def test_a_telephone_is_shown_in_full_only_by_a_dated_profile_with_a_reason(
    placed: tuple[PlacementBatch, Agency, Case], vendor_manager: User, compliance_officer: User, settings: Any
) -> None:
    now, agency = timezone.now(), placed[1]
    today = clock.business_date(now)
    common: dict[str, Any] = {"agency": agency, "full_phone": True, "now": now}
    with pytest.raises(PlacementRefused, match="权限"):
        files.set_profile(**common, effective_from=today, reason="外呼", actor=vendor_manager)
    with pytest.raises(PlacementRefused, match="必要"):
        files.set_profile(**common, effective_from=today, reason=" ", actor=compliance_officer)
    files.set_profile(
        **common, effective_from=today + dt.timedelta(days=1), reason="机构自有外呼系统", actor=compliance_officer
    )
    assert not make(placed, vendor_manager).full_phone, "not before its day"
    files.set_profile(**common, effective_from=today, reason="机构自有外呼系统", actor=compliance_officer)
    file = make(placed, vendor_manager)
    assert (file.full_phone, file.number) == (True, 2)
    assert opened(file, settings)[3][10] == PHONE


@pytest.mark.parametrize("weak", ["short1", "onlyletterslong", "123456789012345"])
def test_a_weak_password_and_an_unapplied_batch_are_refused(
    placed: tuple[PlacementBatch, Agency, Case], vendor_manager: User, weak: str
) -> None:
    batch, agency, _case = placed
    with pytest.raises(PlacementRefused) as refused:
        files.make_file(batch=batch, agency=agency, password=weak, actor=vendor_manager, now=timezone.now())
    assert refused.value.field == "password"
    other = make_agency("ag-o")
    with pytest.raises(PlacementRefused, match="没有在委案件"):
        files.make_file(batch=batch, agency=other, password=PASSWORD, actor=vendor_manager, now=timezone.now())
    assert not PlacementFile.objects.exists()


def test_each_proposed_password_is_one_that_is_taken() -> None:
    drawn = {files.new_password() for _n in range(500)}
    assert len(drawn) == 500 and {len(one) for one in drawn} == {16}
    for one in drawn:
        files._check_password(one)


def test_the_page_shows_a_password_once_and_nobody_keeps_it(
    placed: tuple[PlacementBatch, Agency, Case], vendor_manager: User, settings: Any,
    client_as: Callable[[User], Client],
) -> None:  # fmt: skip
    client = client_as(vendor_manager)
    address = reverse("vendors:placement_file_new", args=[placed[0].pk, placed[1].pk])
    page = client.get(address)
    password = page.context["form"].initial["password"]
    assert password in page.content.decode() and "no-store" in page["Cache-Control"]
    answer = client.post(address, {"form_token": new_token(), "password": password}, follow=True)
    assert answer.status_code == 200 and password not in answer.content.decode()
    file = PlacementFile.objects.get()
    assert opened(file, settings, password)[3][0] == "HT-7"
    trail = "\n".join(str(row) for row in AuditEvent.objects.values_list("data", "reason"))
    assert password not in trail and password not in str(list(FormToken.objects.values()))
    assert client.get(address).context["form"].initial["password"] != password


def test_a_download_asks_why_is_written_down_and_is_for_that_person_for_some_minutes(
    placed: tuple[PlacementBatch, Agency, Case], vendor_manager: User, client_as: Callable[[User], Client]
) -> None:
    file = make(placed, vendor_manager)
    client = client_as(vendor_manager)
    take = reverse("vendors:placement_file_take", args=[file.pk])
    nothing = client.post(take, {"form_token": new_token(), "reason": " "})
    assert nothing.status_code == 400 and "下载用途" in nothing.content.decode()
    assert not FileDownload.objects.exists()
    answer = client.post(take, {"form_token": new_token(), "reason": "发送机构"}, follow=True)
    body = b"".join(answer.streaming_content)
    assert body[:4] == b"\xd0\xcf\x11\xe0" and "ag-a-1.xlsx" in answer["Content-Disposition"]
    event = AuditEvent.objects.get(action="placement.file_taken")
    assert (event.reason, event.actor_id) == ("发送机构", vendor_manager.pk)
    taken = FileDownload.objects.get()
    other = User.objects.exclude(pk=vendor_manager.pk).first()
    assert other is not None
    now = timezone.now()
    assert files.find_download(download_id=taken.pk, actor=vendor_manager, now=now) is not None
    assert files.find_download(download_id=taken.pk, actor=other, now=now) is None
    late = taken.taken_at + files.HANDED_OUT
    assert files.find_download(download_id=taken.pk, actor=vendor_manager, now=late) is None


def test_a_receipt_counts_what_the_file_holds_and_is_never_changed(
    placed: tuple[PlacementBatch, Agency, Case], vendor_manager: User
) -> None:
    file, now = make(placed, vendor_manager), timezone.now()
    today = clock.business_date(now)
    given: dict[str, Any] = {"file": file, "received_by": "钱经理", "actor": vendor_manager, "now": now}
    for changed, field in (
        ({"count": 2, "received_on": today}, "count"),
        ({"count": 1, "received_on": today + dt.timedelta(days=1)}, "received_on"),
        ({"count": 1, "received_on": today - dt.timedelta(days=9)}, "received_on"),
        ({"count": 1, "received_on": today, "received_by": " "}, "received_by"),
    ):
        with pytest.raises(PlacementRefused) as refused:
            files.receive(**{**given, **changed})
        assert refused.value.field == field
    with pytest.raises(DatabaseError), transaction.atomic():  # the database counts, too
        PlacementReceipt.objects.create(
            file=file, received_on=today, received_by="钱", count=2, recorded_by=vendor_manager, recorded_at=now
        )
    files.receive(**given, count=1, received_on=today)
    with pytest.raises(PlacementRefused, match="已登记签收"):
        files.receive(**given, count=1, received_on=today)
    for act in (
        lambda: PlacementReceipt.objects.update(received_by="别人"),
        lambda: PlacementFile.objects.update(rows=9),
        lambda: PlacementReceipt.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert PlacementReceipt.objects.get().received_by == "钱经理"
