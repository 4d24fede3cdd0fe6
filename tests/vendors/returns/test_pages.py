"""Uploading a file, going through its rows, and what agencies claim, in the browser."""

import datetime as dt
import html
import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, Job
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import new_token
from tests.budgets.test_book_queries import own_queries
from tests.vendors.returns.house import House, applied, as_csv, noon, sent
from tests.vendors.settlement.house import a_case, give, pay
from vendors.models import PaymentClaim, ReturnedFile

pytestmark = pytest.mark.django_db
LINES = [("HT-1", "P-1", "2026-03-01", "200.00", "机构"), ("HT-2", "P-2", "2026-03-01", "300.00", "本公司")]


@pytest.fixture(autouse=True)
def _march(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", noon)
    monkeypatch.setattr(clock, "database_now", noon)


def page(client: Client, user, name: str, *args: int, language: str = "zh-hans", **query: str) -> str:
    client.force_login(user)
    client.cookies["language"] = language
    response = client.get(reverse(f"vendors:{name}", args=args), query)
    assert response.status_code == 200, response.content
    return response.content.decode()


def send(client: Client, user, name: str, *args: int, **typed: Any):
    client.force_login(user)
    return client.post(reverse(f"vendors:{name}", args=args), {"form_token": new_token(), **typed})


def form_of(house: House, *lines: tuple[str, ...], **changes: Any) -> dict[str, Any]:
    file = SimpleUploadedFile("回款 三月.csv", as_csv("payments", *lines).getvalue())
    day = "2026-03-02"
    given = {"agency": house.jia.pk, "kind": "payments", "first_day": day, "last_day": day, "file": file}
    return {**given, **changes}


def test_a_file_goes_from_upload_to_the_book(client, vendor_manager, house: House):
    assert "还没有回传文件" in page(client, vendor_manager, "returned_list")
    answer = send(client, vendor_manager, "returned_upload", **form_of(house, *LINES))
    file = ReturnedFile.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("vendors:returned", args=[file.pk]))
    assert reverse("core:job", args=[file.job_id]) in page(client, vendor_manager, "returned", file.pk)
    jobs.run(file.job_id)
    shown = page(client, vendor_manager, "returned", file.pk)
    assert "该机构在 2026-03-01 没有合同 HT-2" in shown and "入库 1 行" in shown and "回款 三月.csv" in shown
    assert shown.count("该机构在 2026-03-01 没有合同 HT-2") == 2, "once with its reason, once in its row"
    assert "合计(元) 200.00" in shown and "合计(元) 300.00" in shown
    assert "P-2" not in page(client, vendor_manager, "returned", file.pk, verdict="fine")
    assert "没有这种结果的行" in page(client, vendor_manager, "returned", file.pk, verdict="known")
    assert send(client, vendor_manager, "returned_apply", file.pk).status_code == 302
    jobs.run(Job.objects.get(kind="vendors.returned_apply").pk)
    assert PaymentClaim.objects.get().reference == "P-1"
    late = send(client, vendor_manager, "returned_apply", file.pk)
    assert late.status_code == 409 and "文件现在是“已入库”" in late.content.decode()
    listed = page(client, vendor_manager, "returned_list", kind="payments", state="applied")
    assert file.number in listed
    assert "没有符合条件的文件" in page(client, vendor_manager, "returned_list", state="refused")


def test_a_form_sent_twice_uploads_once_and_a_wrong_one_says_what_is_wrong(client, vendor_manager, house: House):
    token = new_token()
    answers = [
        send(client, vendor_manager, "returned_upload", **form_of(house, *LINES), form_token=token) for _n in "12"
    ]
    assert [answer.status_code for answer in answers] == [302, 302] and ReturnedFile.objects.count() == 1
    again = send(client, vendor_manager, "returned_upload", **form_of(house, *LINES))
    assert again.status_code == 409 and "不重复读取" in again.content.decode()
    for changes, said in (
        ({"agency": ""}, "请选择机构"), ({"kind": "x"}, "x"), ({"first_day": "昨天"}, "请填写日期，例如"),
        ({"file": SimpleUploadedFile("a.exe", b"x")}, "不支持这种文件格式"),
        ({"file": SimpleUploadedFile("a.csv", b"")}, "文件是空的"),
    ):  # fmt: skip
        wrong = send(client, vendor_manager, "returned_upload", **form_of(house, *LINES, **changes))
        assert wrong.status_code == 400 and said in wrong.content.decode()
    tomorrow = send(client, vendor_manager, "returned_upload", **form_of(house, LINES[0], last_day="2026-03-03"))
    assert tomorrow.status_code == 409 and "不能晚于今天" in tomorrow.content.decode()
    assert ReturnedFile.objects.count() == 1


def test_a_refused_file_says_why_and_offers_nothing(client, vendor_manager, finance, house: House):
    file = sent(house.jia, "contacts", actor=vendor_manager, content=b"", name="空.xlsx")
    shown = page(client, vendor_manager, "returned", file.pk)
    assert "文件是空的（0 字节）" in shown and reverse("vendors:returned_apply", args=[file.pk]) not in shown
    read = sent(house.jia, "payments", *LINES, actor=vendor_manager)
    # Finance reads, and is offered no act.
    assert reverse("vendors:returned_apply", args=[read.pk]) not in page(client, finance, "returned", read.pk)
    assert send(client, finance, "returned_apply", read.pk).status_code == 403
    assert send(client, vendor_manager, "returned_discard", read.pk).status_code == 302
    assert "已放弃，内容已清除" in page(client, vendor_manager, "returned", read.pk)


def test_a_job_that_failed_leaves_the_file_to_be_tried_again(client, vendor_manager, house: House, monkeypatch):
    file = sent(house.jia, "payments", *LINES, actor=vendor_manager)
    send(client, vendor_manager, "returned_apply", file.pk)
    with monkeypatch.context() as broken:
        broken.setattr("vendors.returns.files._close", lambda *args: 1 / 0)
        jobs.run(Job.objects.get(kind="vendors.returned_apply").pk)
    assert not PaymentClaim.objects.exists()
    assert "后台任务没有完成，没有写入任何内容" in page(client, vendor_manager, "returned", file.pk)
    assert send(client, vendor_manager, "returned_apply", file.pk).status_code == 302
    jobs.run(Job.objects.filter(kind="vendors.returned_apply").latest("pk").pk)
    assert PaymentClaim.objects.count() == 1


def test_rows_that_stay_out_are_a_workbook_for_the_agency(client, vendor_manager, house: House):
    file = sent(house.jia, "payments", *LINES, actor=vendor_manager)
    client.force_login(vendor_manager)
    content = client.get(reverse("vendors:returned_rows_file", args=[file.pk])).content
    rows = [row for row in load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True) if row[2] == "HT-2"]
    assert [(row[1], row[3], row[6]) for row in rows] == [(3, "P-2", "不入库")]
    assert "没有合同 HT-2" in rows[0][7]
    assert AuditEvent.objects.get(action="returned.exported").data == {"rows": 1}


def test_many_rows_are_gone_through_in_the_order_of_the_file_and_back(client, vendor_manager, house: House):
    lines = [("HT-9", f"P-{n:03d}", "2026-03-01", "1.00", "机构") for n in range(120)]
    file = sent(house.jia, "payments", *lines, actor=vendor_manager)
    client.force_login(vendor_manager)
    address, seen = reverse("vendors:returned", args=[file.pk]) + "?verdict=refused", []
    while address:
        text = client.get(address).content.decode()
        seen.append(re.findall(r"P-\d{3}", text))
        found = re.search(r'rel="next"\s+href="([^"]+)"', text)
        address = reverse("vendors:returned", args=[file.pk]) + html.unescape(found[1]) if found else ""
    assert [len(page) for page in seen] == [50, 50, 20]
    assert [reference for page in seen for reference in page] == [line[1] for line in lines]
    back = re.search(r'rel="prev"\s+href="([^"]+)"', text)
    text = client.get(reverse("vendors:returned", args=[file.pk]) + html.unescape(back[1])).content.decode()
    assert re.findall(r"P-\d{3}", text) == seen[1]


def test_what_is_claimed_stands_beside_what_came(client, finance, vendor_manager, house: House):
    assert "这个月没有申报" in page(client, finance, "claims", month="2026-03")
    lines = [LINES[0], ("HT-1", "P-3", "2026-02-22", "400.00", "机构"), ("HT-1", "P-4", "2026-03-01", "55.00", "资方")]
    applied(sent(house.jia, "payments", *lines, actor=vendor_manager), actor=vendor_manager)
    pay(house.kept, dt.date(2026, 3, 1), "55.00", told=noon())
    pay(house.kept, dt.date(2026, 3, 2), "66.00", told=noon())
    from vendors.returns.claims import match_claims

    match_claims(now=noon())
    listed = page(client, finance, "claims", month="2026-03")
    assert "400.00" in listed
    assert reverse("vendors:agency_claims", args=[house.jia.pk]) in listed
    assert reverse("vendors:agency_claims", args=[house.yi.pk]) not in listed
    shown = page(client, finance, "agency_claims", house.jia.pk, month="2026-03")
    assert "机构代收 1 笔、400.00 元超过 3 天仍未解付，最早一笔还款日 2026-02-22" in shown
    only = {
        show: page(client, finance, "agency_claims", house.jia.pk, month="2026-03", show=show)
        for show in ("late", "matched", "not_found", "unclaimed")
    }
    found = {
        show: {ref for ref in ("P-1", "P-3", "P-4", "66.00") if f">{ref}<" in text.split('id="rows-title"')[1]}
        for show, text in only.items()
    }
    assert found == {"late": {"P-3"}, "matched": {"P-4"}, "not_found": {"P-1"}, "unclaimed": {"66.00"}}
    assert "没有这样的款项" in page(client, finance, "agency_claims", house.jia.pk, month="2025-01", show="matched")
    for odd in ({"month": "x"}, {"month": "9999-12"}, {"show": "x", "place": "x"}, {"show": "unclaimed", "from": "x"}):
        assert page(client, finance, "agency_claims", house.jia.pk, **odd)
    content = client.get(reverse("vendors:agency_claims_file", args=[house.jia.pk]), {"month": "2026-03"}).content
    said = [row[0] for row in load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)]
    assert [said.count(word) for word in ("已核对", "未找到入账", "入账未申报")] == [1, 1, 1]


def test_the_pages_are_told_in_english_too(client, vendor_manager, house: House):
    lines = [*LINES, ("HT-1", "P-5", "2026-03-09", "1.00", "资方")]
    file = sent(house.jia, "payments", *lines, actor=vendor_manager, name=f"{'长' * 200}.csv")
    texts = [
        page(client, vendor_manager, name, *args, language="en", month="2026-03")
        for name, args in (
            ("returned_list", ()), ("returned", (file.pk,)), ("claims", ()), ("agency_claims", (house.jia.pk,)),
        )
    ]  # fmt: skip
    assert "did not have contract HT-2 on 2026-03-01" in texts[1]
    assert "Files from agencies" in texts[0] and "Claims and money" in texts[2]
    own = "甲乙机构长客户魏委外"
    for text in texts:
        main = text.split("<main")[1].split("</main>")[0]
        assert not {letter for letter in main if "\u4e00" <= letter <= "\u9fff"} - set(own), main


def test_pages_cost_the_same_for_few_rows_and_for_many(client_as, vendor_manager, house: House):
    client = client_as(vendor_manager)

    def costs() -> list[int]:
        file = ReturnedFile.objects.order_by("pk").last()
        pages = [
            reverse("vendors:returned_list"), reverse("vendors:returned", args=[file.pk]),
            reverse("vendors:claims") + "?month=2026-03",
            reverse("vendors:agency_claims", args=[house.jia.pk]) + "?month=2026-03",
            reverse("vendors:agency_claims", args=[house.jia.pk]) + "?month=2026-03&show=unclaimed",
        ]  # fmt: skip
        return [len(own_queries(client, address)) for address in pages]

    pay(house.kept, dt.date(2026, 3, 2), "66.00", told=noon())
    applied(sent(house.jia, "payments", LINES[0], actor=vendor_manager), actor=vendor_manager)
    few = costs()
    for n in range(10, 40):
        case = a_case("500.00", contract_no=f"HT-{n}")
        give(house.jia, case)
        pay(case, dt.date(2026, 3, 2), "77.00", told=noon())
    lines = [(f"HT-{n}", f"P-{n}", "2026-03-01", "99.00", "机构") for n in range(10, 40)]
    applied(sent(house.jia, "payments", *lines, actor=vendor_manager), actor=vendor_manager)
    many = costs()
    assert many <= few and max(many) <= 12, (few, many)
