"""A referral on its way: asked, taken, answered, accepted or asked again, and the debtor told; and who may not."""

import datetime as dt
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction

from cases.models import Case
from cases.timeline import timeline
from collection_ops.core.models import AuditEvent, Notification, User
from collection_ops.core.services.accounts import disable
from compliance.complaints.register import Accused
from compliance.models import About, Complaint, Department, Referral, ReferralState, ReferralStep
from compliance.routing import answering, departments, referring
from compliance.routing.people import told_of_answer
from compliance.routing.refusals import ReferralRefused
from compliance.routing.reminding import remind_referrals
from compliance.routing.selectors import referrals_of, to_answer, to_settle
from tests.cases.builders import desk_of, make_case
from tests.compliance.routing.cast import MONDAY, asked, complaint_about, days, department, person
from tests.core.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(desk=desk_of(collector))


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def test_a_debtors_question_from_the_collector_to_the_day_on_which_the_debtor_is_told(
    case: Case, collector: User, finance: User, outsider: User
) -> None:
    to = department(finance, outsider, lead=finance)
    one = asked(to, collector, case=case, kind="fee")
    assert (one.due_on, one.debtor, one.is_question) == (dt.date(2026, 3, 5), case.loan.debtor, True)
    assert told(finance) == told(outsider) == ["referral.asked"]
    assert to_answer(outsider).get() == one

    answering.take(referral=one, actor=outsider, now=days(1))
    with pytest.raises(ReferralRefused, match="只有 财务 的成员"):
        answering.answer(referral=one, words="已核对", actor=collector, now=days(1))
    with pytest.raises(ReferralRefused, match="请填写答复"):
        answering.answer(referral=one, words="  ", actor=outsider, now=days(1))
    answering.answer(referral=one, words="多收 30 元，已冲回", actor=outsider, now=days(1))
    assert told(collector) == ["referral.answered"] and to_settle(collector).get() == one

    with pytest.raises(ReferralRefused, match="只有转办人"):
        referring.accept(referral=one, actor=finance, now=days(2))
    referring.accept(referral=one, actor=collector, now=days(2))
    assert Referral.objects.untold().get() == one
    with pytest.raises(ReferralRefused, match="告知日期须在答复当天"):
        referring.tell_debtor(referral=one, how="电话", on=dt.date(2026, 3, 2), actor=collector, now=days(2))
    done = referring.tell_debtor(
        referral=one, how="电话告知已冲回", on=dt.date(2026, 3, 4), actor=collector, now=days(2)
    )
    assert (done.state, done.told_by) == (ReferralState.CLOSED, collector)
    with pytest.raises(ReferralRefused, match="已于 2026-03-04"):
        referring.tell_debtor(referral=one, how="电话", on=dt.date(2026, 3, 4), actor=collector, now=days(2))

    kinds = ["asked", "taken", "answered", "accepted", "told"]
    assert list(one.steps.order_by("pk").values_list("kind", flat=True)) == kinds
    assert AuditEvent.objects.filter(action__startswith="referral.").count() == 5
    shown = [entry for entry in timeline(case, collector)[0] if entry.kind == "referral"]
    assert [entry.title.split("：")[0] for entry in shown] == ["告知客户", "确认答复", "答复", "转办"]


def test_what_is_kept_is_encrypted_and_steps_never_change(case: Case, collector: User, finance: User) -> None:
    one = asked(department(finance), collector, case=case)
    with connection.cursor() as cursor:
        cursor.execute("SELECT question FROM compliance_referral WHERE id = %s", [one.pk])
        assert "违约金" not in cursor.fetchone()[0]
    with pytest.raises(DatabaseError), transaction.atomic():
        ReferralStep.objects.filter(referral=one).update(kind="answered")
    with pytest.raises(DatabaseError), transaction.atomic():
        Referral.objects.filter(pk=one.pk).update(state="answered")


def test_a_department_without_anybody_who_can_answer_is_not_asked(
    case: Case, collector: User, finance: User, admin_user: User
) -> None:
    with pytest.raises(ReferralRefused, match="没有可以答复的成员") as refused:
        asked(department(), collector, case=case)
    assert refused.value.field == "department"
    to = department(finance)
    disable(user=finance, actor=admin_user, reason="离职", now=days(1))
    with pytest.raises(ReferralRefused, match="没有可以答复的成员"):
        asked(to, collector, case=case)
    Department.objects.filter(pk=to.pk).update(is_active=False)
    with pytest.raises(ReferralRefused, match="已停用"):
        asked(to, collector, case=case)
    assert not Referral.objects.exists()


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        ({"question": " "}, "请写明要对方部门做什么"),
        ({"case": None}, "请从投诉或案件发起"),
        ({"kind": "investigation"}, "只能从投诉发起"),
        ({"due_on": dt.date(2026, 3, 1)}, "不能早于今天"),
        ({"due_on": dt.date(2026, 7, 1)}, "最长 90 天"),
    ],
)
def test_what_cannot_be_asked_is_told(
    case: Case, collector: User, finance: User, about: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ReferralRefused, match=sentence):
        asked(department(finance), collector, **{"case": case, **about})


def test_the_owner_answers_and_the_lead_may_take_over(
    case: Case, collector: User, finance: User, outsider: User
) -> None:
    third = person("third")
    to = department(finance, outsider, third, lead=finance)
    one = asked(to, collector, case=case, owner=outsider)
    assert (told(outsider), told(third)) == (["referral.asked"], [])
    with pytest.raises(ReferralRefused, match="由 外来人 办理"):
        answering.answer(referral=one, words="好", actor=third, now=days(1))
    answering.take(referral=one, actor=finance, now=days(1))
    assert told(outsider)[-1] == "referral.taken_over"
    assert answering.answer(referral=one, words="好", actor=finance, now=days(1)).owner == finance
    with pytest.raises(ReferralRefused, match="林催收 不能为 财务 答复"):
        asked(to, collector, case=case, owner=collector)


def test_sent_back_it_goes_to_another_department_with_days_of_its_own(
    case: Case, collector: User, finance: User, outsider: User
) -> None:
    to, other = department(finance), department(outsider, code="legal", name="法务")
    one = asked(to, collector, case=case)
    with pytest.raises(ReferralRefused, match="为什么不归本部门"):
        answering.send_back(referral=one, reason="", actor=finance, now=days(1))
    answering.send_back(referral=one, reason="合同条款由法务解释", actor=finance, now=days(1))
    assert told(collector) == ["referral.returned"]
    with pytest.raises(ReferralRefused, match="不归其办理"):
        referring.ask_again(referral=one, reason="请再看", actor=collector, now=days(2))
    again = referring.ask_again(referral=one, reason="请解释条款", department=other, actor=collector, now=days(2))
    assert (again.department, again.state, again.due_on) == (other, "open", dt.date(2026, 3, 9))
    assert not Referral.objects.for_user(finance).filter(case=None).exists() and to_answer(outsider).get() == one
    with pytest.raises(ReferralRefused, match="请写明原因"):
        referring.withdraw(referral=one, reason="", actor=collector, now=days(2))
    referring.withdraw(referral=one, reason="客户已自行查到", actor=collector, now=days(2))
    with pytest.raises(ReferralRefused, match="已由 林催收 处理，现为“已撤回”"):
        answering.answer(referral=one, words="解释", actor=outsider, now=days(3))


def test_an_answer_that_does_not_serve_is_asked_again_and_stays_in_the_steps(
    case: Case, collector: User, finance: User
) -> None:
    one = asked(department(finance), collector, case=case)
    answering.answer(referral=one, words="没有问题", actor=finance, now=days(1))
    again = referring.ask_again(referral=one, reason="请附计算过程", actor=collector, now=days(2))
    assert (again.state, again.owner, again.answer, again.reminded) == ("taken", finance, "", 0)
    assert "没有问题" in [step.words for step in one.steps.all()]


def test_a_complaints_referral_is_due_before_the_complaint_and_blocks_its_closing(
    case: Case, compliance_officer: User, finance: User
) -> None:
    complaint = complaint_about(case)
    Department.objects.filter(pk=department(finance).pk).update(answer_days=20)
    one = asked(Department.objects.get(), compliance_officer, complaint=complaint)
    assert (one.kind, one.due_on, one.case) == ("investigation", dt.date(2026, 3, 16), case)
    assert referring.latest_due(complaint) == dt.date(2026, 3, 16)
    assert (referring.open_referrals(complaint), referrals_of(complaint)) == (1, [one])
    answering.answer(referral=one, words="无误", actor=finance, now=days(1))
    assert referring.open_referrals(complaint) == 1, "answered and not looked at yet"
    with pytest.raises(ReferralRefused, match="在投诉中登记"):
        referring.tell_debtor(referral=one, how="电话", on=dt.date(2026, 3, 3), actor=compliance_officer, now=days(1))
    referring.accept(referral=one, actor=compliance_officer, now=days(1))
    assert referring.open_referrals(complaint) == 0


def test_whom_the_complaint_is_about_neither_sees_nor_answers_nor_is_told_even_as_a_member(
    case: Case, collector: User, compliance_officer: User, finance: User
) -> None:
    complaint = complaint_about(case, Accused(About.COLLECTOR, collector))
    to = department(finance, collector, lead=collector)
    one = asked(to, compliance_officer, complaint=complaint)
    assert "referral.asked" not in told(collector) and told(finance) == ["referral.asked"]
    assert not Referral.objects.for_user(collector).exists() and not to_answer(collector).exists()
    assert [entry for entry in timeline(case, collector)[0] if entry.kind == "referral"] == []
    for act in (answering.take, lambda **given: answering.answer(words="我没有错", **given)):
        with pytest.raises(ReferralRefused, match="只有 财务 的成员"):
            act(referral=one, actor=collector, now=days(1))
    with pytest.raises(ReferralRefused, match="被投诉人不能"):
        asked(to, collector, complaint=complaint)
    assert Referral.objects.for_user(finance).get() == one
    alone = department(collector, code="it", name="信息技术")
    with pytest.raises(ReferralRefused, match="没有可以答复的成员"):
        asked(alone, compliance_officer, complaint=complaint)


def test_who_sees_which(
    case: Case, collector: User, team_leader: User, supervisor: User, finance: User, clerk: User, outsider: User
) -> None:
    other = make_case()
    to = department(outsider)
    mine = asked(to, collector, case=case)
    theirs = asked(to, clerk, case=other)
    of_complaint = asked(to, supervisor, complaint=complaint_about(other))
    seen = {
        user: set(Referral.objects.for_user(user)) for user in (collector, team_leader, supervisor, outsider, finance)
    }
    assert seen[collector] == {mine} and seen[team_leader] == {mine}
    assert seen[supervisor] == seen[outsider] == {mine, theirs, of_complaint}
    assert seen[finance] == set()


def test_the_colleague_who_has_the_case_now_tells_the_debtor(case: Case, collector: User, finance: User) -> None:
    one = asked(department(finance), collector, case=case)
    answering.answer(referral=one, words="可以", actor=finance, now=days(1))
    heir = person("heir", "collector")
    with pytest.raises(ReferralRefused, match="案件经办人"):
        referring.tell_debtor(referral=one, how="电话", on=dt.date(2026, 3, 3), actor=heir, now=days(1))
    Case.objects.filter(pk=case.pk).update(desk=desk_of(heir))
    assert Referral.objects.for_user(heir).get() == one
    referring.tell_debtor(referral=one, how="电话", on=dt.date(2026, 3, 3), actor=heir, now=days(1))


def test_people_who_leave_leave_nothing_behind(
    case: Case, collector: User, finance: User, outsider: User, compliance_officer: User, admin_user: User
) -> None:
    to = department(finance)
    one = asked(to, collector, case=case)
    answering.take(referral=one, actor=finance, now=days(1))
    with pytest.raises(ReferralRefused, match="还有 1 件待答复"):
        departments.remove_member(department=to, user=finance, actor=compliance_officer, now=days(1))
    departments.add_member(department=to, user=outsider, actor=compliance_officer)
    assert departments.remove_member(department=to, user=finance, actor=compliance_officer, now=days(1)) == 1
    one.refresh_from_db()
    assert (one.state, one.owner) == ("open", None) and to_answer(outsider).get() == one

    disable(user=collector, actor=admin_user, reason="离职", now=days(1))
    Case.objects.filter(pk=case.pk).update(desk=None)
    one = Referral.objects.get()
    assert compliance_officer in told_of_answer(one)
    answering.answer(referral=one, words="可以", actor=outsider, now=days(2))
    assert "referral.answered" in told(compliance_officer)
    referring.accept(referral=one, actor=compliance_officer, now=days(2))


def test_there_is_one_lead_and_the_seed_does_not_bring_back_what_people_closed(
    finance: User, outsider: User, manager: User
) -> None:
    assert departments.seed_departments() == "5 departments added"
    to = Department.objects.get(code="finance")
    for user in (finance, outsider):
        departments.add_member(department=to, user=user, actor=manager)
        departments.make_lead(department=to, user=user, actor=manager)
    assert [place.user for place in to.departmentmember_set.filter(is_lead=True)] == [outsider]
    with pytest.raises(ReferralRefused, match="不是本部门成员"):
        departments.make_lead(department=to, user=manager, actor=manager)
    with pytest.raises(ReferralRefused, match="已有部门使用"):
        departments.save_department(
            department=None, code="finance", name="又一个", answer_days=None, is_active=True, actor=manager
        )
    Department.objects.filter(code="it").delete()
    assert departments.seed_departments() == "departments kept"


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_reminds_and_one_answers(
    case: Case, collector: User, finance: User, outsider: User
) -> None:
    one = asked(department(finance, outsider), collector, case=case)
    assert sorted(at_once(*[lambda: remind_referrals(now=days(2))] * 3)) == [0, 0, 1]
    assert told(finance) == ["referral.asked", "referral.due"]

    acts = [
        partial(answering.answer, referral=one, words="答", actor=user, now=days(2)) for user in (finance, outsider)
    ]
    found = at_once(*acts)
    refused = [each for each in found if isinstance(each, ReferralRefused)]
    assert len(refused) == 1 and "待确认" in str(refused[0]), found
    assert one.steps.filter(kind="answered").count() == 1
    assert told(collector) == ["referral.answered"]


def test_a_closed_complaint_is_not_asked_about(case: Case, compliance_officer: User, finance: User) -> None:
    complaint = complaint_about(case)
    Complaint.objects.filter(pk=complaint.pk).update(
        state="closed", outcome="not_upheld", decided_at=MONDAY, closed_at=MONDAY, handler=compliance_officer
    )
    complaint.refresh_from_db()
    with pytest.raises(ReferralRefused, match="已办结"):
        asked(department(finance), compliance_officer, complaint=complaint)
