"""The supervisor's morning in the browser: reads the dashboard, narrows it, opens what stands behind a figure, takes it."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.cache import cache

from cases.models import Case, Custody
from collection_ops.core import clock
from collection_ops.core.models import User
from tests.browser.steps import fits, sign_in
from tests.cases.builders import add_position, desk_of, make_case
from tests.reports.dashboards.conftest import APRIL, MARCH, NOW, agency_desk, pay
from tests.staff import make_team, place

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def rows_of(path: Path) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(path.read_bytes())).active.iter_rows(values_only=True))


def test_a_supervisor_reads_drills_and_exports(
    page: Any, transactional_db: None, collector: User, supervisor: User, complaints: list[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    cache.clear()  # the products that other tests left there
    place(collector, make_team("team-a", "一组"))
    own = make_case(contract_no="OWN", days=20, total="1000.00", as_of=MARCH, desk=desk_of(collector))
    other = make_case(
        contract_no="AGENCY", name="王五", days=40, total="3000.00", as_of=MARCH, desk=agency_desk(), product="消费贷"
    )
    add_position(own, APRIL, days=30, total="700.00")
    add_position(other, APRIL, days=50, total="2600.00")
    Custody.objects.update(started_at=NOW.replace(month=3))
    pay(own, "300.00", 2)
    pay(other, "100.00", 3)
    assert Case.objects.count() == 2

    sign_in(page, supervisor)
    page.wait_for_url("**/reports/overview/")
    head = page.get_by_role("region", name="回款率")
    assert head.get_by_role("link", name="10.00%").is_visible()
    # What comes after the page: what rolls, who is at work, what moved.
    page.get_by_role("region", name="今天").get_by_text("超时催记").wait_for()
    page.get_by_role("region", name="明日滚动").get_by_role("link", name="全部明日滚动").wait_for()
    page.get_by_role("region", name="今日团队动作").wait_for()
    page.get_by_role("heading", name="滚动矩阵").wait_for()
    assert page.get_by_text("正在读取").count() == 0
    fits(page)

    # What it means: on hover, on focus by keyboard, and opened.
    tip = head.get_by_role("tooltip", include_hidden=True)
    assert not tip.is_visible()
    head.get_by_role("button", name="回款率的口径").focus()
    assert tip.is_visible() and "期间内已确认的还款减去冲正" in tip.inner_text()
    page.keyboard.press("Escape")
    head.get_by_text("口径与各月数字").click()
    head.get_by_role("cell", name="10.00%").wait_for()
    fits(page)

    # Charts are drawn, each with its label and its table.
    assert page.locator("[role=img] svg").count() >= 2
    with page.expect_download() as taken:
        head.get_by_role("link", name="导出 Excel").click()
    assert rows_of(taken.value.path())[-3][1] == pytest.approx(0.1)

    # Narrowed by the address; a chip takes it away again.
    page.get_by_text("期间与筛选").click()
    page.get_by_label("产品").select_option("消费贷")
    page.get_by_role("button", name="应用筛选").click()
    page.wait_for_url(lambda url: "product=" in url)
    assert head.get_by_role("link", name="3.33%").is_visible()
    page.get_by_role("link", name="去掉条件 产品 消费贷").click()
    page.wait_for_url(lambda url: "product=" not in url)

    # Behind the figure: the payments that count, and who opens one.
    head.get_by_role("link", name="10.00%").click()
    page.get_by_text("2 行，合计 400.00 元").wait_for()
    fits(page)
    page.get_by_label("导出用途").fill("核对四月回款")
    with page.expect_download() as taken:
        page.get_by_role("button", name="导出 Excel").click()
    assert sorted(row[5] for row in rows_of(taken.value.path())[3:-2]) == [100, 300]
    page.get_by_role("link", name="期初账簿").click()
    page.get_by_text("2 行，合计 4,000.00 元").wait_for()

    # Tomorrow's rollers, dark and narrow.
    page.goto("/reports/overview/rollers/")
    page.get_by_role("row", name="OWN").get_by_text("700.00").first.wait_for()
    page.emulate_media(color_scheme="dark")
    fits(page)
    assert complaints == []
