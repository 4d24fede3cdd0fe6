"""Handing out cases in the browser: the supervisor plans and changes, the manager approves, the collector has the case."""

from typing import Any

import pytest

from agents.models import AssignmentRun
from cases.models import Case
from collection_ops.core import clock
from collection_ops.core.models import User
from tests.agents.assignment.cast import crew, pool_cases
from tests.browser.steps import fits, press, sign_in
from tests.browser.test_a_call import kept
from tests.cases.builders import desk_of, pool_desk
from tests.compliance.conftest import monday
from tests.staff import place

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def leave(page: Any) -> None:
    page.context.clear_cookies()


@pytest.mark.slow
def test_from_the_preview_to_the_collectors_desk_and_back(
    page: Any,
    transactional_db: None,
    collector: User,
    supervisor: User,
    manager: User,
    complaints: list[str],
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: monday("10:00"))
    place(collector, level_set=4)
    crew(2)
    pool_cases(8)
    sign_in(page, supervisor)
    page.goto("/assignment/")
    fits(page)
    kept(page, "assignment-board")
    press(page, "生成分案预览")
    page.wait_for_url("**/assignment/*/")
    run = AssignmentRun.objects.get()
    page.get_by_text("件会移动").wait_for()
    fits(page)
    kept(page, "assignment-run")

    page.get_by_text("为什么不是别人").first.click()
    page.locator(".move-over li").first.wait_for()
    move = run.moves.exclude(to_desk=desk_of(collector)).earliest("pk")
    line = page.locator(f".move[data-case='{move.case_id}']")
    line.get_by_role("link", name="调整", exact=True).click()
    page.get_by_label("改给").select_option(str(desk_of(collector).pk))
    press(page, "保存调整")
    page.get_by_text("合计已更新").wait_for()
    assert "人工指定" in page.locator(f".move[data-case='{move.case_id}']").inner_text()
    page.get_by_text("须由另一位主管或经理批准").wait_for()
    fits(page)

    leave(page)
    sign_in(page, manager)
    page.goto("/tasks/")
    page.get_by_text("待批准的分案").first.wait_for()
    page.goto(f"/assignment/{run.pk}/")
    press(page, "重放核对")
    page.get_by_text("可重放：一致").wait_for()
    press(page, "批准")
    page.get_by_text("已批准，可以使其生效").wait_for()
    press(page, "使其生效：移动 8 件")
    page.get_by_text("已生效：移动 8 件案件").wait_for()
    fits(page)

    leave(page)
    sign_in(page, collector)
    page.goto(f"/cases/{move.case_id}/?tab=custody")
    page.get_by_text("为什么分给").wait_for()
    fits(page)
    page.goto("/work/desk/")
    page.locator(f".queue-line[data-case='{move.case_id}']").wait_for()

    leave(page)
    sign_in(page, manager)
    page.goto(f"/assignment/{run.pk}/")
    page.get_by_label("撤销的原因").fill("分错了")
    press(page, "撤销这次分案")
    page.get_by_text("8 件案件回到原来的席位").wait_for()
    assert Case.objects.filter(desk=pool_desk()).count() == 8
    page.go_back()
    page.goto("/assignment/fairness/")
    fits(page)
    assert complaints == []


def test_a_rule_is_added_and_tried_out(
    page: Any, transactional_db: None, supervisor: User, complaints: list[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(clock, "now", lambda: monday("10:00"))
    crew(2, level_set=3)
    pool_cases(4)
    sign_in(page, supervisor)
    page.goto("/assignment/rules/")
    fits(page)
    kept(page, "assignment-rules")
    press(page, "加一条规则")
    line = page.locator(".rule-line").nth(4)
    line.wait_for()
    line.get_by_label("名称").fill("粤语")
    line.get_by_label("语言与方言").fill("粤语")
    line.get_by_role("button", name="上移").click()
    page.get_by_text("还没有保存").wait_for()
    assert page.locator("#line-3-name").input_value() == "粤语"
    press(page, "试算")
    page.get_by_text("修改后分出 0 件").wait_for()
    fits(page)
    page.locator("#line-3-languages").fill("")
    page.get_by_label("修改的原因").fill("试一试")
    press(page, "保存并生效")
    page.get_by_text("新的规则已生效").wait_for()
    assert complaints == []
