"""The vendor manager reads a month of agencies in the browser: the funnel is drawn, a card opens, nothing reaches beyond the
screen."""

from decimal import Decimal
from typing import Any

import pytest

from collection_ops.core.models import User
from tests.browser.steps import fits, press, sign_in
from tests.vendors.scorecard_pages.made import a_card, cannot_tell
from tests.vendors.settlement.house import an_agency
from vendors.models import ScorecardScheme, VersionState

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_vendor_manager_reads_a_month_and_drafts_a_scheme(
    page: Any, transactional_db: None, vendor_manager: User, complaints: list[str]
) -> None:
    a_card(an_agency("jia", "华东信诚催收服务有限责任公司上海分公司"), strata=20)
    a_card(an_agency("yi", "乙机构"), verdict="worse", ratio=Decimal("0.6300"), cases=3000, score=Decimal("61.00"))
    cannot_tell(an_agency("bing", "丙机构"), ratio=Decimal("1.8100"))
    sign_in(page, vendor_manager)
    page.goto("/vendors/scorecards/?month=2026-03")
    drawing = page.locator('[data-chart="funnel"]')
    for name in ("乙机构", "丙机构"):
        drawing.get_by_text(name, exact=True).wait_for()
    fits(page)
    page.get_by_role("link", name="华东信诚催收服务有限责任公司上海分公司").first.click()
    page.get_by_role("heading", name="失分：从 100 分到得分").wait_for()
    assert page.get_by_text("少 2 件投诉（到 10）：得分 81.50（+7.00）").is_visible()
    fits(page)
    page.get_by_role("link", name="下一页").click()
    page.get_by_text("249,981.00").wait_for()

    page.goto("/vendors/scorecards/schemes/")
    press(page, "照最新版本起草")
    page.get_by_label("权重(分) 回款(实际÷预期)").fill("90")
    press(page, "保存草稿")
    page.get_by_text("CN-A-04：不得只按回款考核").wait_for()
    fits(page)
    assert ScorecardScheme.objects.get(number=2).state == VersionState.DRAFT
    assert complaints == []
