"""The reply letter, what a decision asks of the staff, and the follow-up check after the closing."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from cases.models import Case
from collection_ops.core.models import Notification, User
from collection_ops.core.services.form_tokens import new_token
from compliance.complaints import effects
from compliance.complaints.effects import Follows, Found, Task, follow
from compliance.complaints.ending import close_answered, due_follow_ups, record_follow_up
from compliance.complaints.followup_views import follow_ups_waiting, own_staff_tasks
from compliance.complaints.handling import reopen
from compliance.complaints.letters import begun, fitting, letter_templates, record_sent, save_letter
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import Accused
from compliance.models import About, Complaint, ComplaintState, MessageTemplate, ReplyLetter, StaffTask
from compliance.reference import seed_reply_letters
from compliance.services.certificates import record_certificate
from compliance.services.staff_tasks import StaffTaskRefused, cancel_staff_task, finish_staff_task
from compliance.services.templates import TemplateRefused, decide_template, usable_templates, write_template
from compliance.wording import check_wording
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.builders import MONDAY, complained, days, decided, handled

pytestmark = pytest.mark.django_db
TODAY = MONDAY.date()


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(desk=desk_of(collector), name="王小明")


@pytest.fixture
def upheld(case: Case, collector: User, compliance_officer: User, manager: User) -> Complaint:
    one = complained(case, Accused(About.COLLECTOR, collector))
    handled(one, compliance_officer, by=manager)
    return decided(one, compliance_officer, now=days(1))


# Letters --------------------------------------------------------------------------------------------------------------


def test_the_shipped_letters_pass_the_wording_check_and_no_message_can_be_one_of_them() -> None:
    seed_reply_letters()
    seed_reply_letters()
    letters = letter_templates(TODAY)
    assert [one.code for one in letters] == ["reply-not-upheld", "reply-partly", "reply-upheld", "reply-withdrawn"]
    assert not [one.code for one in letters if check_wording(one.body, audience="debtor", ledger_amounts=())]
    assert usable_templates(TODAY, audience="debtor") == []


def test_a_letter_is_longer_than_a_message_and_takes_two_people_too(
    supervisor: User, compliance_officer: User, collector: User, manager: User
) -> None:
    given = {"channel": "letter", "audience": "debtor", "purpose": "reply", "valid_from": TODAY, "now": MONDAY}
    with pytest.raises(TemplateRefused, match="只用于答复投诉"):
        write_template(code="x-1", actor=supervisor, body="{name}：您好", **{**given, "purpose": "demand"})
    with pytest.raises(TemplateRefused, match="不能填入 amount"):
        write_template(code="x-1", actor=supervisor, body="{name}：{amount}", **given)
    with pytest.raises(TemplateRefused, match="不能超过 500 字"):
        write_template(
            code="x-1", actor=supervisor, body="好" * 501, **{**given, "channel": "sms", "purpose": "demand"}
        )
    letter = write_template(
        code="reply-upheld", actor=compliance_officer, body="{name}：" + "好" * 900 + "{finding}", **given
    )
    with pytest.raises(TemplateRefused, match="不能批准自己"):
        decide_template(template=letter, approve=True, actor=compliance_officer, now=MONDAY)
    decide_template(template=letter, approve=True, actor=manager, now=MONDAY)
    assert letter_templates(TODAY) == [letter]
    with pytest.raises(PermissionDenied):
        write_template(code="x-2", actor=collector, body="{name}", **given)
    with pytest.raises(IntegrityError, match="message_template_length"), transaction.atomic():
        MessageTemplate.objects.create(
            code="long", version=1, body="好" * 501, author=supervisor, written_at=MONDAY, valid_from=TODAY
        )


def test_a_letter_begins_from_its_template_is_checked_and_stays_once_it_was_sent(
    upheld: Complaint, compliance_officer: User, supervisor: User
) -> None:
    seed_reply_letters()
    template = fitting(letter_templates(TODAY), upheld)
    assert template is not None and template.code == "reply-upheld"
    text = begun(upheld, template, today=days(2).date())
    assert text.startswith("王小明：") and upheld.number in text and "2026年3月2日" in text and "书面致歉" in text
    who = {"template": template, "actor": compliance_officer}
    with pytest.raises(ComplaintRefused) as refused:
        save_letter(complaint=upheld, text=f"{text}\n再不还款公安机关将上门拘留", now=days(2), **who)
    assert refused.value.field == "text"
    draft = save_letter(complaint=upheld, text=text, now=days(2), **who)
    with pytest.raises(ComplaintRefused, match="同事刚改过"):
        save_letter(complaint=upheld, text="别的文字", template=None, actor=supervisor, now=days(2, 11))
    again = save_letter(
        complaint=upheld,
        text=text + "。",
        based_on=draft.written_at,
        template=template,
        actor=supervisor,
        now=days(2, 11),
    )
    assert again.pk == draft.pk
    with pytest.raises(ComplaintRefused, match="不能早于作出决定"):
        record_sent(complaint=upheld, how="post", sent_on=TODAY, actor=supervisor, now=days(2))
    sent = record_sent(complaint=upheld, how="post", sent_on=days(2).date(), actor=supervisor, now=days(2))
    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
        ReplyLetter.objects.filter(pk=sent.pk).update(how="email")
    with pytest.raises(ComplaintRefused, match="还没有答复函草稿"):
        record_sent(complaint=upheld, how="post", sent_on=days(2).date(), actor=supervisor, now=days(2))
    closed = close_answered(complaint=upheld, answered="", without_letter="", actor=compliance_officer, now=days(3))
    assert closed.steps.get(kind="closed").words == "答复函已于 2026-03-04 送达：邮寄"


def test_the_pages_of_a_letter(
    upheld: Complaint, compliance_officer: User, client_as: Callable[[User], Client]
) -> None:
    seed_reply_letters()
    client = client_as(compliance_officer)
    address = reverse("compliance:complaint_letter_write", args=[upheld.pk])
    form = client.get(address).context["form"]
    assert form.initial["text"].startswith("王小明：")
    values = {"text": form.initial["text"], "template": form.initial["template"], "based_on": ""}
    wrong = client.post(address, {**values, "text": "你这个老赖", "form_token": new_token()})
    assert wrong.status_code == 409 and "你这个老赖" in wrong.content.decode() and wrong.context["form"].errors["text"]
    assert client.post(address, {**values, "form_token": new_token()}).status_code == 302
    printed = client.get(reverse("compliance:complaint_letter", args=[upheld.pk])).content.decode()
    assert "王小明：" in printed and "草稿" in printed
    today = dt.date.today().isoformat()
    sent = reverse("compliance:complaint_letter_sent", args=[upheld.pk])
    early = client.post(sent, {"sent-sent_on": "2026-01-01", "sent-how": "post", "form_token": new_token()})
    assert early.status_code == 409 and "不能早于作出决定" in early.content.decode()
    assert client.post(sent, {"sent-sent_on": today, "sent-how": "post", "form_token": new_token()}).status_code == 302
    assert "草稿" not in client.get(reverse("compliance:complaint_letter", args=[upheld.pk])).content.decode()


# What a decision asks of the staff ------------------------------------------------------------------------------------


def test_what_follows_for_whom() -> None:
    mild = Found(is_true=True, type="service", severity=1, responsible=(7, 8), gone=frozenset({8}))
    assert follow(mild, []) == Follows(opened=((7, "coaching"),))
    grave = Found(is_true=True, type="threat", severity=1, responsible=(7,))
    assert follow(grave, [Task(1, 7, "coaching")]) == Follows(opened=((7, "training"),), cancelled=(1,))
    assert follow(mild, [Task(1, 7, "training", is_done=True)]) == Follows()
    assert follow(Found(is_true=True, type="service", severity=2, responsible=(7,)), []).opened == ((7, "training"),)
    untrue = Found(is_true=False, type="threat", severity=3, responsible=(7,))
    assert follow(untrue, [Task(1, 7, "training"), Task(2, 9, "coaching", is_done=True)]) == Follows(cancelled=(1,))


def test_a_true_threat_asks_for_training_and_a_later_finding_takes_it_back(
    upheld: Complaint, collector: User, compliance_officer: User
) -> None:
    task = StaffTask.objects.get()
    assert (task.user, task.kind, task.due_on) == (collector, "training", dt.date(2026, 3, 17))
    assert Notification.objects.filter(user=collector, kind="staff_task.opened").exists()
    decided(upheld, compliance_officer, outcome="not_upheld", now=days(4))
    task.refresh_from_db()
    assert (task.cancelled_by, task.cancel_reason) == (compliance_officer, f"投诉 {upheld.number} 另有决定")
    decided(upheld, compliance_officer, now=days(5))
    assert StaffTask.objects.filter(cancelled_at__isnull=True).count() == 1


def test_training_is_done_with_a_new_certificate_and_never_confirmed_by_oneself(
    upheld: Complaint, collector: User, supervisor: User, client_as: Callable[[User], Client]
) -> None:
    task = StaffTask.objects.get()
    with pytest.raises(StaffTaskRefused, match="他人确认"):
        finish_staff_task(task=task, note="学完了", actor=collector, now=days(5))
    client, address = client_as(supervisor), reverse("compliance:staff_task", args=[task.pk])
    without = client.post(address, {"note": "已培训", "form_token": new_token()})
    assert without.status_code == 409 and without.context["form"].errors["certificate"]
    paper = record_certificate(user=collector, course="再培训", passed_on=days(4).date(), actor=supervisor, now=days(4))
    given = {"note": "已培训", "certificate": paper.pk, "form_token": new_token()}
    assert client.post(address, given).status_code == 302
    with pytest.raises(StaffTaskRefused, match="不能再取消"):
        cancel_staff_task(task=task, reason="误布置", actor=supervisor, now=days(6))


def test_who_sees_which_tasks(
    upheld: Complaint, collector: User, team_leader: User, supervisor: User, client_as: Callable[[User], Client]
) -> None:
    def shown(user: User, show: str) -> str:
        return client_as(user).get(reverse("compliance:staff_tasks"), {"show": show}).content.decode()

    assert "林催收" in shown(team_leader, "open") and "确认完成" in shown(team_leader, "open")
    team_leader.unit = "team-b"
    team_leader.save(update_fields=["unit"])
    assert "林催收" not in shown(team_leader, "open")
    assert "林催收" in shown(supervisor, "overdue") and "林催收" not in shown(supervisor, "done")
    mine = client_as(collector).get(reverse("compliance:my_staff_tasks")).content.decode()
    assert upheld.number in mine
    assert client_as(collector).get(reverse("compliance:staff_tasks")).status_code == 403
    waiting = own_staff_tasks(collector)
    assert waiting is not None and waiting.count == 1


# After the closing ----------------------------------------------------------------------------------------------------


def test_a_follow_up_is_due_after_thirty_days_and_discontent_opens_the_complaint_again(
    upheld: Complaint, compliance_officer: User, collector: User
) -> None:
    close_answered(complaint=upheld, answered="电话", without_letter="本人要求", actor=compliance_officer, now=days(2))
    assert not due_follow_ups(dt.date(2026, 4, 2)).exists() and due_follow_ups(dt.date(2026, 4, 3)).count() == 1
    waiting = follow_ups_waiting(compliance_officer)
    assert waiting is not None and waiting.count == 1
    assert follow_ups_waiting(collector) is None
    heard = {"complaint": upheld, "remedied": False, "actor": compliance_officer, "now": days(33)}
    with pytest.raises(ComplaintRefused, match="请写明情况"):
        record_follow_up(content="not", note=" ", reopens=True, **heard)
    record_follow_up(content="not", note="没有收到致歉信", reopens=True, **heard)
    upheld.refresh_from_db()
    assert (upheld.state, upheld.round) == (ComplaintState.HANDLING, 2)
    assert upheld.rounds.get(number=2).reopen_reason == "回访：没有收到致歉信"
    with pytest.raises(ComplaintRefused, match="没有待回访"):
        record_follow_up(content="content", note="", reopens=False, **{**heard, "remedied": True})


def test_whoever_is_not_reached_is_called_again_and_after_three_times_it_is_let_be(
    upheld: Complaint, compliance_officer: User
) -> None:
    close_answered(complaint=upheld, answered="电话", without_letter="本人要求", actor=compliance_officer, now=days(2))
    silent = {"complaint": upheld, "remedied": True, "content": "unreached", "note": "", "actor": compliance_officer}
    for tried, due in ((33, dt.date(2026, 4, 7)), (36, dt.date(2026, 4, 10))):
        row = record_follow_up(reopens=False, now=days(tried), **silent)
        assert (row.done_at, row.due_on) == (None, due)
        assert not due_follow_ups(due - dt.timedelta(days=1)).exists() and due_follow_ups(due).exists()
    row = record_follow_up(reopens=False, now=days(39), **silent)
    assert row.done_at == days(39) and not due_follow_ups(dt.date(2027, 1, 1)).exists()
    assert upheld.steps.filter(kind="followed_up").count() == 3


def test_what_was_found_untrue_is_not_followed_up_and_reopening_ends_the_wait(
    upheld: Complaint, compliance_officer: User
) -> None:
    decided(upheld, compliance_officer, outcome="not_upheld", now=days(2))
    closing = {"answered": "电话", "without_letter": "本人要求", "actor": compliance_officer}
    close_answered(complaint=upheld, now=days(2), **closing)
    assert not due_follow_ups(dt.date(2027, 1, 1)).exists()
    reopen(complaint=upheld, reason="新证据", actor=compliance_officer, now=days(3))
    decided(upheld, compliance_officer, now=days(4))
    close_answered(complaint=upheld, now=days(4), **closing)
    assert due_follow_ups(dt.date(2027, 1, 1)).count() == 1
    with pytest.raises(ComplaintRefused, match="不需要重新受理"):
        record_follow_up(
            complaint=upheld, remedied=True, content="content", note="", reopens=True, actor=compliance_officer,
            now=days(40),
        )  # fmt: skip
    reopen(complaint=upheld, reason="又来电", actor=compliance_officer, now=days(5))
    assert not due_follow_ups(dt.date(2027, 1, 1)).exists()


def test_the_form_tells_what_will_follow_before_the_decision(case: Case, collector: User) -> None:
    one = complained(case, Accused(About.COLLECTOR, collector), type="service")
    assert "2026-03-16 前完成辅导" in effects.announced(one, [collector], TODAY)
    one.severity = 2
    assert "再培训" in effects.announced(one, [collector], TODAY)
    assert effects.announced(one, [], TODAY) == ""
