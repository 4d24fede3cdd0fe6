"""A manager fills in a month, reads it on a desk and a phone, in both languages, prints it, and subscribes with a click."""

import datetime as dt
import re
from typing import Any

import pytest
from django.urls import reverse

from cases.models import Custody
from collection_ops.core.models import User
from reports.models import ReportRun, ReportSubscription
from tests.browser.steps import fits, sign_in
from tests.browser.test_a_call import kept
from tests.cases.builders import add_position, make_case
from tests.reports.regular.cast import D2, FEB, at, known_on_their_days, pay, small_book

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _book_with_a_pattern() -> None:
    """M1 pays, M3 does not: enough loans for a tree to be drawn."""
    small_book()
    for number in range(140):
        is_young = number < 70
        case = make_case(
            days=10 if is_young else 70, total="900.00", as_of=FEB, name="一个名字特别特别长的客户阿不都热合曼"
        )
        if is_young and number % 4:
            add_position(case, D2, days=0, total="0.01")
            pay(case, dt.date(2026, 3, 9), "900.00", reference=f"M-{number}")
        else:
            add_position(case, D2, days=42 if is_young else 102, total="900.00")
    known_on_their_days()
    Custody.objects.update(started_at=at(FEB))


@pytest.mark.slow
def test_a_month_is_filled_in_read_printed_and_subscribed_to(
    page: Any, transactional_db: None, worker: Any, manager: User, complaints: list[str]
) -> None:
    _book_with_a_pattern()
    User.objects.filter(pk=manager.pk).update(email="jing@example.com")
    sign_in(page, manager)
    origin = page.url.partition("/reports/")[0]
    page.goto(f"{origin}{reverse('reports:papers')}")
    fits(page)
    page.get_by_label("种类").last.select_option("monthly")
    page.get_by_label("从").fill("2026-03-01")
    page.get_by_label("到").last.fill("2026-03-31")
    page.get_by_role("button", name="生成").click()
    page.wait_for_url("**/tasks/")
    page.get_by_text("月报 2026-03-01").first.wait_for(timeout=60_000)
    page.get_by_text("完成", exact=True).first.wait_for(timeout=60_000)
    run = ReportRun.objects.get()

    page.goto(f"{origin}{reverse('reports:paper', args=[run.pk])}")
    page.locator(".chart svg").first.wait_for()
    assert page.locator(".chart").count() == page.locator(".chart svg").count() >= 4
    assert page.locator(".paper-tree svg rect").count() >= 3
    assert page.locator(".paper-story").count() >= 1
    fits(page)
    kept(page, "report")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details.paper-table:not([open])").count() == 0
    assert not page.locator(".page-actions").is_visible() and page.locator(".chart svg").first.is_visible()
    kept(page, "report-print")
    page.emulate_media(media="screen", color_scheme="dark")
    page.context.add_cookies([{"name": "language", "value": "en", "url": origin}])
    page.goto(f"{origin}{reverse('reports:paper', args=[run.pk])}")
    page.get_by_text("Patterns of overdue customers").first.wait_for()
    assert not re.search("[\u4e00-\u9fff]{4,}", page.locator(".paper-section > p").all_inner_texts()[0])
    fits(page)

    page.goto(f"{origin}{reverse('reports:papers')}")
    page.get_by_role("button", name="Subscribe Weekly report").click()
    page.get_by_text("subscribed", exact=True).wait_for()
    assert ReportSubscription.objects.get().kind == "weekly"
    assert complaints == []
