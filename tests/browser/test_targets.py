"""A month's targets in the browser: proposed, edited with the differences in sight, agreed; and met on the desk."""

from typing import Any

import pytest

from agents.targets.sets import agreed
from collection_ops.core import clock
from collection_ops.core.models import User
from tests.agents.targets.book import MARCH, NOW, held, new_collector, pay
from tests.browser.steps import fits, press, sign_in
from tests.staff import make_team, place

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_from_the_companys_target_to_the_line_on_the_desk(
    page: Any, transactional_db: None, collector: User, supervisor: User, complaints: list[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    team = make_team("team-a", "一组")
    place(collector, team)
    other = new_collector("热依汗·买买提", team)
    for person in (collector, other):
        case = held(person, "4000.00", days=20)
    pay(case, 5, "1.00")

    sign_in(page, supervisor)
    page.goto("/targets/")
    page.get_by_role("link", name="提议目标").first.click()
    page.get_by_label("确认回款 （元）").fill("1,000.00")
    page.get_by_label("投诉率 （%） 上限").fill("2")
    fits(page)
    press(page, "分解")
    page.wait_for_url("**edit=1")
    mine = page.get_by_label("林催收")
    assert mine.input_value() == "500.00"
    mine.fill("620.00")
    page.get_by_text("+120.00").wait_for()
    page.get_by_label("原因").fill("林催收手中有大额")
    press(page, "核定并生效")
    page.get_by_role("alert").get_by_text("下级之和与上级目标不一致").wait_for()
    assert page.get_by_label("林催收").input_value() == "620.00"
    complaints.clear()  # of the 409, which is meant
    page.get_by_label("热依汗·买买提").fill("380.00")
    page.wait_for_function("document.querySelector('[data-difference=\"company\"]').textContent === ''")
    fits(page)
    press(page, "核定并生效")
    page.get_by_text("第 2 版目标已核定生效").wait_for()
    fits(page)
    assert agreed(MARCH) is not None

    page.context.clear_cookies()
    sign_in(page, collector)
    page.goto("/work/desk/")
    page.get_by_text("还差 620.00").wait_for()
    page.get_by_role("link", name="目标 0.0 %").click()
    page.get_by_text("原定今日 28.18").wait_for()  # 620 ÷ 22 days
    fits(page)
    page.goto("/work/desk/plan/")
    page.get_by_role("heading", name="我的目标").wait_for()
    fits(page)
    assert complaints == []
