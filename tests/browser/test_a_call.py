"""A collector's call in a real browser: refused at night, allowed in the morning, told by keyboard."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from cases.models import Promise
from collection_ops.core import clock
from collection_ops.core.models import User
from compliance.models import ContactAttempt, GateDecision
from compliance.reference import seed_talking_points
from tests.browser.steps import fits, press, sign_in
from tests.compliance.conftest import Person, monday, person

__all__ = ["person"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def kept(page: Any, name: str) -> None:
    """The screen as a picture, wide and narrow, dark and light, for whoever wants to look."""
    folder = Path(settings.BASE_DIR) / "var" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})


def confirm_identity(page: Any) -> None:
    """The person said two of the three things that are asked."""
    for factor in ("姓名", "证件号后四位"):
        page.get_by_role("checkbox", name=factor).check()
    press(page, "已核实身份")


@pytest.mark.slow
def test_a_call_is_refused_at_night_and_told_by_keyboard_in_the_morning(
    page: Any, transactional_db: None, person: Person, collector: User, complaints: list[str], monkeypatch: Any
) -> None:
    seed_talking_points()
    monkeypatch.setattr(clock, "now", lambda: monday("21:59"))
    sign_in(page, collector)
    page.goto(f"/cases/{person.card.pk}/")
    page.get_by_role("link", name="联系客户").click()
    own = page.locator(f"[data-point='{person.mobile.pk}']")
    own.get_by_role("button", name="拨打").wait_for()
    assert page.locator(f"[data-point='{person.aunt.pk}']").get_by_role("button").count() == 0

    # The page was opened a minute too early.
    monkeypatch.setattr(clock, "now", lambda: monday("22:00"))
    own.get_by_role("button", name="拨打").click()
    page.get_by_role("alert").get_by_text("现在不能联系，2026-03-03 08:00 起可以").wait_for()
    assert "03-03 08:00 起" in own.inner_text()
    fits(page)
    kept(page, "call-refused")

    monkeypatch.setattr(clock, "now", lambda: monday("10:00", day=3))
    page.goto(f"/work/cases/{person.card.pk}/contact/")
    kept(page, "call-allowed")
    own.get_by_role("button", name="拨打").click()
    page.get_by_role("button", name="没有拨出").wait_for()
    assert page.url.endswith("/contact/")  # the panel changed, the page did not
    assert "1,234.56" not in page.locator("body").inner_text()
    fits(page)
    confirm_identity(page)
    page.get_by_text("1,234.56").first.wait_for()

    # What the result asks for appears with it, and the note begins with what was chosen.
    amount = page.get_by_label("承诺金额（元）")
    assert not amount.is_visible()
    page.locator("main").press("1")
    assert page.get_by_role("radio", name="承诺还款").is_checked()
    assert amount.is_visible()
    page.keyboard.press("q")
    page.keyboard.press("h")
    page.keyboard.press("o")
    note = page.get_by_label("备注")
    assert note.input_value() == "承诺还款；意愿：愿意还款；原因：遗忘还款"
    assert page.get_by_text("以后需要我们在到期前提醒您吗").is_visible()
    assert not page.get_by_text("失业期间确实不容易").is_visible()
    # While an input method composes, its keys are its own.
    composing = (
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: '7', keyCode: 229, bubbles: true}))"
    )
    page.evaluate(composing)
    assert page.get_by_role("radio", name="承诺还款").is_checked()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="按键一览").wait_for()
    page.keyboard.press("Escape")

    # Half a promise is refused where it stands; what was typed is there.
    amount.fill("500.00")
    note.fill("答应周五还")
    note.press("4")  # a figure in the note is no key
    assert page.get_by_role("radio", name="承诺还款").is_checked()
    kept(page, "call-record")
    page.keyboard.press("Control+Enter")
    page.get_by_text("请填写还款日期").wait_for()
    assert (amount.input_value(), note.input_value()) == ("500.00", "答应周五还4")
    page.get_by_label("还款日期").fill("2026-03-06")
    page.keyboard.press("Control+Enter")

    page.get_by_text("1 / 3").first.wait_for()
    page.get_by_text("已登记：2026-03-06 前还款 500.00 元").wait_for()
    attempt = ContactAttempt.objects.select_related("detail__result_code").get()
    assert (attempt.result, attempt.detail.result_code.code, attempt.note) == ("right_party", "PTP", "答应周五还4")
    assert (attempt.detail.arrears_reason, attempt.detail.recording_notice) == ("forgot", True)
    assert Promise.objects.get().amount == 500
    assert list(GateDecision.objects.order_by("pk").values_list("verdict", flat=True)) == ["block", "allow"]
    page.goto(f"/cases/{person.card.pk}/")
    timeline = page.locator("#timeline")
    assert "电话：承诺还款" in timeline.inner_text()
    assert "联系未获允许" in timeline.inner_text()
    page.goto("/work/cases/999999/contact/")
    page.get_by_text("404").or_(page.get_by_role("heading")).first.wait_for()
    # The browser itself notes answers that refuse: the half promise, and the case that is not there.
    assert [said for said in complaints if not re.search("status of (400|404)", said)] == []


def test_without_a_script_the_whole_form_is_there_and_told(
    chromium: Any, live_server: Any, transactional_db: None, person: Person, collector: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(clock, "now", lambda: monday("10:00"))
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    sign_in(page, collector)
    page.goto(f"/work/cases/{person.card.pk}/contact/")
    page.locator(f"[data-point='{person.mobile.pk}']").get_by_role("button", name="拨打").click()
    confirm_identity(page)
    page.get_by_text("1,234.56").first.wait_for()
    page.get_by_role("radio", name="稍后回拨").check()
    page.get_by_role("button", name="保存").click()
    page.get_by_text("请填写约定的回拨时间").first.wait_for()
    page.get_by_label("回拨时间").fill("2026-03-02T15:00")
    page.get_by_role("button", name="保存").click()
    page.get_by_text("已记录").first.wait_for()
    assert ContactAttempt.objects.get().detail.callback_at == monday("15:00")
    context.close()
