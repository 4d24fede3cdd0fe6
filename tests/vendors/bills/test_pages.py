"""The bill in the browser: handed in, read beside ours, disputed, answered; and what comes back when it is wrong."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from collection_ops.core.models import Job
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import new_token
from tests.budgets.test_book_queries import own_queries
from tests.vendors.bills.cast import as_csv, handed_in
from tests.vendors.bills.test_bills import BILL, files, jia  # noqa: F401  (fixtures)
from tests.vendors.settlement.house import SETTLED_MARCH, a_case, a_version, an_agency, give, march_of, pay
from tests.vendors.settlement.test_pages import MARCH_3
from vendors.models import AgencyBill, BillAnswer, LineDispute
from vendors.settlement.states import approve, confirm, resolve

pytestmark = pytest.mark.django_db


def page(client, user, name: str, *args: int, **query: str) -> str:
    client.force_login(user)
    response = client.get(reverse(f"vendors:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def send(client, user, name: str, *args: int, **typed):
    client.force_login(user)
    return client.post(reverse(f"vendors:{name}", args=args), {"form_token": new_token(), **typed})


def sent_file(rows) -> SimpleUploadedFile:
    return SimpleUploadedFile("甲机构三月账单.csv", as_csv(rows).getvalue())


def test_a_bill_is_handed_in_and_stands_beside_ours_in_sentences(client, vendor_manager, finance, jia):  # noqa: F811
    assert "还没有机构账单" in page(client, vendor_manager, "bills")
    march_of(jia)
    asked = {"agency": str(jia.pk), "month": "2026-03"}
    done = send(client, vendor_manager, "bill_upload", **asked, file=sent_file(BILL))
    bill, job = AgencyBill.objects.get(), Job.objects.get(kind="vendors.compare_bill")
    assert done.status_code == 302 and done["Location"] == reverse("core:job", args=[job.pk])
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.result_url == reverse("vendors:bill", args=[bill.pk]), job.error
    said = page(client, finance, "bill", bill.pk)
    for sentence in (
        "机构按WB-jia v1 第 1 行第 2 档 15%，我方按WB-jia v1 第 1 行第 3 档 20%：档位不同",
        "机构按 2,600.00 元计费，我方按 2,500.00 元",
        "2026-02-20 已退案，2026-03-09 的还款 800.00 元在退案后第 17 天，超出宽限",
        "2026-03-09 的还款 300.00 元尚未确认；确认后自动计入以后月份",
        "与账单第 2 行内容相同，重复列示",
        "615.20",
    ):
        assert sentence in said, sentence
    assert "对所选提争议" not in said, "finance reads"
    assert "甲机构" in page(client, finance, "bills", month="2026-03")
    assert "没有符合条件的机构账单" in page(client, finance, "bills", month="2026-01")
    assert "没有符合条件的项目" in page(client, finance, "bill", bill.pk, kind="rounding")
    client.force_login(finance)
    original = client.get(reverse("vendors:bill_file", args=[bill.pk]))
    assert b"".join(original.streaming_content) == as_csv(BILL).getvalue()
    again = send(client, vendor_manager, "bill_upload", **asked, file=sent_file(BILL))
    assert again.status_code == 302 and AgencyBill.objects.count() == 1
    client.cookies["language"] = "en"
    client.force_login(vendor_manager)
    english = client.get(reverse("vendors:bill", args=[bill.pk])).content.decode()
    for sentence in (
        "we by WB-jia v1 row 1 band 3, 20%: another band", "The agency reckons on 2,600.00 yuan, we on 2,500.00",
        "came 17 days later, outside the days of grace", "Where the difference comes from", "Agency only",
    ):  # fmt: skip
        assert sentence in english, sentence
    assert "Upload an agency's bill" in client.get(reverse("vendors:bills")).content.decode()


def test_a_wrong_file_says_where_and_leaves_what_was_there(client, vendor_manager, jia):  # noqa: F811
    march_of(jia)
    bill = handed_in(jia, BILL, actor=vendor_manager)
    asked = {"agency": str(jia.pk), "month": "2026-03"}
    wrong = send(client, vendor_manager, "bill_upload", **asked, file=sent_file([("HT-1", "", "", "", "五百")]))
    assert wrong.status_code == 409 and "第 2 行 佣金(元) “五百” 不是金额" in wrong.content.decode()
    junk = send(client, vendor_manager, "bill_upload", **asked, file=SimpleUploadedFile("a.xlsx", b"PK\x03\x04 no"))
    assert junk.status_code == 409
    empty = send(client, vendor_manager, "bill_upload", **asked)
    assert empty.status_code == 400 and "请选择账单文件" in empty.content.decode()
    assert AgencyBill.objects.get() == bill and bill.matches.count() == 7


def test_a_class_is_disputed_and_an_item_answered_by_one_act_each(client, vendor_manager, finance, jia):  # noqa: F811
    statement = march_of(jia)
    bill = handed_in(jia, BILL, actor=vendor_manager)
    nothing = send(client, vendor_manager, "bill_dispute", bill.pk)
    assert nothing.status_code == 400 and "请先勾选" in nothing.content.decode()
    assert send(client, vendor_manager, "bill_dispute", bill.pk, **{"class": "rate"}).status_code == 302
    twice = send(client, vendor_manager, "bill_dispute", bill.pk, **{"class": "rate"})
    assert twice.status_code == 409 and "一行只处理一次" in twice.content.decode()
    token = new_token()
    for _click in range(2):
        done = send(client, vendor_manager, "bill_dispute", bill.pk, match="3", form_token=token)
        assert done.status_code == 302
    assert LineDispute.objects.count() == 2
    no_note = send(client, vendor_manager, "bill_answer", bill.pk, match="4", resolution="paid", note="")
    assert no_note.status_code == 400 and "请写明答复说明" in no_note.content.decode()
    no_tick = send(client, vendor_manager, "bill_answer", bill.pk, resolution="paid", note="x")
    assert no_tick.status_code == 400
    answered = send(
        client, vendor_manager, "bill_answer", bill.pk, match="4", resolution="paid", agreed="80", note="商定付一半"
    )
    assert answered.status_code == 302 and str(BillAnswer.objects.get().agreed) == "80.00"
    rest = send(client, vendor_manager, "bill_answer", bill.pk, all="1", resolution="rejected", note="按合同不计")
    assert rest.status_code == 302 and BillAnswer.objects.count() == 4

    disputed = LineDispute.objects.order_by("pk")[0]
    resolve(line=disputed.line, resolution="upheld", agreed=None, note="认", actor=vendor_manager, now=SETTLED_MARCH)
    settled = page(client, vendor_manager, "bill", bill.pk, state="settled")
    assert "按机构主张" in settled and "商定付一半" in settled and "2,600.00" not in settled
    assert "2,600.00" in page(client, vendor_manager, "bill", bill.pk, state="disputed")
    assert "没有符合条件的项目" in page(client, vendor_manager, "bill", bill.pk, state="open")

    confirm(settlement=statement, accept_rest=True, actor=vendor_manager, now=SETTLED_MARCH)
    late = send(client, vendor_manager, "bill_dispute", bill.pk, match="2")
    assert late.status_code == 409 and "请财务退回后再提" in late.content.decode()
    approve(settlement=statement, actor=finance, now=SETTLED_MARCH)
    assert "不能再提争议" in page(client, vendor_manager, "bill", bill.pk)


def test_a_bill_that_came_first_is_compared_by_a_button(client, vendor_manager, jia):  # noqa: F811
    bill = handed_in(jia, BILL, actor=vendor_manager)
    assert "还没有与结算单核对" in page(client, vendor_manager, "bill", bill.pk)
    early = send(client, vendor_manager, "bill_compare", bill.pk)
    assert early.status_code == 409 and "还没有生成" in early.content.decode()
    march_of(jia)
    assert send(client, vendor_manager, "bill_compare", bill.pk).status_code == 302
    jobs.run(Job.objects.get(kind="vendors.compare_bill").pk)
    assert "差异从何而来" in page(client, vendor_manager, "bill", bill.pk)


def test_pages_ask_as_often_for_many_rows_as_for_few_and_go_on_by_number(client_as, vendor_manager, files):  # noqa: F811
    client, counts = client_as(vendor_manager), []
    for code, number in (("few", 2), ("many", 60)):
        agency = an_agency(code)
        a_version(agency)
        cases = [a_case(contract_no=f"{code}-{n:03d}") for n in range(number)]
        give(agency, *cases)
        for case in cases:
            pay(case, MARCH_3, "10.00")
        march_of(agency)
        rows = [(f"{code}-{n:03d}", "2026-03-03", "10.00", "", "9.00") for n in range(number)]
        bill = handed_in(agency, rows, actor=vendor_manager)
        urls = [reverse("vendors:bill", args=[bill.pk]), reverse("vendors:bills")]
        counts.append([own_queries(client, url) for url in urls])
    for few, many, budget in zip(*counts, (6, 2), strict=True):
        assert len(many) <= min(budget, len(few)), "\n".join(many)
    body = client.get(urls[0]).content.decode()
    assert "?after=50" in body and "many-055" not in body
    assert "many-055" in client.get(urls[0], {"after": "50"}).content.decode()
    assert "many-001" in client.get(urls[0], {"before": "51"}).content.decode()
