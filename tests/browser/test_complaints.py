"""Complaints in the browser: from the record by a collector, and for a customer whom nobody knows by the clerk."""

from typing import Any

import pytest
from django.utils import timezone

from cases.models import Hold
from collection_ops.core.models import User
from compliance.complaints.register import Accused
from compliance.models import About, Complaint
from tests.browser.steps import fits, press, sign_in
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.builders import complained

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_complaint_is_written_down_from_the_record_and_without_a_customer(
    page: Any, transactional_db: None, collector: User, supervisor: User, clerk: User, complaints: list[str]
) -> None:
    case = make_case(contract_no="HT-1", desk=desk_of(collector))
    sign_in(page, collector)
    page.goto(f"/cases/{case.pk}/?tab=complaints")
    page.get_by_role("link", name="登记投诉").click()
    page.get_by_label("投诉内容").fill("催收员说要到单位去找我")
    page.get_by_text("11 / 32,767").wait_for()
    press(page, "登记投诉")
    page.get_by_text("请选择投诉类型").wait_for()
    assert page.get_by_label("投诉内容").input_value() == "催收员说要到单位去找我"
    page.get_by_label("类型", exact=True).select_option("disclosure")
    assert page.get_by_label("监管分类").input_value() == "information"
    page.get_by_label("朱主管").check()
    fits(page)
    press(page, "登记投诉")
    page.get_by_text("已登记投诉").wait_for()
    first = Complaint.objects.get()
    assert (first.subjects.get().user, first.category) == (supervisor, "information")

    page.context.clear_cookies()
    sign_in(page, clerk)
    page.goto("/compliance/complaints/")
    page.get_by_role("link", name="登记投诉").click()
    fits(page)
    page.get_by_role("link", name="无法识别客户，直接登记").click()
    page.get_by_label("投诉内容").fill("来信，只有姓名")
    page.get_by_label("类型", exact=True).select_option("other")
    page.get_by_label("投诉人姓名").fill("上官某人")
    press(page, "登记投诉")
    page.get_by_text("已登记投诉").wait_for()
    page.goto("/compliance/complaints/")
    page.get_by_text("未识别客户").wait_for()
    fits(page)
    assert [said for said in complaints if "400 (Bad Request)" not in said] == []


def test_a_complaint_is_led_to_its_end_on_its_page(
    page: Any,
    transactional_db: None,
    collector: User,
    supervisor: User,
    compliance_officer: User,
    complaints: list[str],
) -> None:
    case = make_case(contract_no="HT-1", desk=desk_of(collector))
    now = timezone.now()
    one = complained(case, Accused(About.COLLECTOR, collector), actor=supervisor, now=now, received_at=now)
    sign_in(page, compliance_officer)
    page.goto("/compliance/desk/")
    page.get_by_role("link", name=one.number).click()
    page.get_by_label("经办人").select_option(label=str(compliance_officer))
    press(page, "指定经办人")
    page.get_by_text("已指定经办人").wait_for()
    page.get_by_role("link", name="作出处理决定").click()
    page.get_by_label("属实", exact=True).check()
    page.get_by_label("查明情况").fill("录音中确有辱骂")
    press(page, "提交决定")
    page.get_by_text("属实或部分属实时须写明补救措施").wait_for()
    assert page.get_by_label("查明情况").input_value() == "录音中确有辱骂"
    page.get_by_label("补救措施").fill("致歉，不再由其联系")
    page.get_by_role("checkbox", name=str(collector)).check()
    fits(page)
    press(page, "提交决定")
    page.get_by_text("负有责任").wait_for()
    other_tab = page.context.new_page()
    other_tab.goto(page.url)
    for tab in (page, other_tab):
        tab.locator("summary", has_text="办结").click()
        tab.get_by_label("如何答复").fill("电话致歉")
        tab.get_by_label("未发答复函的原因").fill("本人要求电话答复")
        press(tab, "办结")
    page.get_by_text("已办结").first.wait_for()
    other_tab.get_by_text("可能已被同事处理").wait_for()
    assert not Hold.objects.in_force(timezone.now()).exists()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/compliance/complaints/{one.pk}/")
    fits(page)

    page.context.clear_cookies()
    sign_in(page, collector)
    assert page.goto(f"/compliance/complaints/{one.pk}/").status == 404, "whom it is about sees nothing of it"
