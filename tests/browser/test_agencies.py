"""An agency's month: cases placed and recalled; its bill beside our statement, disputed, approved, paid; its scorecard."""

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from collection_ops.core import clock
from collection_ops.core.models import User
from tests.browser.steps import fits, press, sign_in
from tests.browser.test_a_call import kept
from tests.cases.builders import make_case, pool_desk
from tests.vendors.bills.cast import as_csv
from tests.vendors.placement.cast import make_agency
from tests.vendors.rectification.test_low_grades import last_month
from tests.vendors.scorecard.book import scored, three
from tests.vendors.scorecard_pages.made import a_card
from tests.vendors.settlement.house import a_case, a_version, an_agency, give, pay
from vendors.meetings import keeping
from vendors.models import AgencyBill, Placement, PlacementBatch, RecallBatch, Settlement, SettlementState
from vendors.tasks import follow_rectifications

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]


def change_to(page: Any, person: User) -> None:
    page.context.clear_cookies()
    sign_in(page, person)


def go(page: Any, name: str, *args: int) -> None:
    page.goto(reverse(f"vendors:{name}", args=args))


def in_english_dark_and_on_a_phone(page: Any, name: str, *args: int) -> None:
    """The same page as others see it: no Chinese is left in its headings, nothing reaches beyond the screen."""
    origin = "/".join(page.url.split("/")[:3])
    page.emulate_media(color_scheme="dark")
    page.context.add_cookies([{"name": "language", "value": "en", "url": origin}])
    go(page, name, *args)
    fits(page)
    headings = " ".join(page.locator("main h2, main th").all_inner_texts())
    assert not re.search("[\u4e00-\u9fff]{6,}", headings), headings
    page.context.add_cookies([{"name": "language", "value": "zh-hans", "url": origin}])
    page.emulate_media(color_scheme="light")


def test_cases_are_placed_by_two_people_and_recalled(
    page: Any, vendor_manager: User, supervisor: User, complaints: list[str]
) -> None:
    agency = make_agency("jia", "一家名字特别特别长的信用管理咨询服务有限公司", approver=supervisor)
    for _number in range(5):
        make_case(days=70, total="8000.00", desk=pool_desk())
    sign_in(page, vendor_manager)
    go(page, "placement_new")
    page.get_by_label(agency.name).fill("100")
    fits(page)
    press(page, "预览")
    page.wait_for_url(re.compile(r"/placements/\d+/"))
    page.get_by_text("将委出 5 件").wait_for()
    kept(page, "placement-preview")
    press(page, "提交批准")
    page.get_by_text("等待编制人以外的人批准").wait_for()
    batch = PlacementBatch.objects.get()

    change_to(page, supervisor)
    go(page, "placement", batch.pk)
    press(page, "批准")
    page.get_by_text("已批准").first.wait_for()

    change_to(page, vendor_manager)
    go(page, "placement", batch.pk)
    press(page, "委出")
    page.get_by_text("已于").first.wait_for()
    assert Placement.objects.filter(agency=agency, recalled_on=None).count() == 5
    assert set(Case.objects.values_list("desk__code", flat=True)) == {"jia"}
    fits(page)

    # Half a year later nobody has paid.
    Placement.objects.update(placed_on=F("placed_on") - dt.timedelta(days=200))
    go(page, "recalls")
    press(page, "现在查找到期案件")
    page.locator("tbody th a, tbody td a").first.wait_for()
    go(page, "recall", RecallBatch.objects.get().pk)
    fits(page)
    kept(page, "recall")
    press(page, "完成退案")
    page.get_by_text("已完成").first.wait_for()
    assert RecallBatch.objects.get().items.count() == 5
    assert Placement.objects.filter(recalled_on=None).count() == 0
    assert complaints == []


def test_an_agencys_bill_is_compared_disputed_and_the_rest_approved_and_paid(
    page: Any, tmp_path: Path, worker: Any, vendor_manager: User, finance: User, complaints: list[str]
) -> None:
    agency = an_agency("jia", "甲机构")
    a_version(agency)
    first, second = a_case("20000.00"), a_case("20000.00")
    give(agency, first, second)
    pay(first, dt.date(2026, 3, 5), "1000.00")
    pay(second, dt.date(2026, 3, 9), "500.00")
    # 1,500 of 40,000 is 3.75 %: the lowest band, 10 %. The agency asks 15 % for the second.
    numbers = [one.loan.contract_no for one in (first, second)]
    bill = tmp_path / "甲机构账单.csv"
    bill.write_bytes(
        as_csv(
            [(numbers[0], "2026-03-05", "1000", "10%", "100"), (numbers[1], "2026-03-09", "500", "15%", "75")]
        ).getvalue()
    )

    sign_in(page, vendor_manager)
    go(page, "settlements")
    card = page.locator("section", has=page.get_by_role("heading", name="生成结算单"))
    card.get_by_label("机构").select_option(label="甲机构")
    card.get_by_label("月份").fill("2026-03")
    press(page, "开始生成")
    page.wait_for_url(re.compile("/tasks/"))
    page.get_by_text("完成", exact=True).first.wait_for(timeout=60_000)
    statement = Settlement.objects.get()
    assert statement.total == Decimal("150.00")

    go(page, "bills")
    card = page.locator("section", has=page.get_by_role("heading", name="上传机构账单"))
    card.get_by_label("机构").select_option(label="甲机构")
    card.get_by_label("月份").fill("2026-03")
    page.set_input_files("input[type=file]", bill)
    press(page, "上传并核对")
    page.wait_for_url(re.compile("/tasks/"))
    page.get_by_text("完成", exact=True).first.wait_for(timeout=60_000)
    go(page, "bill", AgencyBill.objects.get().pk)
    fits(page)
    kept(page, "bill")
    page.locator("input[name=match]").first.check()
    press(page, "对所选提争议")
    page.get_by_text("有争议").first.wait_for()
    disputed = statement.lines.get(state="disputed")
    assert (disputed.fee, disputed.dispute.claimed) == (Decimal("50.00"), Decimal("75.00"))
    in_english_dark_and_on_a_phone(page, "bill", AgencyBill.objects.get().pk)

    go(page, "settlement", statement.pk)
    page.get_by_text("其余明细机构均已确认").click()
    press(page, "核对完成，交财务批准")
    page.get_by_text("待财务批准").first.wait_for()
    assert page.get_by_role("button", name="批准", exact=True).count() == 0, "who confirms does not approve"

    change_to(page, finance)
    go(page, "settlement", statement.pk)
    fits(page)
    press(page, "批准")
    page.get_by_text("登记付款").first.wait_for()
    page.get_by_label("付款日期").fill("2026-04-15")
    page.get_by_label("付款流水号").fill("FK-20260415-01")
    press(page, "登记付款")
    page.get_by_text("FK-20260415-01").first.wait_for()
    statement.refresh_from_db()
    assert statement.state == SettlementState.PAID
    kept(page, "statement-paid")
    in_english_dark_and_on_a_phone(page, "settlement", statement.pk)
    assert complaints == []


def test_a_manager_reads_a_scorecard_and_why_it_is_so(page: Any, manager: User, complaints: list[str]) -> None:
    three()
    cards = scored()
    sign_in(page, manager)
    page.goto(reverse("vendors:scorecards") + "?month=2026-03")
    page.locator(".chart svg").first.wait_for()
    fits(page)
    kept(page, "scorecards")
    page.locator("tbody th a").first.click()
    page.wait_for_url(re.compile(r"/scorecards/\d+/"))
    fits(page)
    kept(page, "scorecard")
    reasons = page.locator("main").inner_text()
    assert "回款" in reasons and "失分" in reasons
    in_english_dark_and_on_a_phone(page, "scorecard", cards["yi"].pk)
    assert complaints == []


def test_a_low_grade_leads_from_the_agency_to_what_it_has_to_put_right(
    page: Any, vendor_manager: User, supervisor: User, complaints: list[str]
) -> None:
    low = make_agency("jia", "一家名字特别特别长的信用管理咨询服务有限公司", approver=supervisor)
    other = make_agency("yi", "乙机构", approver=supervisor)
    a_card(low, month=last_month(), grade="D", share_proposed=Decimal("30.00"))
    a_card(other, month=last_month(), share_proposed=Decimal("70.00"))
    follow_rectifications()
    sign_in(page, vendor_manager)
    go(page, "agencies")
    fits(page)
    kept(page, "agencies")
    page.get_by_role("link", name=low.name).click()
    page.get_by_role("heading", name="这家机构的").wait_for()
    fits(page)
    kept(page, "agency")
    page.get_by_role("link", name="未完成整改").click()
    page.locator("tbody th a").first.click()
    page.get_by_text("得分 74.50，评级 D").first.wait_for()
    fits(page)
    kept(page, "low-grade")
    go(page, "placement_new")
    page.get_by_role("link", name="按评分卡建议填入").click()
    page.get_by_text("评分卡的建议份额填入 2 家机构").wait_for()
    assert page.get_by_label(low.name).input_value() == "30.00"
    fits(page)
    kept(page, "shares")
    in_english_dark_and_on_a_phone(page, "agency", low.pk)
    assert complaints == []


def test_a_decision_that_lacks_something_comes_back_where_it_was_written(
    page: Any, vendor_manager: User, complaints: list[str]
) -> None:
    agency = an_agency("jia", "甲机构")
    a_version(agency)
    give(agency, a_case())
    one = keeping.make(agency=agency, period=last_month(), actor=None, now=timezone.now())
    keeping.write_minutes(
        meeting=one, held_on=clock.business_date(timezone.now()), text="已开", actor=vendor_manager, now=timezone.now()
    )
    sign_in(page, vendor_manager)
    go(page, "meeting", one.pk)
    fits(page)
    page.get_by_role("link", name="记录决定").click()
    press(page, "保存决定")
    page.wait_for_function("document.activeElement.getAttribute('aria-invalid') === 'true'")
    page.wait_for_function(
        "(({ top, bottom }) => top > 0 && bottom < innerHeight)(document.activeElement.getBoundingClientRect())"
    )
    page.locator(":focus").fill("每周报告未触达的案件")
    press(page, "保存决定")
    page.wait_for_function("document.activeElement.name === 'decision-owner'")
    assert page.get_by_text("请选择一项").count() and not [one for one in complaints if "400" not in one]
    in_english_dark_and_on_a_phone(page, "meeting", one.pk)
