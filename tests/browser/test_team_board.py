"""A team leader watches the team: a call that a collector makes appears by itself, and nothing jumps."""

import re
from typing import Any

import pytest

from collection_ops.core import clock
from collection_ops.core.models import User
from compliance.reference import seed_codes
from tests.agents.people.test_board import call, case_of, colleague, ring
from tests.browser.steps import fits, sign_in
from tests.browser.test_a_call import kept
from tests.compliance.conftest import monday
from tests.staff import place

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_leader_sees_a_call_appear_and_what_was_open_stays_open(
    page: Any, transactional_db: None, collector: User, team_leader: User, complaints: list[str], monkeypatch: Any
) -> None:
    seed_codes()
    moment = {"now": monday("10:00")}
    monkeypatch.setattr(clock, "now", lambda: moment["now"])
    place(collector)
    colleague(name="一个名字特别特别长的同事阿不都热合曼·买买提明")
    assert ring(case_of(collector, total="123456789.01"), collector, "07:30") is None
    case = case_of(collector)
    page.clock.install()
    sign_in(page, team_leader)
    page.wait_for_url("**/people/board/")  # where a leader's day begins
    row = page.locator(f"tr[data-person='{collector.pk}']")
    assert row.get_by_role("link", name="0", exact=True).first.is_visible()
    fits(page)
    row.locator("summary").click()
    row.get_by_text("CN-T-01").wait_for()
    page.locator(f"#p{collector.pk}-attempts").focus()
    page.evaluate("window.stillHere = true")

    call(case, collector, "10:00", "TALKED")
    moment["now"] = monday("10:01")
    with page.expect_response(re.compile("/people/board/")):
        page.clock.run_for(61_000)
    page.locator("#team-as-of", has_text="10:01:00").wait_for()
    for counter in ("attempts", "connected", "effective"):
        assert page.locator(f"#p{collector.pk}-{counter}").inner_text() == "1"
    assert row.get_by_text("CN-T-01").is_visible()
    assert page.evaluate("document.activeElement.id") == f"p{collector.pk}-attempts"
    assert page.evaluate("window.stillHere")
    kept(page, "team-board")

    page.locator("#sort-attempts").click()
    page.wait_for_url("**sort=-attempts**")
    assert page.locator("tbody tr").first.get_attribute("data-person") == str(collector.pk)
    page.locator(f"#p{collector.pk}-effective").click()
    page.wait_for_url(f"**/people/{collector.pk}/day/?show=effective")
    page.get_by_text("有效", exact=True).first.wait_for()
    fits(page)
    kept(page, "person-day")
    page.context.add_cookies([{"name": "language", "value": "en", "url": page.url.partition("/people/")[0]}])
    for address, place_of, word in (
        ("/people/board/", "#sort-refused", "Refused by gate"),
        (f"/people/{collector.pk}/day/", ".status-tabs", "Attempts"),
    ):
        page.goto(address)
        page.locator(place_of, has_text=word).wait_for()
        fits(page)
    assert not re.search("[\u4e00-\u9fff]{2,}", page.locator(".status-tabs").inner_text())
    assert complaints == []
