"""A collector's morning at the desk, by keyboard: one case after the other, and the page is never loaded anew."""

import re
from typing import Any

import pytest

from agents.models import CaseLock
from collection_ops.core import clock
from collection_ops.core.models import User
from compliance.models import ContactAttempt
from compliance.reference import seed_codes, seed_talking_points
from tests.agents.workbench.test_queue import case_of
from tests.browser.steps import fits, sign_in
from tests.browser.test_a_call import kept
from tests.compliance.conftest import monday

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_from_case_to_case_by_keyboard(
    page: Any, transactional_db: None, collector: User, complaints: list[str], monkeypatch: Any
) -> None:
    seed_codes()
    seed_talking_points()
    monkeypatch.setattr(clock, "now", lambda: monday("10:00"))
    first, second, third = (case_of(collector, days=days, total=f"{days}00.00") for days in (60, 59, 45))
    sign_in(page, collector)
    page.wait_for_url("**/work/desk/")
    fits(page)
    page.evaluate("window.stillHere = true")

    # While an input method chooses a word its keys are its own, and so are those of somebody who writes.
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'n', keyCode: 229, bubbles: true}))")
    page.keyboard.press("/")
    page.keyboard.type("n")
    assert page.url.endswith("/work/desk/")
    page.keyboard.press("Escape")
    page.get_by_label("姓名、合同号、手机、证件号").or_(page.locator("#global-search")).first.blur()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="键盘").wait_for()
    page.keyboard.press("Escape")

    page.keyboard.press("n")
    page.wait_for_url(f"**/work/desk/{first.pk}/")
    page.get_by_text("明日滚入 M3，还清 6,000.00 元可止住").first.wait_for()
    with page.expect_response(re.compile("/hold/")) as held:
        page.reload()  # the page that shows a case takes its lock
    assert held.value.status == 204
    page.evaluate("window.stillHere = true")
    kept(page, "desk-case")

    page.keyboard.press("c")
    page.get_by_role("button", name="没有拨出").wait_for()
    assert "6,000.00" not in page.locator("#desk").inner_text()  # not before the person said who they are
    fits(page)
    kept(page, "desk-call")
    page.keyboard.press("7")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/work/desk/{second.pk}/")
    page.get_by_text("已记录").first.wait_for()
    assert ContactAttempt.objects.get().result == "no_answer"
    assert CaseLock.objects.get().case_id == second.pk

    # On without a call: the case is put aside.
    page.keyboard.press("n")
    page.wait_for_url(f"**/work/desk/{third.pk}/")
    page.get_by_text("已放到一边，30 分钟后再出现").wait_for()
    assert page.locator(f".queue-line[data-case='{second.pk}']").count() == 0
    assert page.evaluate("window.stillHere")
    page.goto("/work/desk/plan/")
    fits(page)
    kept(page, "desk-plan")
    assert complaints == []


def test_an_empty_chair_is_reminded_and_the_case_goes_back(
    page: Any, transactional_db: None, collector: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(clock, "now", lambda: monday("10:00"))
    case = case_of(collector)
    page.clock.install()
    sign_in(page, collector)
    with page.expect_response(re.compile("/hold/")):
        page.goto(f"/work/desk/{case.pk}/")
    note = page.get_by_text("很久没有操作了")
    assert not note.is_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/hold/" in request.url else None)
    page.clock.run_for(4 * 60_000)
    assert len(asked) == 1  # a third of ten minutes
    page.clock.run_for(4 * 60_000)
    note.wait_for()
    page.clock.run_for(20 * 60_000)
    assert len(asked) == 1  # nobody is there: the lock runs out
    page.keyboard.press("Shift")
    assert not note.is_visible()
    page.goto("/work/desk/plan/")
    for _moment in range(100):  # the page says good-bye while the next one is already there
        if not CaseLock.objects.exists():
            break
        page.wait_for_timeout(100)
    assert not CaseLock.objects.exists()
