"""Risk flags: one raises, another decides, steps are taken by their owners, and the plan ends with a result."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Disposition, DispositionStep, FlagState, Hold, RiskFlag
from cases.services.risk import (
    RiskRefused,
    Step,
    add_step,
    decide_risk,
    end_disposition,
    finish_step,
    raise_risk,
)
from cases.timeline import timeline
from collection_ops.core.approvals import waiting_for
from collection_ops.core.models import Notification, User
from tests.cases.builders import desk_of, make_case
from tests.core.races import at_once

pytestmark = pytest.mark.django_db
NINE = timezone.make_aware(dt.datetime(2026, 3, 2, 9, 0))
DAY = dt.date(2026, 3, 2)


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(desk=desk_of(collector))


def flag_of(case: Case, actor: User, type: str = "hardship", proposal: str = "assistance") -> RiskFlag:
    return raise_risk(
        case=case, type=type, evidence="3 月 1 日来电：失业，子女重病", proposal=proposal, actor=actor, now=NINE
    )


def accept(flag: RiskFlag, actor: User, *steps: Step, **given) -> Disposition:
    decide_risk(flag=flag, accept=True, reason="属实", actor=actor, now=NINE, steps=steps, **given)
    return Disposition.objects.get(flag=flag)


def test_a_hardship_is_flagged_decided_paused_and_worked_off_to_its_result(case, collector, supervisor):
    flag = flag_of(case, collector)
    assert [(w.label, w.count) for w in waiting_for(supervisor)] == [("待决定的风险标识", 1)]
    step = Step("寄送帮扶申请表", collector, DAY + dt.timedelta(days=3))
    plan = accept(flag, supervisor, step, pause_until=DAY + dt.timedelta(days=20))
    hold = Hold.objects.get()
    assert (hold.type, hold.placed_by, hold.reason) == ("vulnerable", supervisor, flag.evidence)
    assert set(Notification.objects.values_list("user__username", "kind")) == {
        ("lin.collector", "risk.accepted"), ("lin.collector", "disposition.step"),
    }  # fmt: skip
    assert [(w.label, w.count) for w in waiting_for(collector)] == [("我的处置步骤", 1)]
    assert waiting_for(supervisor) == []

    with pytest.raises(RiskRefused, match="还有 1 个步骤"):
        end_disposition(disposition=plan, result="已减额", actor=supervisor, now=NINE)
    finish_step(step=plan.steps.get(), result="已签收", actor=collector, now=NINE)
    ended = end_disposition(disposition=plan, result="转入 24 期方案", actor=supervisor, now=NINE)
    assert (ended.ended_by, ended.result) == (supervisor, "转入 24 期方案")
    assert waiting_for(collector) == []
    told = [entry.title for entry in timeline(case, supervisor, groups=["care"])[0]]
    assert {"提出风险标识：特殊困难", "采纳风险标识：特殊困难", "处置步骤：寄送帮扶申请表", "处置结束：帮扶协商"} < set(
        told
    )


def test_nobody_decides_their_own_flag_and_a_collector_none(case, collector, supervisor, manager):
    flag = flag_of(case, supervisor, "wilful", "legal")
    for person, sentence in ((supervisor, "自己提出"), (collector, "没有这项操作的权限")):
        with pytest.raises(RiskRefused, match=sentence):
            decide_risk(flag=flag, accept=True, reason="属实", actor=person, now=NINE)
    decided = decide_risk(flag=flag, accept=False, reason="证据不足", actor=manager, now=NINE)
    assert (decided.state, decided.decided_by) == (FlagState.REJECTED, manager)
    assert not Disposition.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        RiskFlag.objects.filter(pk=flag.pk).update(decided_by=supervisor)


def test_of_one_type_one_flag_waits_and_a_decided_one_makes_room(case, collector, supervisor):
    flag = flag_of(case, collector)
    with pytest.raises(RiskRefused, match="等待决定"):
        flag_of(case, supervisor)
    flag_of(case, collector, "lost", "tracing")
    decide_risk(flag=flag, accept=False, reason="未见证明", actor=supervisor, now=NINE)
    assert flag_of(case, collector).pk


def test_a_flag_is_decided_once(case, collector, supervisor, manager):
    flag = flag_of(case, collector)
    accept(flag, supervisor)
    with pytest.raises(RiskRefused, match="已经决定"):
        decide_risk(flag=flag, accept=False, reason="不同意", actor=manager, now=NINE)
    assert RiskFlag.objects.get().state == FlagState.ACCEPTED


def test_what_cannot_be_is_refused_and_leaves_nothing(case, collector, supervisor, finance):
    for sentence, given in {
        "依据": {"evidence": " "},
        "风险类型": {"type": "bad"},
        "处置方式": {"proposal": "shout"},
        "权限": {"actor": finance},
    }.items():
        usual = {"type": "high", "evidence": "多次失约", "proposal": "watch", "actor": collector}
        with pytest.raises(RiskRefused, match=sentence):
            raise_risk(case=case, now=NINE, **{**usual, **given})
    flag = flag_of(case, collector, "high", "watch")
    stranger = Step("上门", finance, DAY)
    for sentence, given in {
        "理由": {"reason": ""},
        "特殊困难": {"pause_until": DAY + dt.timedelta(days=9)},
        "看不到这个案件": {"steps": [stranger]},
        "不能在过去": {"steps": [Step("上门", collector, DAY - dt.timedelta(days=1))]},
        "做什么": {"steps": [Step(" ", collector, DAY)]},
    }.items():
        usual = {"accept": True, "reason": "属实", "actor": supervisor}
        with pytest.raises(RiskRefused, match=sentence):
            decide_risk(flag=flag, now=NINE, **{**usual, **given})
    assert not Disposition.objects.exists() and not Hold.objects.exists()
    assert RiskFlag.objects.get().state == FlagState.OPEN


def test_a_step_is_told_by_its_owner_or_who_decides_and_once(case, collector, supervisor, team_leader):
    plan = accept(flag_of(case, collector), supervisor, Step("核实住址", supervisor, DAY))
    step = plan.steps.get()
    for person in (collector, team_leader):
        with pytest.raises(RiskRefused, match="由 朱主管 负责"):
            finish_step(step=step, result="已核实", actor=person, now=NINE)
    finish_step(step=step, result="已核实", actor=supervisor, now=NINE)
    with pytest.raises(RiskRefused, match="已经填写"):
        finish_step(step=step, result="又核实", actor=supervisor, now=NINE)
    end_disposition(disposition=plan, result="已核实", actor=supervisor, now=NINE)
    with pytest.raises(RiskRefused, match="已经结束"):
        add_step(disposition=plan, step=Step("再查", supervisor, DAY), actor=supervisor, now=NINE)
    assert DispositionStep.objects.get().result == "已核实"


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_are_not_both_heard(transactional_db, collector, supervisor, manager):
    flag = flag_of(make_case(desk=desk_of(collector)), collector)

    def deciding(actor, yes):
        return lambda: decide_risk(flag=flag, accept=yes, reason="已看过", actor=actor, now=NINE).state

    answers = at_once(deciding(supervisor, True), deciding(manager, False))
    assert [isinstance(answer, RiskRefused) for answer in answers].count(True) == 1
    assert Disposition.objects.count() == (1 if RiskFlag.objects.get().state == FlagState.ACCEPTED else 0)


def test_twin_without_the_lock_a_rejected_flag_may_have_a_plan(case, collector, supervisor, manager, monkeypatch):
    """What the story above rests on is the flag's row, read again under its lock."""
    flag = flag_of(case, collector)
    stale = RiskFlag.objects.select_related("case__loan__debtor").get(pk=flag.pk)
    decide_risk(flag=flag, accept=False, reason="不属实", actor=manager, now=NINE)

    class Unlocked:
        def select_for_update(self, **_of):
            return self

        select_related = get = lambda self, *a, **k: stale if k else self

    monkeypatch.setattr(RiskFlag, "objects", Unlocked())
    decide_risk(flag=flag, accept=True, reason="属实", actor=supervisor, now=NINE)
    assert Disposition.objects.count() == 1


# Pages ---------------------------------------------------------------------------------------------------------------


def test_the_flag_goes_from_form_to_decision_to_steps_on_the_pages(case, collector, supervisor, client_as):
    from tests.cases.care.steps import send

    mine, theirs = client_as(collector), client_as(supervisor)
    asked = {"type": "hardship", "evidence": "3 月 1 日来电：失业", "proposal": "assistance"}
    assert send(mine, "risk_raise", case.pk, **{**asked, "evidence": ""}).status_code == 400
    assert send(mine, "risk_raise", case.pk, **asked).status_code == 302
    again = send(mine, "risk_raise", case.pk, **asked)
    assert again.status_code == 409 and "等待决定" in again.content.decode() and "失业" in again.content.decode()
    flag = RiskFlag.objects.get()
    assert "3 月 1 日来电：失业" in theirs.get(reverse("cases:risks")).content.decode()
    assert "提交决定" in theirs.get(reverse("cases:risk", args=[flag.pk])).content.decode()
    assert "提交决定" not in mine.get(reverse("cases:risk", args=[flag.pk])).content.decode()
    assert send(mine, "risk_decide", flag.pk, decision="accept", reason="属实").status_code == 403

    half = send(theirs, "risk_decide", flag.pk, decision="accept", reason="情况属实", what="寄送申请表")
    assert half.status_code == 400 and "步骤须写明" in half.content.decode() and "寄送申请表" in half.content.decode()
    day = (timezone.localdate() + dt.timedelta(days=3)).isoformat()
    done = send(
        theirs, "risk_decide", flag.pk, decision="accept", reason="情况属实", kind="assistance", pause_until=day,
        what="寄送申请表", owner=collector.pk, due_on=day,
    )  # fmt: skip
    plan = Disposition.objects.get()
    assert done["Location"] == reverse("cases:disposition", args=[plan.pk])
    assert "寄送申请表" in mine.get(f"{reverse('cases:risks')}?show=mine").content.decode()
    early = send(theirs, "disposition_end", plan.pk, result="已减额")
    assert early.status_code == 409 and "还有 1 个步骤" in early.content.decode() and "已减额" in early.content.decode()
    assert send(mine, "step_done", plan.steps.get().pk, result="").status_code == 400
    assert send(mine, "step_done", plan.steps.get().pk, result="已寄出").status_code == 302
    assert send(theirs, "step_add", plan.pk, what="回访", owner=collector.pk, due_on="2020-01-01").status_code == 409
    assert send(theirs, "disposition_end", plan.pk, result="已转方案").status_code == 302
    for late in (
        send(theirs, "risk_decide", flag.pk, decision="reject", reason="再看"),
        send(theirs, "disposition_end", plan.pk, result="再结束"),
        send(mine, "step_done", plan.steps.first().pk, result="再寄一次"),
    ):
        assert late.status_code == 409 and "已经" in late.content.decode()
    tab = mine.get(f"{reverse('cases:record', args=[case.pk])}?tab=care").content.decode()
    assert "特殊困难" in tab and "帮扶协商" in tab and "已结束" in tab


def test_a_flag_of_another_desk_does_not_exist(collector, supervisor, client_as):
    flag = flag_of(make_case(), supervisor)
    assert client_as(collector).get(reverse("cases:risk", args=[flag.pk])).status_code == 404
    page = client_as(collector).get(f"{reverse('cases:risks')}?show=waiting").content.decode()
    assert "子女重病" not in page
    assert "子女重病" in client_as(supervisor).get(f"{reverse('cases:risks')}?show=waiting").content.decode()
