"""An absence in the browser: approved, flagged, covered with one click, worked by the helper, handed back with a summary."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from agents.cover.keeping import keep_covers
from agents.models import Cover, Leave
from cases.models import Repayment
from collection_ops.core import clock
from collection_ops.core.models import User
from tests.agents.cover.conftest import at, march
from tests.agents.cover.conftest import case_of as case_of
from tests.agents.cover.conftest import helper as helper
from tests.agents.cover.conftest import owner as owner
from tests.browser.steps import fits, press, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_leave_is_flagged_covered_worked_and_handed_back(
    page: Any, team_leader: User, owner: User, helper: User, case_of: Callable[..., Any], complaints: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    now = [at(9, 9)]
    for name in ("now", "database_now"):
        monkeypatch.setattr(clock, name, lambda: now[0])
    case = case_of(owner, "1000.00")
    Leave.objects.create(
        user=owner, kind="sick", first_day=march(9), last_day=march(11), state="approved", asked_at=at(9, 8)
    )

    sign_in(page, team_leader)
    page.goto("/cover/")
    flagged = page.locator("[data-gap]")
    assert "林催收" in flagged.inner_text() and "1 件，1,000.00 元" in flagged.inner_text()
    fits(page)
    flagged.get_by_role("link", name="安排代管").click()
    page.locator("[data-preview]").get_by_text("1,000.00").first.wait_for()
    press(page, "确认安排")
    page.get_by_role("heading", name="帮代管 代管 林催收 的案件").wait_for()
    fits(page)
    page.context.clear_cookies()

    # The helper's desk.
    sign_in(page, helper)
    page.goto("/cases/")
    page.get_by_text(case.loan.contract_no).first.wait_for()
    page.context.clear_cookies()

    # Money comes in; the morning after the last day the schedule hands back.
    Repayment.objects.create(
        source=case.loan.source, contract_no=case.loan.contract_no, loan=case.loan, paid_on=march(10),
        amount=Decimal("100.01"), status="confirmed",
    )  # fmt: skip
    now[0] = at(12, 0, 3)
    keep_covers(now=now[0])
    now[0] += dt.timedelta(hours=9)
    page.context.clear_cookies()
    sign_in(page, owner)
    page.goto(f"/cover/{Cover.objects.get().pk}/")
    page.get_by_role("heading", name="代管小结").wait_for()
    money = page.locator("[data-money] .total-row").inner_text()
    assert "100.01" in money and "50.01" in money and "50.00" in money
    fits(page)
    assert complaints == []
