"""March of three collectors, as an accountant would check it: what the rules give, what a complaint takes away, a penalty
appealed against. 1 % of credited money from 5,000 to 20,000 yuan and 2 % of what is above.
"""

from decimal import Decimal

import pytest
from django.db.models import Sum

from agents.models import RewardProposal
from agents.reviews.rewards import RewardRefused, appeal, decide_appeal, decide_reward, propose_month
from collection_ops.core.models import AuditEvent, Notification, User
from compliance.complaints.handling import reopen
from tests.agents.reviews.month import APRIL, MARCH, at, breach, call, case_of, complain, hired, pay, rules
from tests.compliance.complaints.builders import officer, settle

pytestmark = pytest.mark.django_db


def the(user: User, rule: str) -> RewardProposal:
    return RewardProposal.objects.get(user=user, month=MARCH, rule=rule)


def approved(proposal: RewardProposal, *people: User) -> RewardProposal:
    for person in people:
        proposal = decide_reward(proposal=proposal, approve=True, actor=person, now=APRIL)
    return proposal


def test_a_month_from_the_rules_to_the_last_cent(team_leader, supervisor, compliance_officer, manager):
    lin, ma, chen = hired("lin", "林晓燕"), hired("ma", "马哈提"), hired("chen", "陈明")
    rules(manager)
    # Lin: 23,456.78 yuan, a complaint that was not upheld.
    first = case_of(lin)
    pay(first, 6, "13456.78")
    pay(first, 20, "10000.00")
    complain(first, lin, at(9), upheld=False)
    # Ma: 12,345.67 yuan, and a complaint that was upheld.
    second = case_of(ma)
    pay(second, 11, "12345.67")
    complain(second, ma, at(12))
    # Chen: 3,000 yuan, one breach, four late notes.
    third = case_of(chen)
    pay(third, 5, "3000.00")
    calls = [call(third, chen, at(3 + day), late=30) for day in range(4)]
    breach(calls[0])

    batch = propose_month(month=MARCH, users=[lin, ma, chen], actor=team_leader, now=APRIL)
    assert (batch.made, batch.voided) == (4, 1)

    money = the(lin, "money")
    assert [(step["of"], step["rate"], step["amount"]) for step in money.arithmetic] == [
        ("15000", "1", "150.00"),
        ("3456.78", "2", "69.14"),  # 69.1356
    ]
    assert (money.amount, money.state) == (Decimal("219.14"), "proposed")
    assert all(one["met"] for one in money.conditions)

    lost = the(ma, "money")
    assert (lost.amount, lost.state, lost.voided_by) == (Decimal("73.46"), "voided", "upheld")  # 7,345.67 × 1 %
    assert lost.conditions[0]["evidence"][0]["kind"] == "complaint"

    assert the(chen, "breach").amount == Decimal("100.00")
    assert the(chen, "late-notes").amount == Decimal("40.00")  # 4 × 2 points × 5 yuan
    assert not RewardProposal.objects.filter(user=chen, rule="money").exists()  # below 5,000

    # Once more: nothing new.
    with pytest.raises(RewardRefused, match="没有新的"):
        propose_month(month=MARCH, users=[lin, ma, chen], actor=team_leader, now=APRIL)

    assert approved(money, supervisor).state == "first"
    assert approved(money, compliance_officer).state == "final"
    assert approved(the(chen, "breach"), supervisor, compliance_officer).state == "final"
    assert approved(the(chen, "late-notes"), supervisor, compliance_officer).state == "final"

    # Chen objects to the breach: the telephone line had failed. Somebody who had no part in it answers.
    objected = appeal(proposal=the(chen, "breach"), text="线路故障，通话未接通", actor=chen, now=APRIL)
    with pytest.raises(RewardRefused, match="没有参与"):
        decide_appeal(proposal=objected, uphold=True, note="属实", actor=supervisor, now=APRIL)
    assert decide_appeal(proposal=objected, uphold=True, note="属实", actor=manager, now=APRIL).state == "withdrawn"
    # Ma objects as well, in vain.
    objected = appeal(proposal=lost, text="投诉不实", actor=ma, now=APRIL)
    answered = decide_appeal(proposal=objected, uphold=False, note="录音为证", actor=manager, now=APRIL)
    assert (answered.state, answered.appeal_state) == ("voided", "dismissed")

    final = RewardProposal.objects.filter(state="final").values_list("kind").annotate(yuan=Sum("amount"))
    assert dict(final) == {"reward": Decimal("219.14"), "penalty": Decimal("40.00")}
    told = AuditEvent.objects.filter(action__startswith="reward.").values_list("action", flat=True)
    assert sorted(set(told)) == [
        "reward.appeal_dismissed", "reward.appeal_upheld", "reward.appealed", "reward.approved", "reward.half_approved",
        "reward.proposed", "reward.ruled",
    ]  # fmt: skip
    assert Notification.objects.filter(user=chen, kind="reward.decided").count() == 3


def test_a_complaint_upheld_between_the_two_approvals_voids_the_reward(
    team_leader, supervisor, compliance_officer, manager
):
    lin = hired("lin", "林晓燕")
    rules(manager)
    case = case_of(lin)
    pay(case, 6, "8000.00")
    propose_month(month=MARCH, users=[lin], actor=team_leader, now=APRIL)
    assert approved(the(lin, "money"), supervisor).amount == Decimal("30.00")
    one = complain(case, lin, at(28))
    stopped = approved(the(lin, "money"), compliance_officer)
    assert (stopped.state, stopped.voided_by, stopped.second_by) == ("voided", "upheld", None)
    # The complaint turns out to be about somebody else: the appeal brings the reward back to two approvals.
    reopen(complaint=one, reason="当事人认错了人", actor=officer(), now=at(29))
    settle(one, "not_upheld", at=at(30))
    objected = appeal(proposal=stopped, text="投诉的不是我", actor=lin, now=APRIL)
    again = decide_appeal(proposal=objected, uphold=True, note="查实", actor=manager, now=APRIL)
    assert (again.state, again.first_by) == ("proposed", None)
    assert approved(again, supervisor, compliance_officer).state == "final"
