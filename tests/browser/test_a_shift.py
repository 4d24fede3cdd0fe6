"""A collector's shift from logging in to the last case, and what her team leader finds of it in the evening."""

from typing import Any

import pytest

from cases.models import Case, PlanState, Promise, RepaymentPlan, RiskFlag
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, User
from compliance.models import ContactAttempt, GateDecision
from compliance.reference import seed_codes, seed_talking_points
from compliance.services.log import record_past
from tests.agents.workbench.test_queue import case_of
from tests.browser.steps import choose, fits, press, sign_in
from tests.browser.test_a_call import confirm_identity, kept
from tests.compliance.conftest import monday

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def agency_talks(case: Case, *clocks: str) -> None:
    """Another institution's calls of the morning, told of while the case is open on the desk."""
    for moment in clocks:
        record_past(
            case=case, point=case.loan.debtor.contact_points.get(), channel="call", result="right_party",
            started_at=monday(moment), actor=None, now=monday("10:00"), org="agency-songfeng",
        )  # fmt: skip


def next_case(page: Any, case: Case) -> None:
    page.wait_for_url(f"**/work/desk/{case.pk}/")
    page.locator("#call-panel").get_by_role("button", name="拨打").wait_for()


def ring(page: Any) -> None:
    page.keyboard.press("c")
    page.get_by_role("button", name="没有拨出").wait_for()
    confirm_identity(page)
    page.get_by_text("已核实身份", exact=True).first.wait_for()
    page.locator("main").press("o")


@pytest.mark.slow
def test_a_shift(
    page: Any,
    transactional_db: None,
    collector: User,
    team_leader: User,
    complaints: list[str],
    monkeypatch: Any,
) -> None:
    seed_codes()
    seed_talking_points()
    monkeypatch.setattr(clock, "now", lambda: monday("10:00"))
    used_up, promising, planning, needy, last = (
        case_of(collector, days=days, total=f"{days}0.00") for days in (60, 59, 58, 57, 20)
    )
    sign_in(page, collector)
    page.wait_for_url("**/work/desk/")
    page.keyboard.press("n")
    next_case(page, used_up)

    # Refused: an agency has used up the day's talks while the case was open here. The page says when it is allowed again.
    agency_talks(used_up, "08:30", "09:00", "09:30")
    page.keyboard.press("c")
    refused = page.get_by_role("alert").filter(has_text="现在不能联系")
    refused.get_by_text("2026-03-03 08:00 起可以").wait_for()
    refused.get_by_text("已 3，上限 3").first.wait_for()
    assert page.locator("#desk aside").get_by_text("3 / 3").count() == 2  # what stands beside it is as new
    assert page.url.endswith(f"/work/desk/{used_up.pk}/")
    assert GateDecision.objects.get().verdict == "block"
    assert not ContactAttempt.objects.filter(state="open").exists()
    fits(page)
    kept(page, "shift-1-refused")

    # Allowed, and a promise is taken down.
    page.keyboard.press("n")
    next_case(page, promising)
    ring(page)
    page.locator("main").press("1")
    page.get_by_label("承诺金额（元）").fill("300.00")
    page.get_by_label("还款日期").fill("2026-03-05")
    kept(page, "shift-2-promise")
    page.keyboard.press("Control+Enter")
    next_case(page, planning)
    page.get_by_text("已登记：2026-03-05 前还款 300.00 元").wait_for()
    assert Promise.objects.get().case == promising

    # A plan, for somebody else to approve.
    ring(page)
    choose(page, "要求分期")
    page.get_by_label("期数").fill("4")
    page.get_by_label("首期还款日").fill("2026-03-20")
    page.get_by_text("录音编号与校验值").click()
    page.get_by_label("录音编号").fill("LY-20260302-0001")
    kept(page, "shift-3-plan")
    page.keyboard.press("Control+Enter")
    next_case(page, needy)
    plan = RepaymentPlan.objects.get()
    assert (plan.case, plan.state, plan.proposed_by) == (planning, PlanState.SUBMITTED, collector)
    assert sum(plan.instalments.values_list("amount", flat=True)) == plan.total == planning.total

    # A risk flag, on what was said.
    ring(page)
    choose(page, "特殊困难")
    page.get_by_label("风险", exact=True).select_option(label="特殊困难")
    page.get_by_label("依据").fill("本月失业，独自抚养两个孩子")
    page.get_by_label("建议处置").select_option(label="帮扶协商")
    kept(page, "shift-4-risk")
    page.keyboard.press("Control+Enter")
    next_case(page, last)
    assert RiskFlag.objects.get().case == needy

    # The number is opened with a reason, which is on the trail.
    page.goto(f"/cases/{last.pk}/?tab=contacts")
    cell = page.locator(".reveal-cell").first
    cell.get_by_text("查看", exact=True).first.click()
    cell.get_by_label("查看理由").select_option(index=1)
    cell.get_by_role("button", name="查看").click()
    page.get_by_text(last.loan.debtor.contact_points.get().value).first.wait_for()
    opened = AuditEvent.objects.get(action="person.revealed")
    assert (opened.actor, opened.object_id) == (collector, str(last.pk))
    assert opened.reason
    kept(page, "shift-5-reveal")

    # The telephone of somebody on the way: the same desk, as narrow as it is.
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/work/desk/{last.pk}/")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="键盘").wait_for()
    page.keyboard.press("Escape")
    fits(page, widths=(390,))

    # What waits for the team leader.
    page.context.clear_cookies()
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, team_leader)
    page.goto("/tasks/")
    decisions = page.locator("section", has_text="待我审批").first
    decisions.get_by_role("link", name="还款方案").wait_for()
    kept(page, "shift-6-leader")
    page.goto(f"/cases/{needy.pk}/")
    assert "风险" in page.locator("#timeline").inner_text()
    assert complaints == []


def test_the_second_click_and_the_back_button_call_nobody_twice(
    page: Any, transactional_db: None, collector: User, monkeypatch: Any
) -> None:
    seed_codes()
    monkeypatch.setattr(clock, "now", lambda: monday("10:00"))
    case = case_of(collector)
    sign_in(page, collector)
    page.goto(f"/work/cases/{case.pk}/contact/")
    page.get_by_role("button", name="拨打").dblclick()
    page.get_by_role("button", name="没有拨出").wait_for()
    page.goto(f"/work/cases/{case.pk}/contact/")
    page.get_by_role("button", name="拨打").click()
    page.get_by_text("与该客户的上一次联系还没有记录，请先记录结果").first.wait_for()
    assert ContactAttempt.objects.count() == 1
    page.locator("main").press("7")
    press(page, "保存 Ctrl Enter")
    page.get_by_text("已记录").first.wait_for()
    page.go_back()
    assert ContactAttempt.objects.get().result == "no_answer"
