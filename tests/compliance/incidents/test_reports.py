"""A major incident: its clock, its written report in versions, to whom it went, and its end."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from cases.models import HoldType
from cases.services.holds import place_hold
from collection_ops.core.access import Role
from collection_ops.core.models import Notification, User
from collection_ops.core.services.accounts import create_user
from compliance.complaints.register import Said, Whose, receive
from compliance.incidents import reports
from compliance.incidents.clock import left, mark_at
from compliance.incidents.draft import Facts, Measure, draft
from compliance.incidents.recipients import add_recipient, switch_recipient
from compliance.incidents.refusals import IncidentRefused
from compliance.incidents.register import CameFrom, Told, close, correct, measure, register_incident
from compliance.incidents.suggesting import suggested_incidents
from compliance.incidents.watch import watch
from compliance.models import Incident, IncidentRecipient, IncidentReport, IncidentSending, IncidentStep
from tests.cases.builders import desk_of, make_case
from tests.compliance.conftest import monday
from tests.core.races import at_once

pytestmark = pytest.mark.django_db
KNOWN = monday("10:00")


def hours(count: float) -> dt.datetime:
    return KNOWN + dt.timedelta(hours=count)


def happened(actor: User, *, came_from: CameFrom | None = None, **told) -> Incident:
    given = {"type": "media", "known_at": KNOWN, "what": "家属发布视频", **told}
    return register_incident(
        told=Told(**given),
        came_from=came_from or CameFrom(),
        owner=actor,
        actor=actor,
        now=max(KNOWN, given["known_at"]),
    )


def approved(
    row: Incident, author: User, reader: User, *, kind: str = "first", now: dt.datetime = KNOWN
) -> IncidentReport:
    one = reports.write(incident=row, kind=kind, actor=author, now=now)
    return reports.approve(report=one, body_seen=one.body, actor=reader, now=now)


def sent(one: IncidentReport, to: IncidentRecipient, actor: User, at: dt.datetime) -> IncidentReport:
    return reports.send(report=one, recipients=[to], sent_at=at, how="系统报送", actor=actor, now=at)


@pytest.fixture
def regulator(db: None) -> IncidentRecipient:
    return add_recipient(name="监管局", kind="regulator", how="报送系统", actor=None, now=KNOWN)


@pytest.mark.parametrize(("at", "in_time"), [(hours(48), True), (hours(48) + dt.timedelta(minutes=1), False)])
def test_a_first_report_is_in_time_at_the_last_moment_and_late_a_minute_after_it(
    at: dt.datetime, in_time: bool, compliance_officer: User, manager: User, regulator: IncidentRecipient
) -> None:
    row = happened(compliance_officer)
    assert row.due_at == monday("10:00", day=4)
    assert row.in_time is None
    sent(approved(row, compliance_officer, manager), regulator, compliance_officer, at)
    row.refresh_from_db()
    assert (row.first_sent_at, row.in_time) == (at, in_time)


def test_an_incident_from_the_first_report_to_its_end(
    compliance_officer: User, manager: User, regulator: IncidentRecipient
) -> None:
    row = happened(compliance_officer)
    with pytest.raises(IncidentRefused, match="请先写首报"):
        reports.write(incident=row, kind="final", actor=manager, now=KNOWN)
    one = reports.write(incident=row, kind="first", actor=compliance_officer, now=KNOWN)
    with pytest.raises(IncidentRefused, match="起草人不能审定自己的报告"):
        reports.approve(report=one, body_seen=one.body, actor=compliance_officer, now=KNOWN)
    reports.edit(report=one, body=one.body + "\n补充", actor=compliance_officer, now=KNOWN, ask=True)
    assert Notification.objects.filter(kind="incident.report_waits").get().user == manager
    with pytest.raises(IncidentRefused, match="正文刚被修改"):
        reports.approve(report=one, body_seen=one.body, actor=manager, now=KNOWN)
    with pytest.raises(IncidentRefused, match="已是“草稿”"):
        sent(one, regulator, manager, hours(1))
    one.refresh_from_db()
    reports.approve(report=one, body_seen=one.body.replace("\n", "\r\n"), actor=manager, now=hours(2))
    with pytest.raises(IncidentRefused, match="不能早于审定时间"):
        reports.send(report=one, recipients=[regulator], sent_at=hours(1), how="传真", actor=manager, now=hours(3))
    sent(one, regulator, manager, hours(3))

    with pytest.raises(IncidentRefused, match="终报报送之后"):
        close(incident=row, words="已平息", actor=manager, now=hours(4))
    measure(incident=row, words="调离当事人", actor=manager, now=hours(20))
    final = approved(row, manager, compliance_officer, kind="final", now=hours(30))
    assert "调离当事人（新增）" in final.body
    changes = reports.differences(one.body, final.body)
    assert ("-", "补充") in changes
    assert [mark for mark, line in changes if line.startswith("事项类型")] == [""]
    sent(final, regulator, manager, hours(31))
    with pytest.raises(IncidentRefused, match="终报已报送"):
        reports.write(incident=row, kind="follow_up", actor=manager, now=hours(32))
    assert close(incident=row, words="已平息", actor=manager, now=hours(33)).closed_by == manager
    with pytest.raises(IncidentRefused, match="已办结"):
        measure(incident=row, words="还有", actor=manager, now=hours(34))


def test_what_was_sent_is_never_changed_and_more_people_may_get_it(
    compliance_officer: User, manager: User, regulator: IncidentRecipient
) -> None:
    one = sent(approved(happened(manager), manager, compliance_officer), regulator, manager, hours(1))
    with pytest.raises(IncidentRefused, match="已是“已报送”"):
        reports.edit(report=one, body="别的", actor=manager, now=hours(2))
    for act in (
        lambda: IncidentReport.objects.update(body="别的"),
        lambda: IncidentReport.objects.all()._raw_delete("default"),
        lambda: IncidentSending.objects.update(how="别的"),
        lambda: IncidentStep.objects.update(kind="measure"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()
    with pytest.raises(IncidentRefused, match="已报送过这一版"):
        sent(one, regulator, manager, hours(2))
    police = add_recipient(name="公安分局", kind="police", how="专人", actor=manager, now=KNOWN)
    switch_recipient(recipient=police, is_active=False, actor=manager, now=KNOWN)
    police.refresh_from_db()
    with pytest.raises(IncidentRefused, match="已停用"):
        sent(one, police, manager, hours(2))
    police = switch_recipient(recipient=police, is_active=True, actor=manager, now=KNOWN)
    sent(one, police, manager, hours(50))
    assert one.sendings.count() == 2
    assert Incident.objects.get().in_time, "whoever got it later does not make it late"


def test_the_database_holds_that_another_person_approves(compliance_officer: User, manager: User) -> None:
    one = reports.write(incident=happened(manager), kind="first", actor=manager, now=KNOWN)
    rows = IncidentReport.objects.filter(pk=one.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(state="approved", approved_by=manager, approved_at=KNOWN)
    assert rows.update(state="approved", approved_by=compliance_officer, approved_at=KNOWN) == 1


def test_an_edited_report_needs_a_new_approval(compliance_officer: User, manager: User) -> None:
    one = approved(happened(manager), manager, compliance_officer)
    again = reports.edit(report=one, body="改过的正文", actor=compliance_officer, now=hours(1))
    assert (again.state, again.approved_by, again.author) == ("draft", None, compliance_officer)
    with pytest.raises(IncidentRefused, match="起草人不能审定"):
        reports.approve(report=one, body_seen="改过的正文", actor=compliance_officer, now=hours(1))
    assert reports.approve(report=one, body_seen="改过的正文", actor=manager, now=hours(1)).state == "approved"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"known_at": hours(1)}, "知悉时间不能晚于现在"),
        ({"happened_at": hours(1)}, "发生时间不能晚于知悉时间"),
        ({"what": " "}, "请写明事实经过"),
        ({"type": "rumour"}, "请选择事项类型"),
    ],
    ids=str,
)
def test_what_cannot_be_registered(wrong: dict, sentence: str, manager: User, supervisor: User) -> None:
    given = {"type": "media", "known_at": KNOWN, "what": "视频", **wrong}
    with pytest.raises(IncidentRefused, match=sentence):
        register_incident(told=Told(**given), came_from=CameFrom(), owner=manager, actor=manager, now=KNOWN)
    with pytest.raises(IncidentRefused, match="没有报告重大风险事项的权限"):
        register_incident(
            told=Told("media", KNOWN, "视频"), came_from=CameFrom(), owner=supervisor, actor=manager, now=KNOWN
        )


def test_a_leak_has_a_second_clock_that_ends_when_people_were_told(compliance_officer: User, manager: User) -> None:
    row = happened(manager, type="data_leak")
    assert (row.leak_due_at, happened(manager).leak_due_at) == (monday("10:00", day=3), None)
    with pytest.raises(IncidentRefused, match="只有个人信息泄露"):
        measure(incident=happened(manager), words="已通知", is_leak_notice=True, actor=manager, now=hours(1))
    measure(incident=row, words="已通知网信部门与 12 名客户", is_leak_notice=True, actor=manager, now=hours(5))
    row.refresh_from_db()
    assert row.leak_told_at == hours(5)


def test_reminders_come_at_their_marks_each_once(compliance_officer: User, manager: User, regulator) -> None:
    row = happened(manager)
    Notification.objects.all().delete()
    told = [watch(now=hours(at)) for at in (23.9, 24, 24.2, 36, 44, 47, 47.2, 48, 48.1, 60)]
    assert told == [0, 1, 0, 1, 1, 1, 0, 0, 1, 0]
    row.refresh_from_db()
    assert row.told == ["report:24", "report:12", "report:4", "report:1", "report:0"]
    assert Notification.objects.filter(user=manager).count() == 5
    assert Notification.objects.filter(kind="incident.report_late").count() == 2
    other = happened(manager)
    assert (watch(now=hours(45)), watch(now=hours(45))) == (1, 0), "after a pause only the closest mark is told"
    sent(approved(other, manager, compliance_officer), regulator, manager, hours(46))
    assert watch(now=hours(49)) == 0


def test_a_leak_is_reminded_of_by_its_own_clock(manager: User) -> None:
    row = happened(manager, type="data_leak")
    assert (watch(now=hours(0.5)), watch(now=hours(12)), watch(now=hours(25))) == (1, 1, 2)
    row.refresh_from_db()
    assert row.told == ["leak:24", "leak:12", "report:24", "leak:0"]


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (hours(0), (48, 0, False, False)), (hours(47.99), (0, 0, False, True)), (hours(48), (0, 0, False, True)),
        (hours(48) + dt.timedelta(seconds=1), (0, 1, True, True)), (hours(50.5), (2, 30, True, True)),
    ],
)  # fmt: skip
def test_nobody_is_told_to_have_more_time_than_there_is(at: dt.datetime, said: tuple) -> None:
    found = left(hours(48), at)
    assert (found.hours, found.minutes, found.is_late, found.is_close) == said
    assert mark_at(hours(48), hours(23)) is None


def test_correcting_the_moment_of_knowing_moves_the_clock_and_says_why(manager: User) -> None:
    row = happened(manager)
    watch(now=hours(24))
    with pytest.raises(IncidentRefused, match="请写明更正的原因"):
        correct(incident=row, told=Told("media", KNOWN, "视频"), reason="", actor=manager, now=hours(25))
    earlier = KNOWN - dt.timedelta(hours=5)
    row = correct(
        incident=row, told=Told("data_leak", earlier, "视频"), reason="客服前一班已知悉", actor=manager, now=hours(25)
    )
    assert (row.due_at, row.leak_due_at, row.told) == (hours(43), hours(19), [])
    assert row.steps.get(kind="corrected").data["type"] == "media"


def test_the_draft_says_what_is_known_and_that_the_rest_is_not(collector: User) -> None:
    facts = Facts(
        lender="某小贷", number="ZD20260302-1", kind="first", version=1, type="媒体报道", known_at=KNOWN, happened_at=None,
        place="", what="家属发布视频", people_hurt=0, customers=1, orgs="", people=0, owner="何合规",
        measures=[Measure(hours(1), "封存录音")], related=["投诉 TS1"],
    )  # fmt: skip
    text = draft(facts)
    for said in (
        "（首报）",
        "知悉时间：2026 年 3 月 2 日 10:00",
        "发生时间：尚在核实",
        "1. 2026 年 3 月 2 日 11:00 封存录音",
        "投诉 TS1",
    ):
        assert said in text
    assert "新增" not in text


def test_grave_complaints_and_self_harm_are_suggested_until_they_are_registered(
    collector: User, manager: User, supervisor: User
) -> None:
    case = make_case(desk=desk_of(collector))

    def complained(source: str, severity: int, ref: str, received_at: dt.datetime = KNOWN):
        said = Said(
            source=source, type="threat", narrative="骂人", received_at=received_at, severity=severity, source_ref=ref
        )
        return receive(said=said, whose=Whose(debtor=case.loan.debtor, case=case), accused=[], actor=None, now=KNOWN)

    complained("hotline", 2, "1")
    complained("hotline", 3, "2", KNOWN - dt.timedelta(days=31))
    major, media = complained("hotline", 3, "3"), complained("media", 1, "4")
    hold = place_hold(
        debtor=case.loan.debtor, type=HoldType.SELF_HARM, reason="通话中说不想活", actor=supervisor, now=hours(1)
    )
    found = suggested_incidents(hours(2), user=manager)
    assert [(one.hold or one.complaint, one.type) for one in found] == [
        (hold, "death_injury"), (media, "media"), (major, "other"),
    ]  # fmt: skip
    happened(manager, came_from=CameFrom(complaint=media, case=case))
    happened(manager, came_from=CameFrom(hold=hold))
    assert [one.complaint for one in suggested_incidents(hours(2))] == [major]
    with pytest.raises(IncidentRefused, match="已登记为重大风险事项"):
        happened(manager, came_from=CameFrom(complaint=media))


@pytest.mark.django_db(transaction=True)
def test_two_people_begin_the_first_report_at_once_and_one_is_told(compliance_officer: User, manager: User) -> None:
    row = happened(manager)
    results = at_once(
        *[
            lambda who=who: reports.write(incident=row, kind="first", actor=who, now=KNOWN)
            for who in (manager, compliance_officer)
        ]
    )
    assert sorted(type(one).__name__ for one in results) == ["IncidentRefused", "IncidentReport"]
    assert row.reports.count() == 1


def test_an_officer_more_can_send_what_the_others_wrote(compliance_officer: User, manager: User, regulator) -> None:
    third = create_user(
        username="tan.compliance", display_name="谭合规", password="x" * 20, roles=[Role.COMPLIANCE], actor=None
    )
    one = approved(happened(manager), manager, compliance_officer)
    assert sent(one, regulator, third, hours(1)).sendings.get().sent_by == third
