"""The page of one complaint: what it shows, what may be done on it, and what comes back as a sentence."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Hold
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import new_token
from compliance.complaints.correcting import add_accused, as_classified, classify, identify
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import Accused
from compliance.incidents.register import CameFrom, Told, register_incident
from compliance.models import About, Complaint, ComplaintState
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.builders import complained, days, decided, handled

pytestmark = pytest.mark.django_db
ClientAs = Callable[[User], Client]


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(desk=desk_of(collector), name="王小明")


@pytest.fixture
def one(case: Case, collector: User, clerk: User) -> Complaint:
    now = timezone.now()
    return complained(
        case, Accused(About.COLLECTOR, collector), actor=clerk, now=now, received_at=now,
        complainant="relative", complainant_name="王大明", complainant_phone="13812345678", demand="书面道歉",
    )  # fmt: skip


def post(client: Client, name: str, complaint: Complaint, **values: Any) -> Any:
    return client.post(reverse(f"compliance:{name}", args=[complaint.pk]), {**values, "form_token": new_token()})


def shown(client: Client, complaint: Complaint) -> str:
    return client.get(reverse("compliance:complaint", args=[complaint.pk])).content.decode()


def test_a_complaint_goes_from_page_to_page_until_it_is_closed_and_opened_again(
    client_as: ClientAs, one: Complaint, compliance_officer: User, manager: User, collector: User
) -> None:
    boss, officer = client_as(manager), client_as(compliance_officer)
    assert post(boss, "complaint_assign", one, **{"assign-handler": compliance_officer.pk}).status_code == 302
    assert post(officer, "complaint_note", one, **{"note-words": "已调取录音"}).status_code == 302
    assert post(officer, "complaint_extend", one, **{"extend-reason": "录音须转写"}).status_code == 302
    subject = one.subjects.get()
    form = {"outcome": "upheld", "finding": "确有辱骂", "remedy": "致歉", "responsible": subject.pk}
    assert post(officer, "complaint_decide", one, **form).status_code == 302
    refused = post(officer, "complaint_close", one, **{"close-answered": "电话致歉"})
    assert (refused.status_code, "确实不需要时请写明原因" in refused.content.decode()) == (409, True)
    assert "电话致歉" in refused.content.decode()
    closing = {"close-answered": "电话致歉", "close-without_letter": "本人要求电话答复"}
    assert post(officer, "complaint_close", one, **closing).status_code == 302
    page = shown(officer, one)
    assert "电话致歉（未发答复函：本人要求电话答复）" in page and "按期办结" in page and "负有责任" in page
    assert post(officer, "complaint_reopen", one, **{"reopen-reason": "不接受"}).status_code == 302
    one.refresh_from_db()
    assert (one.state, one.round) == (ComplaintState.HANDLING, 2)
    assert "重新受理：不接受" in shown(officer, one)


def test_the_page_masks_the_person_who_complains_and_says_the_clock(
    client_as: ClientAs, one: Complaint, compliance_officer: User, auditor: User
) -> None:
    page = shown(client_as(compliance_officer), one)
    assert "138****5678" in page and "13812345678" not in page and "王大明" not in page and "王*明" in page
    assert f"收到 {one.received_on}，15 天，最后一天 {one.due_on}" in page and "还剩 15 天" in page
    assert "王小明" in page
    assert "王小明" not in shown(client_as(auditor), one)


def test_whom_it_is_about_and_strangers_find_nothing(
    client_as: ClientAs, one: Complaint, collector: User, supervisor: User, outsider: User
) -> None:
    address = reverse("compliance:complaint", args=[one.pk])
    assert client_as(collector).get(address).status_code == 404
    assert client_as(outsider).get(address).status_code == 403
    assert client_as(supervisor).get(address).status_code == 200
    assert post(client_as(supervisor), "complaint_decide", one).status_code == 403


def test_a_colleague_who_assigned_or_decided_meanwhile_is_told_and_nothing_typed_is_lost(
    client_as: ClientAs, one: Complaint, compliance_officer: User, supervisor: User, manager: User
) -> None:
    handled(one, supervisor, by=manager, now=timezone.now())
    late = post(client_as(manager), "complaint_assign", one, **{"assign-handler": compliance_officer.pk})
    assert (late.status_code, "同事刚把经办人改为 朱主管" in late.content.decode()) == (409, True)
    form = {
        "outcome": "not_upheld", "finding": "录音正常，无不当用语", "remedy": "", "seen": "",
    }  # fmt: skip
    assert post(client_as(compliance_officer), "complaint_decide", one, **form).status_code == 302
    other = {**form, "outcome": "partly", "finding": "语速过快", "remedy": "提醒", "responsible": one.subjects.get().pk}
    late = post(client_as(manager), "complaint_decide", one, **other)
    said = late.content.decode()
    assert late.status_code == 409 and "何合规 刚作出决定：不属实" in said and "语速过快" in said
    one.refresh_from_db()
    assert one.outcome == "not_upheld"


def test_a_true_finding_without_a_remedy_comes_back_beside_its_field(
    client_as: ClientAs, one: Complaint, compliance_officer: User, manager: User
) -> None:
    handled(one, compliance_officer, by=manager, now=timezone.now())
    form = {"outcome": "upheld", "finding": "确有辱骂", "responsible": one.subjects.get().pk}
    answer = post(client_as(compliance_officer), "complaint_decide", one, **form)
    assert answer.status_code == 409 and answer.context["form"].errors["remedy"]
    assert "再培训" in answer.content.decode()


def test_the_lead_of_the_accused_reads_why_they_may_not_act(
    client_as: ClientAs, one: Complaint, compliance_officer: User, manager: User, collector: User
) -> None:
    compliance_officer.unit = collector.unit
    compliance_officer.save(update_fields=["unit"])
    compliance_officer.role_grants.create(role="team_leader")
    page = shown(client_as(compliance_officer), one)
    assert "直接上级不能办理" in page and "complaint-actions" not in page
    answer = post(client_as(compliance_officer), "complaint_extend", one, **{"extend-reason": "忙"})
    assert answer.status_code == 409


def test_a_complaint_of_nobody_known_is_linked_by_its_contract_and_stops_the_accused(
    case: Case, collector: User, compliance_officer: User
) -> None:
    unknown = complained(None, Accused(About.COLLECTOR, collector))
    assert not Hold.objects.exists()
    with pytest.raises(ComplaintRefused, match="没有找到"):
        identify(complaint=unknown, contract_no="没有的", actor=compliance_officer, now=days(1))
    found = identify(complaint=unknown, contract_no=f" {case.loan.contract_no} ", actor=compliance_officer, now=days(1))
    assert (found.debtor, found.case, list(found.loans.all())) == (case.loan.debtor, case, [case.loan])
    assert Hold.objects.get().accused == collector
    with pytest.raises(ComplaintRefused, match="已关联客户"):
        identify(complaint=unknown, contract_no=case.loan.contract_no, actor=compliance_officer, now=days(1))


def test_somebody_more_that_it_is_about_is_stopped_at_once_but_never_its_own_handler(
    case: Case, collector: User, supervisor: User, compliance_officer: User, manager: User
) -> None:
    one = complained(case, Accused(About.COLLECTOR, collector))
    handled(one, supervisor, by=manager)
    with pytest.raises(ComplaintRefused, match="先改派经办人"):
        add_accused(complaint=one, accused=Accused(About.COLLECTOR, supervisor), actor=compliance_officer, now=days(1))
    handled(one, compliance_officer, by=manager)
    add_accused(complaint=one, accused=Accused(About.COLLECTOR, supervisor), actor=compliance_officer, now=days(1))
    assert set(Hold.objects.values_list("accused__username", flat=True)) == {"lin.collector", "zhu.supervisor"}
    with pytest.raises(ComplaintRefused, match="已在被投诉方之列"):
        add_accused(complaint=one, accused=Accused(About.COLLECTOR, supervisor), actor=compliance_officer, now=days(1))


def test_a_credit_dispute_has_the_days_of_its_statute_from_the_beginning_of_the_round(
    case: Case, compliance_officer: User
) -> None:
    one = complained(case)
    seen = as_classified(one)
    changed = classify(
        complaint=one, type="credit_report", category="rules", severity=1, seen=seen, actor=compliance_officer,
        now=days(3),
    )  # fmt: skip
    assert changed.due_on == changed.rounds.get().due_on == dt.date(2026, 3, 22)
    with pytest.raises(ComplaintRefused, match="同事刚更改过"):
        classify(
            complaint=one, type="threat", category="collection", severity=2, seen=seen, actor=compliance_officer,
            now=days(3),
        )  # fmt: skip


def test_what_is_decided_is_not_corrected_any_more_once_it_is_closed(
    client_as: ClientAs, one: Complaint, compliance_officer: User, manager: User
) -> None:
    now = timezone.now()
    handled(one, compliance_officer, by=manager, now=now)
    decided(one, compliance_officer, now=now)
    client = client_as(compliance_officer)
    form = {"part": "classify", "classify-type": "service", "classify-category": "service", "classify-severity": 2}
    seen = {"classify-seen": as_classified(one)}
    assert post(client, "complaint_correct", one, **form, **seen).status_code == 302
    closing = {"close-answered": "电话", "close-without_letter": "本人要求"}
    assert post(client, "complaint_close", one, **closing).status_code == 302
    one.refresh_from_db()
    answer = post(
        client, "complaint_correct", one, **{**form, "classify-type": "fee", "classify-seen": as_classified(one)}
    )
    assert answer.status_code == 409


def test_the_page_leads_to_the_incident_that_it_became_and_not_whoever_is_part_of_it(
    client_as: ClientAs, one: Complaint, compliance_officer: User, manager: User
) -> None:
    begin = f"{reverse('compliance:incident_new')}?complaint={one.pk}"
    assert begin in shown(client_as(compliance_officer), one)
    incident = register_incident(
        told=Told(type="other", known_at=timezone.now(), what="客户扬言自残", users=[manager]),
        came_from=CameFrom(complaint=one, case=one.case),
        owner=compliance_officer,
        actor=compliance_officer,
        now=timezone.now(),
    )
    page = shown(client_as(compliance_officer), one)
    assert incident.number in page and begin not in page
    assert incident.number not in shown(client_as(manager), one)
