"""A week, a month and a reward in the browser: planned, held and acknowledged; seen, judged and agreed; approved by two."""

import datetime as dt
from typing import Any

import pytest

from agents.models import Appraisal, RewardProposal, WeekReview
from agents.targets.spread import monday_of
from collection_ops.core import clock
from collection_ops.core.models import User
from tests.access.parts.reviews import make_appraisal, make_reward
from tests.browser.steps import fits, press, sign_in
from tests.staff import place

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_out_and_in(page: Any, person: User) -> None:
    page.context.clear_cookies()
    sign_in(page, person)


@pytest.mark.slow
def test_a_week_a_month_and_a_reward(
    page: Any,
    transactional_db: None,
    collector: User,
    team_leader: User,
    supervisor: User,
    manager: User,
    complaints: list[str],
) -> None:
    place(collector)
    today = clock.business_date(clock.now())
    week = monday_of(today)
    appraised = make_appraisal(collector, team_leader, state="self")
    reward = make_reward(collector, team_leader, manager, rule="breach", kind="penalty", conditions=[])

    sign_in(page, collector)
    page.goto(f"/reviews/{collector.pk}/{week}/")
    page.get_by_label("这一周先做什么、做到什么程度").fill("先打约定回拨")
    press(page, "保存计划")
    page.get_by_text("周计划已保存").wait_for()
    fits(page)

    sign_out_and_in(page, team_leader)
    page.goto(f"/reviews/?week={week}")
    page.get_by_role("link", name="林催收").click()
    page.get_by_label("复盘记录").fill("回拨常晚")
    page.get_by_label("第 1 件：做什么").fill("每天先打回拨")
    page.get_by_label("第 1 件：以什么衡量").fill("按时跟进 90%")
    press(page, "保存复盘")
    page.get_by_text("第 1 件事请填写日期").wait_for()
    assert page.get_by_label("复盘记录").input_value() == "回拨常晚"
    page.get_by_label("第 1 件：何时").fill((today + dt.timedelta(days=3)).isoformat())
    press(page, "保存复盘")
    page.get_by_text("复盘已保存").wait_for()
    fits(page)
    page.goto(f"/reviews/appraisals/{appraised.pk}/")
    page.get_by_label("评语").fill("记录完整")
    page.get_by_label("调整").fill("1.5")
    press(page, "提交评定")
    page.get_by_text("已保存：待本人确认").wait_for()
    fits(page)

    sign_out_and_in(page, collector)
    page.goto(f"/reviews/{collector.pk}/{week}/")
    press(page, "已阅读并确认")
    page.get_by_text("已确认").first.wait_for()
    page.goto(f"/reviews/appraisals/{appraised.pk}/")
    page.get_by_label("同意", exact=True).check()
    press(page, "提交")
    page.get_by_text("已保存：已一致").wait_for()

    for person, state in ((supervisor, "待第二人批准"), (manager, "已批准")):
        sign_out_and_in(page, person)
        page.goto(f"/reviews/rewards/{reward.pk}/")
        page.get_by_label("予以批准").check()
        press(page, "保存决定")
        page.get_by_text(f"已保存：{state}").wait_for()
        fits(page)
    assert WeekReview.objects.get().state == "acknowledged"
    assert Appraisal.objects.get().state == "agreed"
    assert RewardProposal.objects.get().state == "final"
    # The browser itself says that a form was refused.
    assert [said for said in complaints if "409 (Conflict)" not in said] == []
