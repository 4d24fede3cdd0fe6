"""The pages of major incidents: the clock, the report on its way, and the refusals."""

import datetime as dt

import pytest
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.models import Notification, User
from compliance.breaching.register import report_breach
from compliance.complaints.register import Accused, Said, Whose, receive
from compliance.incidents.recipients import add_recipient
from compliance.incidents.refusals import IncidentRefused
from compliance.incidents.register import CameFrom, Told, register_incident
from compliance.models import About, Incident, IncidentReport
from tests.compliance.conftest import monday

pytestmark = pytest.mark.django_db
KNOWN = monday("10:00")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch):
    def turn(hours: float) -> None:
        moment = KNOWN + dt.timedelta(hours=hours)
        for name in ("now", "database_now"):
            monkeypatch.setattr(clock, name, lambda: moment)

    turn(0)
    return turn


def token(n: int) -> dict[str, str]:
    return {"form_token": f"{n:043d}"}


def test_from_a_suggestion_to_the_printed_report(at, compliance_officer: User, manager: User, client_as) -> None:
    complaint = receive(
        said=Said(source="media", type="threat", narrative="视频里说被骚扰", received_at=KNOWN), whose=Whose(),
        accused=[], actor=None, now=KNOWN,
    )  # fmt: skip
    writer, reader = client_as(compliance_officer), client_as(manager)
    listed = writer.get(reverse("compliance:incidents")).content.decode()
    assert "是否属于重大风险事项？" in listed
    address = f"{reverse('compliance:incident_new')}?complaint={complaint.pk}"
    assert "视频里说被骚扰" in writer.get(address).content.decode()
    facts = {"type": "media", "known_at": "2026-03-02T10:30", "what": "视频", "people_hurt": 0, "customers": 1}
    facts["owner"] = compliance_officer.pk
    refused = writer.post(address, {**facts, **token(1)})
    assert refused.status_code == 409
    assert "知悉时间不能晚于现在" in refused.content.decode()
    assert writer.post(address, {**facts, "known_at": "2026-03-02T10:00", **token(2)}).status_code == 302
    row = Incident.objects.get()
    assert (row.complaint, row.due_at) == (complaint, monday("10:00", day=4))
    assert "是否属于重大风险事项？" not in writer.get(reverse("compliance:incidents")).content.decode()

    at(2.5)
    one = reverse("compliance:incident", args=[row.pk])
    assert "还有 45 小时 30 分" in writer.get(one).content.decode()
    writer.post(reverse("compliance:report_new", args=[row.pk]), {"kind": "first", **token(3)})
    report = IncidentReport.objects.get()
    args = [row.pk, report.version]
    page = reverse("compliance:report", args=args)
    assert 'name="body_seen"' not in writer.get(page).content.decode()
    own = writer.post(reverse("compliance:report_approve", args=args), {"body_seen": report.body, **token(4)})
    assert own.status_code == 409
    assert "起草人不能审定" in own.content.decode()
    reader.post(reverse("compliance:report_approve", args=args), {"body_seen": report.body, **token(5)})
    recipient = add_recipient(name="监管局", kind="regulator", how="系统", actor=None, now=KNOWN)
    sending = {"recipients": [recipient.pk], "sent_at": "2026-03-02T12:30", "how": ""}
    empty = writer.post(reverse("compliance:report_send", args=args), {**sending, **token(6)})
    assert empty.status_code == 400
    sent = writer.post(reverse("compliance:report_send", args=args), {**sending, "how": "回执 A-1", **token(7)})
    assert sent.status_code == 302
    shown = writer.get(page).content.decode()
    for said in ("data-print", "回执 A-1", "按时报送", "第 1 版"):
        assert said in shown
    row.refresh_from_db()
    assert row.in_time


def test_a_clock_that_has_run_out_says_by_how_much(
    at, manager: User, auditor: User, collector: User, client_as
) -> None:
    facts = {"type": "data_leak", "known_at": "2026-03-02T09:00", "what": "名单外泄", "people_hurt": 0, "customers": 40}
    url = reverse("compliance:incident_new")
    assert client_as(manager).post(url, {**facts, "owner": manager.pk, **token(1)}).status_code == 302
    row = Incident.objects.get()
    at(48)
    shown = client_as(auditor).get(reverse("compliance:incident", args=[row.pk])).content.decode()
    assert "已逾期 1 小时 0 分" in shown
    assert "已逾期 25 小时 0 分" in shown, "the leak has a clock of its own"
    assert "登记措施" not in shown
    assert client_as(auditor).get(url).status_code == 403
    assert client_as(collector).get(reverse("compliance:incidents")).status_code == 403


def test_the_recipients_are_kept_by_whoever_reports(at, manager: User, supervisor: User, client_as) -> None:
    client, url = client_as(manager), reverse("compliance:recipient_new")
    given = {"name": "监管局", "kind": "regulator", "how": "报送系统"}
    assert client.post(url, {**given, **token(1)}).status_code == 302
    again = client.post(url, {**given, **token(2)})
    assert again.status_code == 409
    assert "已有同名的报送对象" in again.content.decode()
    assert "监管局" in client_as(supervisor).get(reverse("compliance:recipients")).content.decode()
    assert client_as(supervisor).post(url, {**given, "name": "总部", **token(3)}).status_code == 403


def test_whoever_is_part_of_it_neither_sees_nor_leads_it(
    at, compliance_officer: User, manager: User, client_as
) -> None:
    matter = report_breach(
        kind="PI-07", severity=None, what="导出客户名单", actor=None, now=KNOWN, user=manager, found_on=KNOWN.date()
    )
    told = Told(type="data_leak", known_at=KNOWN, what="名单外泄")
    with pytest.raises(IncidentRefused, match="涉及人员不能负责"):
        register_incident(
            told=told, came_from=CameFrom(breach_case=matter), owner=manager, actor=compliance_officer, now=KNOWN
        )
    row = register_incident(
        told=told, came_from=CameFrom(breach_case=matter), owner=compliance_officer, actor=compliance_officer, now=KNOWN
    )
    with pytest.raises(IncidentRefused, match="已登记"):
        register_incident(
            told=told,
            came_from=CameFrom(breach_case=matter),
            owner=compliance_officer,
            actor=compliance_officer,
            now=KNOWN,
        )
    assert not Notification.objects.filter(user=manager, kind__startswith="incident.").exists()
    concerned, officer = client_as(manager), client_as(compliance_officer)
    one = reverse("compliance:incident", args=[row.pk])
    assert concerned.get(one).status_code == 404
    assert row.number not in concerned.get(reverse("compliance:incidents"), {"state": "all"}).content.decode()
    assert officer.get(one).status_code == 200
    officer.post(reverse("compliance:report_new", args=[row.pk]), {"kind": "first", **token(91)})
    assert concerned.get(reverse("compliance:report", args=[row.pk, 1])).status_code == 404
    regulator = add_recipient(name="监管局", kind="regulator", how="系统", actor=None, now=KNOWN)
    unread = officer.post(
        reverse("compliance:report_send", args=[row.pk, 1]),
        {"recipients": [regulator.pk], "sent_at": "2026-03-02T10:00", "how": "系统报送", **token(92)},
    )
    assert unread.status_code == 409 and "草稿" in unread.content.decode(), "nobody else has read it"
    again = officer.get(f"{reverse('compliance:incident_new')}?breach={matter.pk}")
    assert again.status_code == 302 and again["Location"] == one, "to the one that is there"


def test_a_complaint_begins_an_incident_with_those_it_is_about(
    at, collector: User, compliance_officer: User, client_as
) -> None:
    complaint = receive(
        said=Said(source="media", type="threat", narrative="视频里说被骚扰", received_at=KNOWN), whose=Whose(),
        accused=[Accused(About.COLLECTOR, collector)], actor=None, now=KNOWN,
    )  # fmt: skip
    officer = client_as(compliance_officer)
    address = f"{reverse('compliance:incident_new')}?complaint={complaint.pk}"
    assert address in officer.get(reverse("compliance:complaint", args=[complaint.pk])).content.decode()
    assert f'<option value="{collector.pk}" selected>' in officer.get(address).content.decode()
