"""Complaints in the browser: from the record by a collector, and for a customer whom nobody knows by the clerk."""

from typing import Any

import pytest

from collection_ops.core.models import User
from compliance.models import Complaint
from tests.browser.steps import fits, press, sign_in
from tests.cases.builders import desk_of, make_case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_complaint_is_written_down_from_the_record_and_without_a_customer(
    page: Any, transactional_db: None, collector: User, supervisor: User, clerk: User, complaints: list[str]
) -> None:
    case = make_case(contract_no="HT-1", desk=desk_of(collector))
    sign_in(page, collector)
    page.goto(f"/cases/{case.pk}/?tab=complaints")
    page.get_by_role("link", name="登记投诉").click()
    page.get_by_label("投诉内容").fill("催收员说要到单位去找我")
    page.get_by_text("11 / 20,000").wait_for()
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
