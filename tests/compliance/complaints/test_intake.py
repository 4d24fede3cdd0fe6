"""Writing a complaint down: by whom, about whom, for whom, and what may go wrong without anything typed being lost."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Desk, Hold
from collection_ops.core.access import Role
from collection_ops.core.models import AuditEvent, User
from collection_ops.core.services.accounts import create_user
from collection_ops.core.services.form_tokens import new_token
from compliance.complaints import pausing
from compliance.complaints.handling import assign, close, decide
from compliance.complaints.register import Accused, join
from compliance.models import About, Complaint, ComplaintState
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.test_from_intake_to_closed import MONDAY, complained, days, holds

pytestmark = pytest.mark.django_db
PHONE = "13900001111"


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(contract_no="HT-1", name="诸葛小明", desk=desk_of(collector), phones=(PHONE,))


def filled(**values: Any) -> dict[str, Any]:
    received = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    usual = {
        "narrative": "催收员说要到单位去找我", "type": "threat", "severity": "2", "source": "hotline",
        "received_at": received, "complainant": "self",
    }  # fmt: skip
    return {**usual, **values}


def post(client: Client, case: Case | None, token: str = "", **values: Any) -> Any:
    address = reverse("compliance:complaint_new_for", args=[case.pk]) if case else reverse("compliance:complaint_new")
    return client.post(address, {**filled(**values), "form_token": token or new_token()})


def test_a_collector_writes_one_down_from_the_record_with_all_it_is_about(
    case: Case, collector: User, supervisor: User, client_as: Any
) -> None:
    second = make_case(contract_no="HT-2", debtor=case.loan.debtor, desk=desk_of(collector))
    client = client_as(collector)
    page = client.get(reverse("compliance:complaint_new_for", args=[case.pk])).content.decode()
    assert "HT-1" in page and "HT-2" in page and "催收员上报" in page
    answer = post(
        client, case, source="collector", people=[supervisor.pk], matters=["fee", "unknown"],
        loans=[case.loan_id, second.loan_id], demand="停止威胁", event_on=timezone.localdate().isoformat(),
    )  # fmt: skip
    complaint = Complaint.objects.get()
    assert answer.url == reverse("compliance:complaint", args=[complaint.pk])
    assert set(complaint.loans.values_list("contract_no", flat=True)) == {"HT-1", "HT-2"}
    assert set(complaint.subjects.values_list("about", "user")) == {
        ("collector", supervisor.pk), ("collector", None), ("fee", None),
    }  # fmt: skip
    assert (complaint.category, complaint.severity, complaint.demand) == ("collection", 2, "停止威胁")
    assert Hold.objects.get().accused == supervisor


def test_sent_twice_it_is_there_once(case: Case, collector: User, client_as: Any) -> None:
    client, token = client_as(collector), new_token()
    received = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    answers = [post(client, case, token, received_at=received) for _press in range(2)]
    assert {answer.status_code for answer in answers} == {302}
    assert Complaint.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence", "status"),
    [
        ({"type": ""}, "请选择投诉类型", 400),
        ({"narrative": "  "}, "请填写投诉内容", 400),
        ({"narrative": "长" * 32_768}, "超过 32,767 字", 409),
        ({"received_at": "2099-01-01T10:00"}, "收到日期不能晚于今天", 409),
        ({"received_at": "0026-01-01T10:00"}, "请核对年份", 400),
        ({"event_on": "2099-01-01"}, "发生日期不能晚于收到日期", 409),
        ({"source_ref": "GD-1"}, "已登记过", 409),
        ({"loans": ["999999"]}, "999999", 400),
        ({"people": ["x"]}, "x", 400),
        ({"same_as": "999999"}, "请重新选择", 400),
    ],
)
def test_what_is_wrong_is_said_in_its_place_and_nothing_typed_is_lost(
    case: Case, collector: User, compliance_officer: User, client_as: Any, wrong: dict[str, Any], sentence: str,
    status: int,
) -> None:  # fmt: skip
    other = make_case(contract_no="HT-9", desk=desk_of(collector))
    complained(other, source="hotline", source_ref="GD-1")
    answer = post(client_as(compliance_officer), case, **{"demand": "请求道歉并补偿", "matters": ["fee"], **wrong})
    page = answer.content.decode()
    assert answer.status_code == status
    assert sentence in page and "请求道歉并补偿" in page
    assert 'name="matters" value="fee" checked' in page
    assert Complaint.objects.count() == 1


def test_20000_characters_with_line_ends_of_a_browser_are_taken(case: Case, collector: User, client_as: Any) -> None:
    story = "\r\n".join(["一" * 99] * 200)
    assert post(client_as(collector), case, narrative=story).status_code == 302
    assert len(Complaint.objects.get().narrative) == 19_999


def test_a_duplicate_is_shown_before_saving_and_joined_at_once(
    case: Case, collector: User, compliance_officer: User, client_as: Any
) -> None:
    first = complained(case, Accused(About.COLLECTOR, collector), now=timezone.now())
    client = client_as(compliance_officer)
    page = client.get(reverse("compliance:complaint_new_for", args=[case.pk])).content.decode()
    assert f"同一件事，并入 {first.number}" in page and f'name="seen" value="{first.pk}"' in page
    # Filled in before the first was there: shown, kept, and saved with the next press.
    unseen = post(client, case, source="12378", source_ref="A-1", seen="")
    assert unseen.status_code == 409 and "先核对是否同一件事" in unseen.content.decode()
    assert "A-1" in unseen.content.decode() and f'name="seen" value="{first.pk}"' in unseen.content.decode()
    answer = post(client, case, source="12378", source_ref="A-1", seen=first.pk, same_as=first.pk, matters=["fee"])
    assert answer.url == reverse("compliance:complaint", args=[first.pk])
    twin = Complaint.objects.get(source_ref="A-1")
    assert (twin.state, twin.joined_to) == (ComplaintState.JOINED, first)
    assert set(first.subjects.values_list("about", flat=True)) == {"collector", "fee"}
    assert post(client, case, seen=f"{first.pk}").status_code == 302, "or registered as one of its own"
    assert Complaint.objects.counted().count() == 2


def test_whom_it_is_about_writes_it_down_and_never_sees_it_again(
    case: Case, collector: User, team_leader: User, client_as: Any
) -> None:
    client = client_as(collector)
    answer = post(client, case, source="collector", people=[collector.pk], narrative="他骂了我一小时")
    complaint = Complaint.objects.get()
    assert answer.url == f"{reverse('cases:record', args=[case.pk])}?tab=complaints"
    address = reverse("compliance:complaint", args=[complaint.pk])
    for tab in ("complaints", "timeline", "care"):
        page = client.get(f"{reverse('cases:record', args=[case.pk])}?tab={tab}").content.decode()
        assert "骂了我" not in page and address not in page, tab
        if tab != "complaints":
            continue
        assert f'<a class="figures text-nowrap" href="{address}"' not in page
    assert client.get(address).status_code == 404
    assert client.post(reverse("compliance:complaint_join", args=[complaint.pk]), {"to": "1"}).status_code == 403
    assert f'href="{address}"' not in client.get(reverse("compliance:complaints")).content.decode()
    # Nor is it offered to them as a duplicate of the next one.
    assert complaint.number not in client.get(reverse("compliance:complaint_new_for", args=[case.pk])).content.decode()
    assert client_as(team_leader).get(address).status_code == 200


def test_a_leader_of_another_team_and_a_collector_of_another_desk_do_not_find_the_case(
    case: Case, collector: User, client_as: Any
) -> None:
    complaint = complained(case, Accused(About.COLLECTOR, collector))
    for number, role in enumerate((Role.TEAM_LEADER, Role.COLLECTOR)):
        stranger = create_user(
            username=f"far.{number}", display_name="远", password="a-password-for-tests", roles=[role], actor=None,
            unit="team-z",
        )  # fmt: skip
        client = client_as(stranger)
        assert client.get(reverse("compliance:complaint_new_for", args=[case.pk])).status_code == 404
        assert post(client, case).status_code == 404
        assert client.get(reverse("compliance:complaint", args=[complaint.pk])).status_code == 404
        found = client.post(reverse("compliance:complaint_find"), {"q": PHONE}).content.decode()
        assert "没有找到" in found and "HT-1" not in found
    assert Complaint.objects.count() == 1


def test_a_vendor_manager_writes_down_what_is_placed_and_nothing_else(
    case: Case, vendor_manager: User, client_as: Any
) -> None:
    agency = Desk.objects.create(code="agency-1", name="诚信委外", kind="agency")
    placed = make_case(contract_no="HT-8", desk=agency)
    client = client_as(vendor_manager)
    assert client.get(reverse("compliance:complaint_new_for", args=[case.pk])).status_code == 404
    assert post(client, placed, source="agency", agencies=["agency-1"]).status_code == 302
    assert Hold.objects.get().accused_org == "agency-1"
    assert "从案件档案" in client.get(reverse("compliance:complaint_new")).content.decode()


def test_the_customer_is_found_by_telephone_without_leaving_it_anywhere(
    case: Case, compliance_officer: User, client_as: Any
) -> None:
    make_case(contract_no="HT-2", debtor=case.loan.debtor)
    client = client_as(compliance_officer)
    page = client.post(reverse("compliance:complaint_find"), {"q": PHONE}).content.decode()
    assert page.count("为该客户登记") == 1, "each customer once, with all contracts"
    assert "HT-1" in page and "HT-2" in page and PHONE not in page
    event = AuditEvent.objects.get(action="search.person")
    assert event.actor == compliance_officer and PHONE not in str(event.data)
    assert "请输入" in client.post(reverse("compliance:complaint_find"), {"q": " "}).content.decode()
    assert client.get(reverse("compliance:complaint_find")).status_code == 405


def test_nobody_knows_whose_it_is(clerk: User, compliance_officer: User, client_as: Any) -> None:
    client = client_as(clerk)
    assert "无法识别客户" in client.get(reverse("compliance:complaint_new")).content.decode()
    form = client.get(f"{reverse('compliance:complaint_new')}?customer=unknown").content.decode()
    assert "涉及合同" not in form and "客服热线" in form
    answer = post(
        client, None, source="letter", type="other", complainant_name="上官某人", complainant_phone="13911112222"
    )
    complaint = Complaint.objects.get()
    assert answer.url == reverse("compliance:complaint", args=[complaint.pk])
    assert (complaint.debtor, complaint.hold, complaint.complainant_name) == (None, None, "上官某人")
    assert not [event for event in AuditEvent.objects.all() if "上官某人" in f"{event.data}{event.reason}"]
    desk = client_as(compliance_officer).get(reverse("compliance:complaints")).content.decode()
    assert "未识别客户" in desk and "上官某人" not in desk


def test_joining_on_the_complaint_takes_a_number_and_says_what_is_wrong(
    case: Case, collector: User, compliance_officer: User, manager: User, client_as: Any
) -> None:
    first = complained(case, Accused(About.COLLECTOR, collector))
    second = complained(case, type="hours")
    others = complained(make_case(contract_no="HT-7", name="旁人"))
    client = client_as(compliance_officer)
    address = reverse("compliance:complaint_join", args=[second.pk])

    def to(typed: object) -> Any:
        return client.post(address, {"to": typed, "form_token": new_token()})

    for typed, sentence, status in (
        ("", "没有这个编号", 400),
        ("TS2026-1", "没有这个编号", 409),
        ("999999999999999999999", "没有这个编号", 409),
        (second.number, "不能并入自身", 409),
        (others.number, "不是同一客户", 409),
    ):
        refused = to(typed)
        assert (refused.status_code, sentence in refused.content.decode()) == (status, True), typed
        assert not typed or f'value="{typed}"' in refused.content.decode()
    assert first.number in to("").content.decode(), "what it may be joined to is offered"
    assert to(first.number).url == reverse("compliance:complaint", args=[first.pk])
    second.refresh_from_db()
    assert second.joined_to == first
    assert "已办结或已并入" in to(first.number).content.decode()
    assert client_as(collector).post(address, {"to": first.number}).status_code == 403
    # Whoever leads the person complained about does not take the complaint off the desk.
    lead = create_user(
        username="lead.too", display_name="双职", password="a-password-for-tests", unit="team-a",
        roles=[Role.TEAM_LEADER, Role.COMPLIANCE], actor=None,
    )  # fmt: skip
    third = complained(case, type="service")
    refused = client_as(lead).post(
        reverse("compliance:complaint_join", args=[third.pk]), {"to": first.number, "form_token": new_token()}
    )
    assert refused.status_code == 409 and "直接上级" in refused.content.decode()


def test_holds_that_nobody_asks_for_any_more_are_lifted_whatever_was_joined(
    case: Case, collector: User, compliance_officer: User, manager: User
) -> None:
    unnamed = complained(case)
    named = complained(case, Accused(About.COLLECTOR, collector), type="hours")
    assert holds(case, MONDAY) == {(None, ""), (collector.pk, "")}
    third = complained(case, Accused(About.COLLECTOR, collector), type="service")
    join(complaint=third, to=unnamed, actor=compliance_officer, now=days(1))
    for number, one in enumerate((unnamed, named), start=2):
        assign(complaint=one, handler=compliance_officer, actor=manager, now=days(number))
        decide(
            complaint=one, outcome="not_upheld", finding="查无此事", responsible={}, actor=compliance_officer,
            now=days(number),
        )  # fmt: skip
        close(complaint=one, answered="已答复", actor=compliance_officer, now=days(number) + dt.timedelta(hours=1))
        left = {(collector.pk, "")} if number == 2 else set()
        assert holds(case, days(number) + dt.timedelta(hours=2)) == left


def test_one_that_came_in_at_the_same_moment_shares_the_hold(
    case: Case, collector: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither sees the hold of the other; the second to write it waits for the first, is refused, and takes theirs."""
    first = complained(case, Accused(About.COLLECTOR, collector))
    look, looked = pausing._going_on, []

    def too_early(*asked: Any) -> Hold | None:
        looked.append(asked)
        return None if len(looked) == 1 else look(*asked)

    monkeypatch.setattr(pausing, "_going_on", too_early)
    second = complained(case, Accused(About.COLLECTOR, collector), type="hours")
    assert len(looked) == 2 and second.hold == first.hold == Hold.objects.get()
