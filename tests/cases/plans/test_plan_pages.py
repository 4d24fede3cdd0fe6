"""Plans through the pages: proposed with a preview, decided, printed; and what is wrong is said with all that was typed."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, RepaymentPlan
from cases.services.closing import close_case
from cases.services.custody import move_cases
from collection_ops.core.services.form_tokens import new_token
from tests.cases.builders import add_position, desk_of, pool_desk
from tests.cases.plans.conftest import agree, equal, propose

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def today() -> dt.date:
    return timezone.localdate()


def tab(client, case: Case) -> str:
    return client.get(f"{reverse('cases:record', args=[case.pk])}?tab=plans").content.decode()


def filled(today: dt.date, **changes: Any) -> dict[str, Any]:
    first = (today + dt.timedelta(days=10)).isoformat()
    return {
        "kind": "instalments", "total": "9000.00", "first_on": first, "count": "3", "proof_kind": "recording",
        "proof_ref": "LY-77", "note": "每月十五日发工资", "form_token": new_token(), **changes,
    }  # fmt: skip


def post(client, route: str, *args: int, **values: Any):
    return client.post(reverse(f"cases:{route}", args=args), {"form_token": new_token(), **values})


def test_the_collector_proposes_the_leader_approves_and_the_agreement_says_what_was_agreed(
    case, collector, team_leader, client_as, today
):
    client = client_as(collector)
    assert 'value="9000.00"' in tab(client, case), "the total is filled in with the balance"
    shown = client.post(reverse("cases:plan_preview", args=[case.pk]), filled(today), headers=HTMX).content.decode()
    assert shown.count("3,000.00") == 3
    assert "合计与总额一致" in shown
    assert not RepaymentPlan.objects.exists(), "a preview writes nothing"

    answer = client.post(reverse("cases:plan_propose", args=[case.pk]), filled(today))
    assert answer["Location"] == f"{reverse('cases:record', args=[case.pk])}?tab=plans"
    plan = RepaymentPlan.objects.get()
    page = tab(client, case)
    assert "待审批的方案" in page and plan.number in page
    assert "草稿，未经批准不生效" in client.get(reverse("cases:plan_agreement", args=[plan.pk])).content.decode()

    leader = client_as(team_leader)
    assert f"{reverse('cases:plans')}?show=waiting" in leader.get(reverse("core:tasks")).content.decode()
    assert plan.case.loan.contract_no in leader.get(reverse("cases:plans")).content.decode()
    assert post(leader, "plan_decide", plan.pk, verdict="approve", note="").status_code == 302
    page = tab(client, case)
    assert "履行中的方案" in page
    paper = client.get(reverse("cases:plan_agreement", args=[plan.pk])).content.decode()
    for text in (
        plan.number,
        "第 1 版",
        "9,000.00",
        "2026-01-15",
        "3,000.00",
        "12378",
        "乙方（签名）",
        "LY-77",
        "张三丰",
    ):
        assert text in paper, text
    assert "草稿" not in paper


def test_parties_on_paper_are_masked_for_those_who_may_not_read_names(case, collector, team_leader, auditor, client_as):
    plan = agree(case, collector, team_leader)
    paper = client_as(auditor).get(reverse("cases:plan_agreement", args=[plan.pk])).content.decode()
    assert "张*丰" in paper and "张三丰" not in paper


def test_bad_terms_are_said_at_their_place_and_nothing_typed_is_lost(case, collector, client_as, today):
    client = client_as(collector)
    yesterday = (today - dt.timedelta(days=1)).isoformat()
    for changes, sentence, status in (
        ({"total": "9000.001"}, "金额最多两位小数", 400),
        ({"total": "九千"}, "请填写数字", 400),
        ({"first_on": yesterday}, "首期还款日不能早于今天", 409),
        ({"first_on": ""}, "请填写首期还款日", 409),
        ({"total": "8999.99"}, "方案总额须等于截至 2026-01-15 的欠款 9,000.00 元", 409),
        ({"count": "61"}, "期数须在 1 与 60 之间", 409),
        ({"kind": ""}, "请选择方式", 400),
        ({"kind": "minimum", "share": "1", "least": ""}, "60 期内还不清", 409),
        ({"proof_kind": ""}, "请选择凭证类型", 409),
    ):
        answer = client.post(reverse("cases:plan_propose", args=[case.pk]), filled(today, **changes))
        page = answer.content.decode()
        assert (answer.status_code, sentence in page) == (status, True), changes
        assert "每月十五日发工资" in page and "LY-77" in page
    assert not RepaymentPlan.objects.exists()


def test_rows_of_a_custom_plan_begin_as_equal_parts_and_come_back_as_they_were_typed(case, collector, client_as, today):
    client = client_as(collector)
    custom = filled(today, kind="custom")
    page = client.post(reverse("cases:plan_preview", args=[case.pk]), custom, headers=HTMX).content.decode()
    assert page.count('value="3000.00"') == 3
    days = [(today + dt.timedelta(days=n)).isoformat() for n in (5, 50)]
    for amounts, sentence in (
        (["5000.00", "3999.99"], "相差 0.01 元"),
        (["5000.00", "4000.001"], "第 2 行：金额最多两位小数"),
        (["5000.00", ""], "第 2 行：请填写金额"),
    ):
        rows = {"row_day": [*days, ""], "row_amount": [*amounts, ""]}
        answer = client.post(
            reverse("cases:plan_propose", args=[case.pk]), {**custom, **rows, "form_token": new_token()}
        )
        page = answer.content.decode()
        assert answer.status_code in (400, 409) and sentence in page
        assert f'value="{days[1]}"' in page and f'value="{amounts[1]}"' in page
    rows = {"row_day": days, "row_amount": ["5000.00", "4000.00"]}
    client.post(reverse("cases:plan_propose", args=[case.pk]), {**custom, **rows, "form_token": new_token()})
    assert [str(one.amount) for one in RepaymentPlan.objects.get().instalments.all()] == ["5000.00", "4000.00"]


def test_sent_twice_is_one_plan(case, collector, client_as, today):
    client, form = client_as(collector), filled(today)
    answers = [client.post(reverse("cases:plan_propose", args=[case.pk]), form) for _again in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert RepaymentPlan.objects.count() == 1


def test_a_case_closed_or_taken_away_meanwhile_is_said_and_what_was_typed_is_still_there(
    case, collector, supervisor, client_as, today
):
    client = client_as(collector)
    move_cases(cases=[case.pk], desk=pool_desk(), reason="调整", actor=supervisor, now=timezone.now())
    answer = client.post(reverse("cases:plan_propose", args=[case.pk]), filled(today))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "案件刚刚转到了另一个席位，没有保存" in page and "每月十五日发工资" in page
    move_cases(cases=[case.pk], desk=desk_of(collector), reason="调回", actor=supervisor, now=timezone.now())
    Case.objects.filter(pk=case.pk).update(total=0)
    assert "没有欠款" in tab(client, case)
    Case.objects.filter(pk=case.pk).update(total=9000)
    close_case(case=case, reason="recalled", closed_on=dt.date(2026, 1, 21), actor=None, now=timezone.now())
    answer = client_as(supervisor).post(reverse("cases:plan_propose", args=[case.pk]), filled(today))
    assert answer.status_code == 409
    assert "案件已于 2026-01-21 结案" in answer.content.decode()
    assert not RepaymentPlan.objects.exists()


def test_a_moved_balance_is_shown_to_the_decider_and_the_way_on_is_a_new_proposal(
    case, collector, team_leader, client_as, today
):
    client, leader = client_as(collector), client_as(team_leader)
    client.post(reverse("cases:plan_propose", args=[case.pk]), filled(today))
    plan = RepaymentPlan.objects.get()
    add_position(case, dt.date(2026, 1, 16), days=46, total="9003.30")
    page = leader.get(reverse("cases:plan", args=[plan.pk])).content.decode()
    assert "提出后欠款已变为 9,003.30 元" in page
    answer = post(leader, "plan_decide", plan.pk, verdict="approve", note="同意")
    assert answer.status_code == 409
    assert "请按新的欠款重新提出" in answer.content.decode() and 'value="同意"' in answer.content.decode()
    form = client.get(f"{reverse('cases:plan_new', args=[case.pk])}?like={plan.pk}").content.decode()
    assert 'value="9003.30"' in form and 'value="3"' in form and f'name="replaces" value="{plan.pk}"' in form
    client.post(reverse("cases:plan_propose", args=[case.pk]), filled(today, total="9003.30", replaces=str(plan.pk)))
    assert list(RepaymentPlan.objects.order_by("pk").values_list("state", flat=True)) == ["withdrawn", "submitted"]


def test_each_sees_what_they_may_do(case, collector, team_leader, supervisor, manager, auditor, clerk, client_as):
    plan = propose(case, supervisor, terms=equal("9000.00", "2026-01-31", 3))
    address = reverse("cases:plan", args=[plan.pk])
    decides = {
        person.username: 'value="approve"' in client_as(person).get(address).content.decode()
        for person in (collector, team_leader, supervisor, manager, auditor)
    }
    assert decides == {
        collector.username: False, team_leader.username: True, supervisor.username: False, manager.username: True,
        auditor.username: False,
    }  # fmt: skip
    assert "由另一人审批" in client_as(supervisor).get(address).content.decode()
    assert client_as(clerk).get(address).status_code == 403
    assert post(client_as(collector), "plan_decide", plan.pk, verdict="approve").status_code == 403
    assert post(client_as(auditor), "plan_withdraw", plan.pk).status_code == 403
    answer = post(client_as(supervisor), "plan_decide", plan.pk, verdict="approve")
    assert (answer.status_code, "不能审批自己提出的方案" in answer.content.decode()) == (409, True)
    assert post(client_as(team_leader), "plan_decide", plan.pk, verdict="").status_code == 400
    assert RepaymentPlan.objects.get().state == "submitted"
    assert "提出还款方案" not in tab(client_as(auditor), case)


def test_a_proof_is_added_on_the_page_and_an_active_plan_is_ended_with_a_reason(
    case, collector, team_leader, client_as, today
):
    client, leader = client_as(collector), client_as(team_leader)
    client.post(reverse("cases:plan_propose", args=[case.pk]), filled(today, proof_kind="", proof_ref=""))
    plan = RepaymentPlan.objects.get()
    refused = post(leader, "plan_decide", plan.pk, verdict="approve")
    assert "没有书面协议或通话录音" in refused.content.decode()
    assert post(client, "plan_proof", plan.pk, proof_kind="document", proof_ref="").status_code == 400
    assert post(client, "plan_proof", plan.pk, proof_kind="document", proof_ref="XY-5").status_code == 302
    assert post(leader, "plan_decide", plan.pk, verdict="approve").status_code == 302
    assert post(leader, "plan_end", plan.pk, reason="").status_code == 400
    assert post(leader, "plan_end", plan.pk, reason="客户要求").status_code == 302
    plan.refresh_from_db()
    assert (plan.state, plan.ended_by) == ("ended", team_leader)
    assert "以前的方案" in tab(client, case)


def test_a_guarantor_in_the_file_is_warned_about_until_consent_is_on_record(case, collector, client_as):
    client = client_as(collector)
    assert "资料中有保证人" not in tab(client, case)
    point = case.loan.debtor.contact_points.get()
    type(point).objects.filter(pk=point.pk).update(relation="担保人", holder_name="李四")
    assert "资料中有保证人" in tab(client, case)
    plan = propose(case, collector)
    page = client.get(reverse("cases:plan_agreement", args=[plan.pk])).content.decode()
    assert "本协议未经保证人书面同意" in page
    RepaymentPlan.objects.update(guarantor_consent="TY-3")
    assert "保证人已书面同意（TY-3）" in client.get(reverse("cases:plan_agreement", args=[plan.pk])).content.decode()
