"""The pages of contracts, told as the two people see them."""

import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from collection_ops.core.services.form_tokens import new_token
from tests.budgets.test_book_queries import own_queries
from tests.vendors.contracts.made import make_agency, make_approved, make_contract, make_draft, make_submitted
from tests.vendors.terms import bands, row
from vendors.contracts.reading import terms_of
from vendors.models import BenchRun, Contract, ContractVersion, VersionState

pytestmark = pytest.mark.django_db
DIGEST = re.compile(r'name="based_on" value="([0-9a-f]{64})"')


def send(client, route: str, pk: int | None = None, **values):
    address = reverse(f"vendors:{route}", args=[pk] if pk else [])
    return client.post(address, {"form_token": new_token(), **values})


def text(response) -> str:
    return response.content.decode()


def entries(client, version: ContractVersion, **changed) -> dict[str, str]:
    """The edit form as a browser would send it, with `changed` typed over."""
    page = text(client.get(reverse("vendors:contract_edit", args=[version.pk])))
    return {
        "based_on": DIGEST.search(page)[1], "act": "save", "effective_from": "2026-04-01", "grace_days": "3",
        "clawback_days": "90", "cap": "100000", "tax": "6", "rounding": "line", "least_attempts": "2", "note": "首版",
        "row-1-stages": ["1", "2"], "row-1-products": "信用卡、现金贷", "row-1-age_from": "", "row-1-age_to": "6",
        "row-1-method": "progressive", "row-1-bands": "0 : 10\n5 : 18",
        "row-2-products": "", "row-2-age_from": "", "row-2-age_to": "", "row-2-method": "whole", "row-2-bands": "0 : 12",
        "step-1-floor": "0", "step-1-factor": "0.8", "step-2-floor": "60", "step-2-factor": "1",
        "event-complaint": "500",
    } | changed  # fmt: skip


SAMPLES = {
    "act": "try", "score": "50", "count-complaint": "1",
    "sample-1-stage": "M2", "sample-1-product": "信用卡", "sample-1-age": "1", "sample-1-amount": "6,000.00",
    "sample-1-base": "100000", "sample-2-stage": "", "sample-2-product": "", "sample-2-age": "", "sample-2-amount": "",
    "sample-2-base": "",
}  # fmt: skip


def test_from_an_agency_to_terms_in_force_by_two_people(client_as, vendor_manager, finance):
    agency, maker, approver = make_agency(), client_as(vendor_manager), client_as(finance)
    assert "还没有委外合同" in text(maker.get(reverse("vendors:contracts")))
    assert f'value="{agency.pk}" selected' in text(
        maker.get(reverse("vendors:contract_register") + f"?agency={agency.pk}")
    )
    send(maker, "contract_register", agency=agency.pk, number="HT-1", starts_on="2026-01-01", ends_on="2026-12-31")
    contract = Contract.objects.get()
    send(maker, "contract_draft", contract.pk)
    version = ContractVersion.objects.get()
    assert send(maker, "contract_edit", version.pk, **entries(maker, version)).status_code == 302
    page = text(maker.get(reverse("vendors:contract", args=[contract.pk])))
    for told in ("M1、M2", "信用卡、现金贷", "账龄 0 至 6 月", "超额累进", "5% 起 18%", "100,000.00 元", "还没有试算"):
        assert told in page
    tried = send(maker, "bench", version.pk, **SAMPLES)
    # The first 5,000 at 10 %, the rest at 18 %: 680, × 0.8 = 544, less 500.
    for told in ("5,000.00 × 10% = 500.00", "1,000.00 × 18% = 180.00", "−136.00", "没有现行版本可对照"):
        assert told in text(tried)
    assert not BenchRun.objects.exists()
    saved = send(maker, "bench_save", version.pk, **SAMPLES)
    assert saved.status_code == 302 and "44.00" in text(maker.get(saved["Location"]))
    assert send(maker, "contract_submit", version.pk).status_code == 302

    assert send(maker, "contract_approve", version.pk).status_code == 403
    waiting = text(approver.get(reverse("core:tasks")))
    assert "待批准的合同版本" in waiting and reverse("vendors:contract", args=[contract.pk]) in waiting
    assert send(approver, "contract_approve", version.pk).status_code == 302
    version.refresh_from_db()
    assert (version.state, version.approved_by) == (VersionState.APPROVED, finance)
    page = text(approver.get(reverse("vendors:contract", args=[contract.pk])))
    assert "魏委外" in page and "蔡财务" in page and "2026-04-01 – 2026-12-31" in page
    assert maker.get(reverse("vendors:contract_edit", args=[version.pk])).status_code == 302


def test_the_maker_does_not_approve_even_by_the_address(client_as, contract, vendor_manager, finance):
    vendor_manager.role_grants.create(role="finance")
    version = make_submitted(contract, vendor_manager)
    refused = send(client_as(vendor_manager), "contract_approve", version.pk)
    assert refused.status_code == 409 and "起草人不能批准自己的版本" in text(refused)
    assert send(client_as(finance), "contract_approve", version.pk).status_code == 302


def test_why_a_button_cannot_be_pressed_stands_beside_it(client_as, contract, vendor_manager, finance):
    version = make_draft(contract, vendor_manager, since="2027-04-01", coefficient=())
    page = text(client_as(vendor_manager).get(reverse("vendors:contract", args=[contract.pk])))
    assert "CN-A-04" in page and "合同期 2026-01-01 至 2026-12-31" in page and " disabled>提交批准" in page
    refused = send(client_as(vendor_manager), "contract_submit", version.pk)
    assert refused.status_code == 409 and "CN-A-04" in text(refused)
    assert "提交批准" not in text(client_as(finance).get(reverse("vendors:contract", args=[contract.pk])))


def test_nothing_typed_is_lost_on_a_mistake_or_by_a_button(client_as, contract, vendor_manager):
    version, client = make_draft(contract, vendor_manager), client_as(vendor_manager)
    wrong = entries(client, version, **{"row-1-bands": "0 : 10\n五 : 18", "cap": "很多", "note": "<b>季度</b>"})
    page = send(client, "contract_edit", version.pk, **wrong)
    assert page.status_code == 400
    for kept in ("五 : 18", 'value="很多"', "&lt;b&gt;季度", "信用卡、现金贷", "第 2 档", "有 2 处要改"):
        assert kept in text(page), kept
    assert 'id="cap-wrong"' in text(page) and 'id="row-1-bands-wrong"' in text(page)
    more = send(client, "contract_edit", version.pk, **{**wrong, "act": "add_row"})
    assert more.status_code == 200 and 'name="row-3-bands"' in text(more) and "五 : 18" in text(more)
    fewer = send(client, "contract_edit", version.pk, **{**wrong, "act": "remove_row-1"})
    assert 'name="row-2-bands"' not in text(fewer) and 'value="很多"' in text(fewer)
    assert terms_of(ContractVersion.objects.get(pk=version.pk)).cap is None, "none of that was saved"


def test_a_draft_that_moved_on_meanwhile_is_not_written_over(client_as, contract, vendor_manager):
    version, client = make_draft(contract, vendor_manager), client_as(vendor_manager)
    first, second = entries(client, version, cap="1000"), entries(client, version, cap="2000")
    assert send(client, "contract_edit", version.pk, **first).status_code == 302
    page = send(client, "contract_edit", version.pk, **second)
    assert page.status_code == 409 and "别处改过" in text(page) and 'value="2000"' in text(page)
    assert terms_of(ContractVersion.objects.get(pk=version.pk)).cap == 1000


def test_what_a_version_changes_is_told_in_words(client_as, contract, vendor_manager, finance):
    make_approved(contract, vendor_manager, finance, since="2026-01-01")
    make_draft(contract, vendor_manager, rows=(row(of=bands(("0", "0.10"), ("0.05", "0.18"))), row(2)), grace_days=5)
    page = text(client_as(finance).get(reverse("vendors:contract", args=[contract.pk])))
    assert "与 v1 的不同" in page and "退案后宽限：由 0 天 改为 5 天" in page and "新增费率行 2" in page
    assert "费率行 1：由“全部阶段，全部产品，全部账龄，全额：0% 起 10%、5% 起 15%、10% 起 20%”改为" in page


def test_overlapping_periods_come_back_with_what_was_typed(client_as, agency, contract, vendor_manager):
    client = client_as(vendor_manager)
    page = send(
        client, "contract_register", agency=agency.pk, number="HT-新", starts_on="2026-06-01", ends_on="2027-05-31"
    )
    assert page.status_code == 409 and "重叠" in text(page) and 'value="HT-新"' in text(page)
    assert send(client, "contract_register", agency=agency.pk, number="", starts_on="x", ends_on="").status_code == 400
    assert send(client, "contract_draft", contract.pk).status_code == 302
    again = send(client, "contract_draft", contract.pk)
    assert again.status_code == 409 and "v1 还在草稿" in text(again)


def test_samples_come_from_a_file_and_mistakes_stand_beside_the_entry(client_as, contract, vendor_manager):
    version, client = make_draft(contract, vendor_manager), client_as(vendor_manager)
    book, stream = openpyxl.Workbook(), io.BytesIO()
    for line in (
        ["阶段", "产品", "账龄", "还款金额", "委案金额"],
        ["M2", "信用卡", 1, 333.33, 9000],
        ["M3", "卡", 2, 0, 1000],
    ):
        book.active.append(line)
    book.save(stream)
    sent = {**SAMPLES, "act": "upload", "file": SimpleUploadedFile("样例.xlsx", stream.getvalue())}
    page = send(client, "bench", version.pk, **sent)
    assert 'value="333.33"' in text(page) and "333.33 × 10% = 33.333" in text(page) and "逐行四舍五入" in text(page)
    wrong = send(client, "bench", version.pk, **{**SAMPLES, "sample-1-stage": "M9", "score": "优"})
    assert wrong.status_code == 400 and "M9" in text(wrong) and 'id="score-wrong"' in text(wrong)
    assert 'value="6,000.00"' in text(wrong)
    bad = send(client, "bench", version.pk, **{**SAMPLES, "file": SimpleUploadedFile("a.csv", b"a,b\n1,2\n")})
    assert bad.status_code == 400 and "缺少列" in text(bad) and 'value="6,000.00"' in text(bad)
    more = send(client, "bench", version.pk, **{**SAMPLES, "act": "add_sample"})
    assert 'name="sample-3-amount"' in text(more) and 'value="6,000.00"' in text(more)
    empty = send(client, "bench_save", version.pk, **{**SAMPLES, "sample-1-amount": "0"})
    assert empty.status_code == 409 and "样例还款" in text(empty)


def test_whoever_may_read_may_try_but_only_the_drafter_keeps(client_as, contract, vendor_manager, auditor, collector):
    version = make_draft(contract, vendor_manager, coefficient=())
    tried = send(client_as(auditor), "bench", version.pk, **SAMPLES)
    assert tried.status_code == 409 and "CN-A-04" in text(tried)
    assert "试算并保存" not in text(tried)
    assert send(client_as(auditor), "bench_save", version.pk, **SAMPLES).status_code == 403
    assert send(client_as(collector), "bench", version.pk, **SAMPLES).status_code == 403


@pytest.mark.parametrize(("route", "budget"), [("contract", 11), ("contracts", 2)])
def test_a_page_of_contracts_costs_the_same_for_seven_versions_as_for_one(
    client_as, agency, contract, vendor_manager, finance, manager, route, budget
):
    def url() -> str:
        return reverse(f"vendors:{route}", args=[contract.pk] if route == "contract" else [])

    make_approved(contract, vendor_manager, finance, since="2026-01-01")
    make_submitted(contract, vendor_manager, since="2026-12-01")
    few = own_queries(client_as(manager), url())
    ContractVersion.objects.filter(state=VersionState.SUBMITTED).update(state=VersionState.WITHDRAWN)
    for month in range(2, 7):
        make_approved(contract, vendor_manager, finance, since=f"2026-0{month}-01", rows=(row(), row(2), row(3)))
    make_submitted(contract, vendor_manager, since="2026-12-01", rows=(row(), row(2)))
    for number in range(4):
        make_contract(make_agency(f"agency-{number}x"), vendor_manager)
    many = own_queries(client_as(manager), url())
    assert len(many) <= len(few) and len(many) <= budget, "\n".join(many)
