"""Waivers on their pages: from the record to the approval and back, and who may only read."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Repayment, Waiver
from cases.services.waiver_limits import Parts
from cases.services.waivers import apply_for_waiver
from collection_ops.core.models import Notification, User
from collection_ops.core.services.form_tokens import new_token
from tests.cases.builders import desk_of, make_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(collector: User) -> Case:
    """Owes 10,000.00 principal, 800.00 interest, 300.00 penalty, 200.00 fees."""
    case = make_case(contract_no="HT-W", total="11300.00", desk=desk_of(collector))
    case.principal, case.interest, case.penalty, case.fees = map(Decimal, ("10000", "800", "300", "200"))
    case.save()
    return case


def send(client: Any, route: str, *arguments: Any, **typed: Any) -> Any:
    return client.post(reverse(route, args=arguments), {"form_token": new_token(), **typed})


def test_from_the_record_to_the_approval_and_back(case, collector, supervisor, client_as):
    until = (timezone.localdate() + dt.timedelta(days=5)).isoformat()
    asking = client_as(collector)
    typed = {"waiver-fees": "999", "waiver-valid_until": until, "waiver-reason": "住院"}
    wrong = send(asking, "cases:waiver_apply", case.pk, **typed)
    assert wrong.status_code == 409
    page = wrong.content.decode()
    assert "费用减免不能超过所欠的 200.00 元" in page and 'value="999"' in page and "住院" in page
    assert send(asking, "cases:waiver_apply", case.pk, **{**typed, "waiver-fees": "120.00"}).status_code == 302
    waiver = Waiver.objects.get()
    assert asking.get(reverse("cases:waivers")).status_code == 403

    deciding = client_as(supervisor)
    tasks = deciding.get(reverse("core:tasks")).content.decode()
    assert '减免审批</a> <span class="figures">1</span>' in tasks
    assert "120.00" in deciding.get(reverse("cases:waivers")).content.decode()
    assert "保存决定" in deciding.get(reverse("cases:waiver", args=[waiver.pk])).content.decode()
    nothing = send(deciding, "cases:waiver_decide", waiver.pk, decision="reject")
    assert nothing.status_code == 409 and "请写明驳回的原因" in nothing.content.decode()
    assert send(deciding, "cases:waiver_decide", waiver.pk, decision="approve").status_code == 302
    waiver.refresh_from_db()
    assert waiver.state == "approved"
    assert Notification.objects.get(kind="waiver.approved").user == collector
    assert "没有待审批的减免" in deciding.get(reverse("cases:waivers")).content.decode()
    late = send(deciding, "cases:waiver_decide", waiver.pk, decision="approve")
    assert late.status_code == 409 and "这个减免已有结果" in late.content.decode()

    money = Repayment.objects.create(
        source=case.loan.source, contract_no="HT-W", loan=case.loan, paid_on=timezone.localdate(), amount=11100,
        status="confirmed",
    )  # fmt: skip
    assert (
        str(money.amount) and "标记为已使用" in deciding.get(reverse("cases:waiver", args=[waiver.pk])).content.decode()
    )
    assert send(deciding, "cases:waiver_use", waiver.pk).status_code == 400
    assert send(deciding, "cases:waiver_use", waiver.pk, repayment=money.pk).status_code == 302
    waiver.refresh_from_db()
    assert (waiver.state, waiver.used_repayment) == ("used", money)
    record = asking.get(reverse("cases:record", args=[case.pk]), {"tab": "agreements"}).content.decode()
    assert "已使用" in record and "减免不是还款" in record


def test_the_manager_sees_what_the_supervisor_cannot_decide_and_the_auditor_only_reads(
    case, collector, supervisor, manager, auditor, client_as
):
    waiver = apply_for_waiver(
        case=case, parts=Parts(interest=Decimal("10.00")), reason="失业", valid_until=timezone.localdate(), actor=collector,
        now=timezone.now(),
    )  # fmt: skip
    page = client_as(supervisor).get(reverse("cases:waivers")).content.decode()
    assert "没有待审批的减免" in page
    assert "保存决定" not in client_as(supervisor).get(reverse("cases:waiver", args=[waiver.pk])).content.decode()
    refused = send(client_as(supervisor), "cases:waiver_decide", waiver.pk, decision="approve")
    assert refused.status_code == 409 and "须经理审批" in refused.content.decode()
    reader = client_as(auditor)
    assert "10.00" in reader.get(reverse("cases:waivers")).content.decode()
    assert send(reader, "cases:waiver_decide", waiver.pk, decision="approve").status_code == 403
    assert send(client_as(manager), "cases:waiver_decide", waiver.pk, decision="approve").status_code == 302
