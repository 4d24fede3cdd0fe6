"""What people read of a statement, and do with it, in the browser."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from collection_ops.core.models import Job
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import new_token
from tests.budgets.test_book_queries import own_queries
from tests.vendors.settlement.house import (
    SETTLED_MARCH,
    a_case,
    a_version,
    an_agency,
    give,
    march_of,
    pay,
    recall,
)
from vendors.models import LineDispute, Settlement
from vendors.settlement.states import Objection, dispute

pytestmark = pytest.mark.django_db
MARCH_3 = dt.date(2026, 3, 3)


@pytest.fixture
def statement(db) -> Settlement:
    """6,000.00 of 50,000.00 (12 %): 20 % of it; one case is in the agency's hands still, one is not."""
    agency = an_agency("jia", "甲机构")
    a_version(agency)
    kept, gone = a_case(contract_no="HT-1", name="张三丰"), a_case(contract_no="HT-2")
    give(agency, kept, gone)
    pay(kept, MARCH_3, "4000.00")
    pay(gone, MARCH_3, "2000.00")
    recall(agency, gone, dt.date(2026, 3, 20))
    return march_of(agency)


def page(client: Client, user, name: str, *args: int, **query: str) -> str:
    client.force_login(user)
    response = client.get(reverse(f"vendors:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def send(client: Client, user, name: str, *args: int, **typed: str):
    client.force_login(user)
    return client.post(reverse(f"vendors:{name}", args=args), {**typed, "form_token": new_token()})


def test_the_page_says_what_is_payable_and_how_each_line_came_about(client, vendor_manager, statement):
    said = page(client, vendor_manager, "settlement", statement.pk)
    assert "4,000.00 × 20% = 800.00（第 1 行第 3 档，基数 50,000.00，回款率 12.00%）" in said
    assert "1,200.00" in said and "67.92" in said  # the total and the tax in it
    # The vendor manager sees the record of what lies with an agency, not of what is back in the pool.
    kept, gone = statement.lines.order_by("number")
    assert reverse("cases:record", args=[kept.placement.case_id]) in said
    assert reverse("cases:record", args=[gone.placement.case_id]) not in said
    assert "没有符合条件的明细" in page(client, vendor_manager, "settlement", statement.pk, kind="penalty")
    assert "没有符合条件的明细" in page(client, vendor_manager, "settlement", statement.pk, state="disputed")
    row = f"{statement.versions[0]}-1"
    assert "HT-1" in page(client, vendor_manager, "settlement", statement.pk, row=row, kind="commission")


def test_a_statement_is_gone_through_confirmed_approved_and_paid(client, vendor_manager, finance, statement):
    first, second = statement.lines.order_by("number")
    refused = send(client, vendor_manager, "settlement_confirm", statement.pk)
    assert refused.status_code == 409 and "还有 2 行待确认" in refused.content.decode()
    assert send(client, vendor_manager, "settlement_accept", statement.pk, line=str(first.pk)).status_code == 302
    assert send(client, vendor_manager, "settlement_accept", statement.pk).status_code == 400
    asked = {"reason": "只认 15%", "claimed": "300.00", "evidence": "对账单"}
    assert send(client, vendor_manager, "line_dispute", second.pk, **asked).status_code == 302
    again = send(client, vendor_manager, "line_dispute", second.pk, **asked)
    assert again.status_code == 409 and "一行只处理一次" in again.content.decode()
    shown = page(client, vendor_manager, "settlement_line", second.pk)
    assert "只认 15%" in shown and "-100.00" in shown  # 300.00 against our 400.00
    assert send(client, vendor_manager, "settlement_confirm", statement.pk).status_code == 302

    assert "800.00" in page(client, finance, "settlement", statement.pk)
    returned = send(client, finance, "settlement_return", statement.pk, reason=" ")
    assert returned.status_code == 409 and "退回原因" in returned.content.decode()
    assert send(client, finance, "settlement_approve", statement.pk).status_code == 302
    late = send(client, finance, "settlement_approve", statement.pk)
    assert late.status_code == 409 and "现在是“已批准”" in late.content.decode()
    wrong = send(client, finance, "settlement_pay", statement.pk, paid_on="2199-01-01", reference="FK-9")
    assert wrong.status_code == 409 and "不能晚于今天" in wrong.content.decode() and "FK-9" in wrong.content.decode()
    done = send(client, finance, "settlement_pay", statement.pk, paid_on="2026-04-15", reference="FK-9")
    assert done.status_code == 302

    empty = send(client, vendor_manager, "line_resolve", second.pk, resolution="partly", note="商定")
    assert empty.status_code == 409 and "双方确认的金额" in empty.content.decode()
    assert (
        send(client, vendor_manager, "line_resolve", second.pk, resolution="upheld", note="有凭证").status_code == 302
    )
    assert LineDispute.objects.get().agreed == Decimal("300.00")
    listed = page(client, finance, "settlements", state="paid", month="2026-03")
    assert "甲机构" in listed and "800.00" in listed
    assert "没有符合条件的结算单" in page(client, finance, "settlements", state="proposed")


def test_finance_sends_a_statement_back_with_its_reason(client, vendor_manager, finance, statement):
    send(client, vendor_manager, "settlement_confirm", statement.pk, accept_rest="1")
    assert send(client, finance, "settlement_return", statement.pk, reason="少一张凭证").status_code == 302
    statement.refresh_from_db()
    assert (statement.state, statement.confirmed_by) == ("proposed", None)


def test_the_workbooks_mask_names_and_add_up(client, finance, vendor_manager, statement, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    line = statement.lines.get(number=2)
    dispute(line=line, objection=Objection("不符"), actor=vendor_manager, now=SETTLED_MARCH)
    assert send(client, finance, "settlement_file", statement.pk).status_code == 302
    job = Job.objects.get(kind="vendors.statement_file")
    jobs.run(job.pk)
    job.refresh_from_db()
    response = client.get(job.result_url)
    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    cells = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    texts = {text for row in cells for text in row if isinstance(text, str)}
    assert "张三丰" not in texts and any(text.startswith("张") for text in texts)
    assert any("4,000.00 × 20% = 800.00" in text for text in texts)
    assert [row[9] for row in cells if row[1] in ("合计", "争议未付", "本期应付")] == [1200, -400, 800]
    # Nobody else's, and not for ever.
    client.force_login(vendor_manager)
    assert client.get(job.result_url).status_code == 404
    client.force_login(finance)
    job.result["expires_at"] = SETTLED_MARCH.isoformat()
    job.save(update_fields=["result"])
    assert client.get(job.result_url).status_code == 404
    voucher = load_workbook(io.BytesIO(client.get(reverse("vendors:settlement_voucher", args=[statement.pk])).content))
    sums = {row[0].value: row[2].value for row in voucher.worksheets[0].iter_rows() if row[0].value}
    assert (sums["佣金"], sums["本期应付"]) == (1200, 800)
    # 800 − 800 ÷ 1.06 = 45.28
    assert (sums["其中税额(6%)"], sums["不含税金额"]) == (45.28, 754.72)


def test_a_month_is_ordered_and_made_in_the_background(client, vendor_manager, statement):
    yi = an_agency("yi", "乙机构")
    a_version(yi)
    case = a_case()
    give(yi, case)
    pay(case, MARCH_3, "10.00")
    refused = send(client, vendor_manager, "settlement_make", agency=str(yi.pk), month="2199-01")
    assert refused.status_code == 409 and "还没有结束" in refused.content.decode()
    assert send(client, vendor_manager, "settlement_make", agency=str(yi.pk), month="2026-03").status_code == 302
    job = Job.objects.get(kind="vendors.settle")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done" and yi.settlements.get().total == Decimal("1.00")


def test_the_command_settles_and_compares(statement, capsys):
    call_command("settle", "jia", "--period=2026-03", "--json")
    told = capsys.readouterr().out
    assert '"new": false' in told and "4,000.00 × 20% = 800.00" in told and statement.digest in told
    call_command("settle", "jia", "--period=2026-03", "--check")
    assert "the same comes out again" in capsys.readouterr().out
    Settlement.objects.get().agency.placements.update(amount=Decimal(1))
    with pytest.raises(SystemExit):
        call_command("settle", "jia", "--period=2026-03", "--check")
    with pytest.raises(CommandError, match="no agency"):
        call_command("settle", "nobody", "--period=2026-03")


def test_the_statement_and_the_list_ask_as_often_for_many_lines_as_for_few(client_as, vendor_manager):
    client, counts = client_as(vendor_manager), []
    for code, number in (("few", 2), ("many", 60)):
        agency = an_agency(code)
        a_version(agency)
        cases = [a_case() for _n in range(number)]
        give(agency, *cases)
        for case in cases:
            pay(case, MARCH_3, "10.00")
        found = march_of(agency)
        urls = [reverse("vendors:settlement", args=[found.pk]), reverse("vendors:settlements")]
        counts.append([own_queries(client, url) for url in urls])
    for few, many, budget in zip(*counts, (7, 4), strict=True):
        assert len(many) <= min(budget, len(few)), "\n".join(many)


def test_pages_go_on_by_line_number(client, vendor_manager):
    agency = an_agency()
    a_version(agency)
    cases = [a_case(contract_no=f"HT-{n:03d}") for n in range(60)]
    give(agency, *cases)
    for case in cases:
        pay(case, MARCH_3, "10.00")
    found = march_of(agency)
    first = page(client, vendor_manager, "settlement", found.pk)
    assert "?after=50" in first and "HT-059" not in first
    second = page(client, vendor_manager, "settlement", found.pk, after="50")
    assert "HT-059" in second and "?before=51" in second
    assert "HT-000" in page(client, vendor_manager, "settlement", found.pk, before="51")
