"""Rules and approvals: what is refused, beside what is not; two at once."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from agents.models import RewardProposal, RewardRules
from agents.reviews import rewards
from agents.reviews.reward_lines import RulesRefused, read_lines
from agents.reviews.reward_rules import SUGGESTED, save_rules
from agents.reviews.rewards import RewardRefused, appeal, decide_reward, propose_month, to_decide
from collection_ops.core.access import Role
from collection_ops.core.services.accounts import grant_role
from collection_ops.core.services.form_tokens import new_token
from tests.access.parts.reviews import make_reward
from tests.agents.reviews.month import APRIL, MARCH, RULES, at, breach, call, case_of, rules
from tests.core.races import at_once
from tests.staff import place

pytestmark = pytest.mark.django_db
MONEY = RULES[0]


@pytest.mark.parametrize("dropped", [("no_upheld",), ("most_breaches", "cert_days")])
def test_a_rule_that_pays_for_money_alone_is_refused(dropped):
    read_lines([MONEY])
    with pytest.raises(RulesRefused, match="只看金额的奖励不能保存"):
        read_lines([{**MONEY, **dict.fromkeys(dropped, "")}])


def test_a_fixed_reward_for_the_target_is_one_for_money_too():
    target = {**MONEY, "metric": "target", "threshold": "100", "formula": "fixed", "amount": "300"}
    read_lines([target])
    with pytest.raises(RulesRefused, match="只看金额"):
        read_lines([{**target, "no_upheld": ""}])
    read_lines([{**target, "no_upheld": "", "complaint_rate": "5"}])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"tiers": "20000:1, 5000:2"}, "从小到大"),
        ({"tiers": "5000"}, "起点:百分比"),
        ({"tiers": "5000:30"}, "最高 10%"),
        ({"threshold": "0"}, "大于 0"),
        ({"threshold": "NaN"}, "数字须在"),
        ({"threshold": "abc"}, "不是数字"),
        ({"kind": "gift"}, "请选择"),
        ({"code": "a b"}, "代码"),
        ({"most_breaches": "0.5"}, "整数"),
        ({"formula": "points"}, "按数计分"),
    ],
)
def test_a_rule_that_makes_no_sense_says_what_to_mend(change, why):
    with pytest.raises(RulesRefused, match=why):
        read_lines([{**MONEY, **change}])


def test_rules_are_saved_as_versions_with_a_reason_and_on_top_of_what_was_seen(manager):
    first = rules(manager)
    with pytest.raises(RulesRefused, match="他人修改"):
        save_rules(typed=SUGGESTED, reason="再改", based_on=0, actor=manager, now=at(2))
    with pytest.raises(RulesRefused, match="没有改动"):
        save_rules(typed=RULES, reason="再改", based_on=first.pk, actor=manager, now=at(2))
    with pytest.raises(RulesRefused, match="原因"):
        save_rules(typed=SUGGESTED, reason=" ", based_on=first.pk, actor=manager, now=at(2))
    assert save_rules(typed=SUGGESTED, reason="再改", based_on=first.pk, actor=manager, now=at(2)).pk > first.pk


def test_two_people_approve_neither_the_person_nor_the_proposer(collector, supervisor, compliance_officer, manager):
    """Under the rules that pay, with a beneficiary who may approve others' rewards."""
    reward = make_reward(collector, supervisor, manager, rule="breach", kind="penalty", conditions=[])
    grant_role(user=collector, role=Role.SUPERVISOR, actor=None)
    for actor, why in ((collector, "自己"), (supervisor, "提出人")):
        with pytest.raises(RewardRefused, match=why):
            decide_reward(proposal=reward, approve=True, actor=actor, now=APRIL)
        assert not to_decide(actor).exists()
    decide_reward(proposal=reward, approve=True, actor=manager, now=APRIL)
    with pytest.raises(RewardRefused, match="另一人"):
        decide_reward(proposal=reward, approve=True, actor=manager, now=APRIL)
    assert not to_decide(manager).exists() and to_decide(compliance_officer).exists()
    with pytest.raises(RewardRefused, match="驳回的原因"):
        decide_reward(proposal=reward, approve=False, actor=compliance_officer, now=APRIL)
    assert decide_reward(proposal=reward, approve=True, actor=compliance_officer, now=APRIL).state == "final"
    with pytest.raises(RewardRefused, match="已有结果"):
        decide_reward(proposal=reward, approve=False, reason="晚了", actor=compliance_officer, now=APRIL)


def test_the_database_takes_no_second_stamp_of_the_same_hand(collector, supervisor, manager):
    reward = make_reward(collector, supervisor, manager, state="first", first_by=manager, first_at=APRIL)
    for second in (manager, collector, supervisor):
        with pytest.raises(IntegrityError), transaction.atomic():
            RewardProposal.objects.filter(pk=reward.pk).update(second_by=second, second_at=APRIL, state="final")


def test_a_month_that_is_not_over_and_a_house_without_rules_have_nothing_to_propose(collector, supervisor, manager):
    with pytest.raises(RewardRefused, match="没有结束"):
        propose_month(month=MARCH, users=[collector], actor=supervisor, now=at(31))
    with pytest.raises(RewardRefused, match="还没有奖惩规则"):
        propose_month(month=MARCH, users=[collector], actor=supervisor, now=APRIL)


def test_only_the_person_appeals_and_only_once(collector, supervisor, compliance_officer, manager):
    reward = make_reward(collector, supervisor, manager, state="rejected", rejected_by=manager, reject_reason="不实")
    with pytest.raises(RewardRefused, match="本人"):
        appeal(proposal=reward, text="我替他说", actor=supervisor, now=APRIL)
    with pytest.raises(RewardRefused, match="理由"):
        appeal(proposal=reward, text=" ", actor=collector, now=APRIL)
    assert appeal(proposal=reward, text="达标了", actor=collector, now=APRIL).appeal_state == "open"
    with pytest.raises(RewardRefused, match="已经申诉过"):
        appeal(proposal=reward, text="再说一次", actor=collector, now=APRIL)


def both_approve(collector, supervisor, people):
    reward = make_reward(collector, supervisor, people[0], rule="breach", kind="penalty", conditions=[])
    acts = [lambda who=who: decide_reward(proposal=reward, approve=True, actor=who, now=APRIL) for who in people]
    results = at_once(*acts)
    reward.refresh_from_db()
    return results, reward


@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_at_once_one_is_the_first_and_the_other_the_second(
    collector, supervisor, compliance_officer, manager
):
    results, reward = both_approve(collector, supervisor, [manager, compliance_officer])
    assert not [one for one in results if isinstance(one, Exception)], results
    assert reward.state == "final" and {reward.first_by, reward.second_by} == {manager, compliance_officer}


@pytest.mark.django_db(transaction=True)
def test_one_person_who_presses_twice_at_once_is_only_the_first(collector, supervisor, manager):
    results, reward = both_approve(collector, supervisor, [manager, manager])
    assert sum(isinstance(one, RewardRefused) for one in results) == 1
    assert (reward.state, reward.first_by, reward.second_by) == ("first", manager, None)


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_an_approval_is_lost(collector, supervisor, compliance_officer, manager, monkeypatch):
    import threading

    both_read = threading.Barrier(2, timeout=5)

    def unlocked(pk):
        found = RewardProposal.objects.select_related("user", "rules").get(pk=pk)
        both_read.wait()
        return found

    monkeypatch.setattr(rewards, "hold_reward", unlocked)
    _results, reward = both_approve(collector, supervisor, [manager, compliance_officer])
    assert (reward.state, reward.second_by) == ("first", None)


@pytest.mark.django_db(transaction=True)
def test_two_who_propose_a_month_at_once_make_it_once(collector, team_leader, supervisor, manager):
    place(collector)
    rules(manager)
    breach(call(case_of(collector), collector, at(4)))
    acts = [
        lambda who=who: propose_month(month=MARCH, users=[collector], actor=who, now=APRIL)
        for who in (team_leader, supervisor)
    ]
    results = at_once(*acts)
    assert sum(isinstance(one, RewardRefused) for one in results) == 1
    assert RewardProposal.objects.count() == 1 and RewardRules.objects.count() == 1


def test_the_page_shows_arithmetic_and_keeps_what_was_typed(client_as, collector, team_leader, manager):
    reward = make_reward(collector, team_leader, manager)
    client = client_as(manager)
    page = client.get(reverse("reviews:reward", args=[reward.pk])).content.decode()
    assert "5,000.00 元以上的部分：15,000.00 元 × 1%" in page and "没有成立的投诉" in page
    address = reverse("reviews:reward_decide", args=[reward.pk])
    answer = client.post(address, {"decision": "reject", "reason": "", "form_token": new_token()})
    assert answer.status_code == 409 and "请写明驳回的原因" in answer.content.decode()
    assert 'value="reject" checked' in answer.content.decode()


def test_amounts_are_those_of_the_month_only(collector, team_leader, manager):
    place(collector)
    rules(manager)
    case = case_of(collector)
    pay_day = dt.date(2026, 4, 1)
    from tests.agents.reviews.month import pay

    pay(case, 31, "6000.00")
    pay(case, 30, "0.50")
    type(pay(case, 1, "99999.00")).objects.filter(amount="99999.00").update(paid_on=pay_day)
    propose_month(month=MARCH, users=[collector], actor=team_leader, now=APRIL)
    assert RewardProposal.objects.get().amount == Decimal("10.01")  # 1,000.50 × 1 % = 10.005
