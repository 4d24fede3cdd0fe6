"""A collector's call in a real browser: refused at night, allowed in the morning, told by keyboard."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from collection_ops.core import clock
from collection_ops.core.models import User
from compliance.models import ContactAttempt, GateDecision
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


def test_a_call_is_refused_at_night_and_told_by_keyboard_in_the_morning(
    page: Any, transactional_db: None, person: Person, collector: User, complaints: list[str], monkeypatch: Any
) -> None:
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
    fits(page)
    page.keyboard.press("1")
    assert page.get_by_role("radio", name="本人接听").is_checked()
    note = page.get_by_label("备注")
    note.fill("答应周五还")
    note.press("4")  # a figure in the note is no key
    assert page.get_by_role("radio", name="本人接听").is_checked()
    kept(page, "call-record")
    press(page, "保存")

    page.get_by_text("1 / 3").first.wait_for()
    assert (ContactAttempt.objects.get().result, ContactAttempt.objects.get().note) == ("right_party", "答应周五还4")
    assert list(GateDecision.objects.order_by("pk").values_list("verdict", flat=True)) == ["block", "allow"]
    page.goto(f"/cases/{person.card.pk}/")
    timeline = page.locator("#timeline")
    assert "电话：本人接听" in timeline.inner_text()
    assert "联系未获允许" in timeline.inner_text()
    page.goto("/work/cases/999999/contact/")
    page.get_by_text("404").or_(page.get_by_role("heading")).first.wait_for()
    assert [said for said in complaints if "404" not in said] == []
