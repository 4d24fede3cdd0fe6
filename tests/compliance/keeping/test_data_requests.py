"""People ask about their own data: by when, who may ask, what is refused with a reason, what may go, what they are given."""

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from cases.contact_values import index_of
from cases.models import Case, ContactPoint, Custody, Debtor, Desk, ImportChange
from cases.services.contact_points import mark_refused
from collection_ops.core.models import AuditEvent, Notification, User
from collection_ops.core.services.form_tokens import new_token
from compliance.complaints.register import Said, Whose, receive
from compliance.keeping import copies
from compliance.keeping.assessing import assess
from compliance.keeping.carrying_out import Correction, correct, erase, withdraw_consent
from compliance.keeping.copies import lines_of, make_copy, purge_copies, take_copy
from compliance.keeping.legal import place_legal_hold
from compliance.keeping.refusals import KeepingRefused
from compliance.keeping.requests import (
    Asked,
    check_identity,
    decide_request,
    finish_request,
    receive_request,
    remind,
)
from compliance.models import ContactWish, DataRequest
from tests.cases.builders import desk_of, make_case
from tests.compliance.keeping.test_retention import RECORDED, at, contacted, contacts, settle

pytestmark = pytest.mark.django_db
MONDAY = at(dt.date(2026, 3, 2))


@pytest.fixture
def case(collector: User) -> Case:
    made = make_case(desk=desk_of(collector), id_no="110101199003070011", phones=("13900001111",))
    ContactPoint.objects.create(
        debtor=made.loan.debtor, kind="phone", value="13800002222", value_index="x", masked="138****2222",
        relation="姑姑", holder_name="李四",
    )  # fmt: skip
    return made


def asked(case: Case, actor: User, kind: str = "copy", *, now: dt.datetime = MONDAY, **said: Any) -> DataRequest:
    given = {"details": "请提供我的全部信息", "received_at": now, **said}
    return receive_request(debtor=case.loan.debtor, asked=Asked(kind=kind, **given), actor=actor, now=now)


def decided(request: DataRequest, officer: User, outcome: str = "granted", answer: str = "同意") -> DataRequest:
    check_identity(request=request, identity="当面核对身份证原件", actor=officer, now=MONDAY)
    return decide_request(request=request, outcome=outcome, answer=answer, actor=officer, now=MONDAY)


def test_the_day_of_receipt_does_not_count_and_the_house_knows_when_it_came(
    case: Case, clerk: User, compliance_officer: User
) -> None:
    late = asked(case, clerk, now=MONDAY + dt.timedelta(days=3), received_at=MONDAY)
    assert (late.received_on, late.due_on) == (dt.date(2026, 3, 2), dt.date(2026, 3, 17))
    assert [note.user for note in Notification.objects.filter(kind="data_request.received")] == [compliance_officer]
    with pytest.raises(KeepingRefused, match="不能晚于今天"):
        asked(case, clerk, received_at=MONDAY + dt.timedelta(days=1))


@pytest.mark.parametrize("who", ["kin", "agent"])
def test_a_relative_or_an_agent_needs_proof_and_the_person_does_not(case: Case, clerk: User, who: str) -> None:
    with pytest.raises(KeepingRefused, match="须有证明"):
        asked(case, clerk, requester=who)
    assert asked(case, clerk, requester=who, proof="授权委托书 2026-02-20").proof
    assert asked(case, clerk).state == "received"


@pytest.mark.parametrize("outcome", ["refused", "partly"])
def test_a_refusal_without_a_reason_is_refused(case: Case, compliance_officer: User, outcome: str) -> None:
    request = asked(case, compliance_officer)
    check_identity(request=request, identity="当面", actor=compliance_officer, now=MONDAY)
    with pytest.raises(KeepingRefused, match="须写明理由"):
        decide_request(request=request, outcome=outcome, answer=" ", actor=compliance_officer, now=MONDAY)
    assert (
        decide_request(
            request=request, outcome=outcome, answer="信息属于他人", actor=compliance_officer, now=MONDAY
        ).outcome
        == outcome
    )


def test_nothing_is_decided_before_the_identity_is_checked(case: Case, compliance_officer: User) -> None:
    request = asked(case, compliance_officer)
    with pytest.raises(KeepingRefused, match="待核验"):
        decide_request(request=request, outcome="granted", answer="同意", actor=compliance_officer, now=MONDAY)
    with pytest.raises(KeepingRefused, match="请写明如何核验"):
        check_identity(request=request, identity=" ", actor=compliance_officer, now=MONDAY)


# Deletion -----------------------------------------------------------------------------------------------------------------


def test_while_the_debt_is_open_nothing_may_go_and_the_answer_says_why(case: Case, compliance_officer: User) -> None:
    request = asked(case, compliance_officer, "deletion")
    assert {part.why for part in assess(debtor=case.loan.debtor, now=MONDAY)} == {"debt_open"}
    check_identity(request=request, identity="当面", actor=compliance_officer, now=MONDAY)
    for outcome in ("granted", "partly"):
        with pytest.raises(KeepingRefused):
            decide_request(request=request, outcome=outcome, answer="同意", actor=compliance_officer, now=MONDAY)
    done = decide_request(
        request=request, outcome="refused", answer="合同未履行完毕", actor=compliance_officer, now=MONDAY
    )
    assert {part["why"] for part in done.parts} == {"debt_open"}


def test_once_settled_what_the_law_keeps_stays_and_the_rest_may_go(case: Case, compliance_officer: User) -> None:
    settle(case)
    contacted(case, at(dt.date(2024, 1, 5)))

    def why() -> dict[str, str]:
        return {part.code: part.why for part in assess(debtor=case.loan.debtor, now=MONDAY)}

    assert why() == {
        "contract": "retention", "third_contacts": "free", "own_contacts": "retention", "contact_log": "retention",
        "complaints": "free",
    }  # fmt: skip
    request = asked(case, compliance_officer, "deletion")
    with pytest.raises(KeepingRefused, match="不能全部同意"):
        decided(request, compliance_officer, "granted")
    request.refresh_from_db()
    decide_request(request=request, outcome="partly", answer="第三人号码已删除", actor=compliance_officer, now=MONDAY)
    place_legal_hold(debtor=case.loan.debtor, reason="诉讼", actor=compliance_officer, now=MONDAY)
    assert set(why().values()) == {"legal_hold"}


def test_an_open_complaint_keeps_what_it_is_about(case: Case, compliance_officer: User) -> None:
    settle(case)
    said = Said(source="hotline", type="service", narrative="态度差", received_at=MONDAY)
    receive(said=said, whose=Whose(debtor=case.loan.debtor), accused=[], actor=compliance_officer, now=MONDAY)
    assert {part.why for part in assess(debtor=case.loan.debtor, now=MONDAY)} == {"dispute_open"}


def test_five_years_after_the_last_of_it_everything_may_go(case: Case) -> None:
    settle(case)
    Case.objects.filter(pk=case.pk).update(closed_on=RECORDED)
    contacted(case, at(RECORDED))
    last_day, next_day = at(dt.date(2026, 3, 1)), at(dt.date(2026, 3, 2))
    assert not all(part.may_go for part in assess(debtor=case.loan.debtor, now=last_day))
    assert all(part.may_go for part in assess(debtor=case.loan.debtor, now=next_day))


def _free(case: Case) -> None:
    settle(case)
    contacted(case, at(dt.date(2024, 1, 5)))


def test_what_was_granted_is_erased_by_somebody_else_and_once(
    case: Case, compliance_officer: User, manager: User
) -> None:
    _free(case)
    refused_one = ContactPoint.objects.get(relation="姑姑")
    mark_refused(point=refused_one, actor=None, now=MONDAY)
    request = decided(asked(case, compliance_officer, "deletion"), compliance_officer, "partly", "第三人号码可以删除")
    assert [note.user for note in Notification.objects.filter(kind="data_request.erase")] == [manager]
    with pytest.raises(KeepingRefused, match="还没有执行"):
        finish_request(request=request, how="已答复", actor=compliance_officer, now=MONDAY)
    with pytest.raises(KeepingRefused, match="没有执行删除的权限"):
        erase(request=request, actor=compliance_officer, now=MONDAY)
    done = erase(request=request, actor=manager, now=MONDAY)
    third = ContactPoint.objects.get(pk=refused_one.pk)
    assert (third.value, third.masked, third.holder_name, third.status) == ("", "***", "", "refused")
    assert third.value_index == refused_one.value_index, "a refusal is for good, and the index says nothing by itself"
    assert ContactPoint.objects.get(relation="").value == "13900001111", "kept by law"
    assert {one["code"]: one.get("count") for one in done.effects} == {"third_contacts": 1}
    with pytest.raises(KeepingRefused, match="已经执行"):
        erase(request=request, actor=manager, now=MONDAY)
    finish_request(request=done, how="书面答复", actor=compliance_officer, now=MONDAY)
    event = AuditEvent.objects.get(action="debtor.points_erased")
    assert (event.actor, event.data) == (manager, {"third": True, "count": 1})


def test_nobody_erases_what_they_decided_themselves(case: Case, compliance_officer: User, manager: User) -> None:
    _free(case)
    request = decided(asked(case, compliance_officer, "deletion"), compliance_officer, "partly", "部分")
    DataRequest.objects.filter(pk=request.pk).update(decided_by=manager)
    with pytest.raises(KeepingRefused, match="以外的人"):
        erase(request=request, actor=manager, now=MONDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        DataRequest.objects.filter(pk=request.pk).update(carried_out_by=manager, carried_out_at=MONDAY)


def test_a_hold_that_came_after_the_decision_keeps_what_was_granted(
    case: Case, compliance_officer: User, manager: User
) -> None:
    _free(case)
    request = decided(asked(case, compliance_officer, "deletion"), compliance_officer, "partly", "部分")
    place_legal_hold(debtor=case.loan.debtor, reason="诉讼", actor=compliance_officer, now=MONDAY)
    done = erase(request=request, actor=manager, now=MONDAY)
    assert {one["code"]: one["kept"] for one in done.effects} == {"third_contacts": "legal_hold"}
    assert ContactPoint.objects.get(relation="姑姑").value == "13800002222"


def test_five_years_after_it_name_number_and_id_go_and_the_next_run_takes_the_rest(
    case: Case, compliance_officer: User, manager: User
) -> None:
    settle(case)
    Case.objects.filter(pk=case.pk).update(closed_on=RECORDED)
    contacted(case, at(RECORDED))
    ImportChange.objects.create(
        run=case.last_run,
        table="debtor",
        object_id=case.loan.debtor_id,
        before={"name": "王旧"},
        after={"name": "王新"},
    )
    request = decided(asked(case, compliance_officer, "deletion"), compliance_officer, "granted", "全部删除")
    erase(request=request, actor=manager, now=MONDAY)
    debtor = Debtor.objects.get(pk=case.loan.debtor_id)
    assert (debtor.name, debtor.id_no, debtor.id_index, debtor.id_last4) == ("***", "", "", "")
    assert set(ContactPoint.objects.values_list("masked", flat=True)) == {"***"}
    change = ImportChange.objects.get()
    assert (change.before, change.after) == ({"name": "***"}, {"name": "***"}), "nor in the history of imports"
    assert contacts(MONDAY) == {"count": 0, "request": 1}, "open requests spare"
    request.refresh_from_db()
    finish_request(request=request, how="已答复", actor=compliance_officer, now=MONDAY)
    assert contacts(MONDAY) == {"count": 1}


# Correction and consent ---------------------------------------------------------------------------------------------------


def test_a_correction_changes_the_book_and_leaves_masks(
    case: Case, compliance_officer: User, client_as: Callable[[User], Client]
) -> None:
    request = decided(asked(case, compliance_officer, "correction"), compliance_officer)
    wrong = ContactPoint.objects.get(relation="")
    officer = client_as(compliance_officer)
    url, page = (reverse(f"compliance:{name}", args=[request.pk]) for name in ("data_request_correct", "data_request"))

    def post(**given: Any) -> Any:
        return officer.post(url, {"what": "point", "kind": "phone", "form_token": new_token(), **given})

    assert post().status_code == 400, "nothing to correct"
    third = ContactPoint.objects.get(relation="姑姑")
    assert post(wrong=third.pk).status_code == 400, "somebody else's number is not theirs to correct"
    bad = post(wrong=wrong.pk, value="不是号码")
    assert bad.status_code == 400 and "可以拨打的号码" in bad.content.decode() and "不是号码" in bad.content.decode()
    wrong.refresh_from_db()
    assert wrong.status != "dead", "all of it or nothing"
    assert post(wrong=wrong.pk, value="13700003333").status_code == 302
    assert post(what="name", value="王小改").status_code == 302
    wrong.refresh_from_db()
    assert wrong.status == "dead"
    assert ContactPoint.objects.get(value_index=index_of("phone", "13700003333")).origin == "application"
    assert Debtor.objects.get(pk=case.loan.debtor_id).name == "王小改"
    shown = officer.get(page).content.decode()
    assert "137****3333" in shown and "13700003333" not in shown
    request.refresh_from_db()
    assert "13700003333" not in str(request.effects) and "王小改" not in str(request.effects)


def test_a_refused_correction_changes_nothing(case: Case, compliance_officer: User) -> None:
    request = decided(asked(case, compliance_officer, "correction"), compliance_officer, "refused", "与合同一致")
    with pytest.raises(KeepingRefused, match="没有同意"):
        correct(request=request, right=Correction("name", "王小改"), actor=compliance_officer, now=MONDAY)


def test_a_consent_taken_back_ends_what_was_agreed(case: Case, compliance_officer: User, clerk: User) -> None:
    debtor = case.loan.debtor
    wish = ContactWish.objects.create(
        debtor=debtor, kind="agreed", starts=dt.time(20), ends=dt.time(22, 30), evidence="REC-1",
        since=dt.date(2026, 2, 1), recorded_at=MONDAY,
    )  # fmt: skip
    ContactPoint.objects.filter(debtor=debtor, relation="").update(origin="repaired_by_carrier_with_consent")
    request = decided(asked(case, compliance_officer, "withdraw"), compliance_officer)
    with pytest.raises(KeepingRefused, match="没有办理"):
        withdraw_consent(request=request, actor=clerk, now=MONDAY)
    done = withdraw_consent(request=request, actor=compliance_officer, now=MONDAY)
    wish.refresh_from_db()
    assert wish.ended_on == dt.date(2026, 3, 2)
    assert ContactPoint.objects.get(relation="").status == "dead"
    assert [one["count"] for one in done.effects] == [1, 1]


# The copy -----------------------------------------------------------------------------------------------------------------


def test_the_copy_holds_the_persons_own_data_in_full_and_nobody_elses(case: Case, compliance_officer: User) -> None:
    agency = Desk.objects.create(code="agency-a", name="甲机构", kind="agency")
    Custody.objects.filter(case=case).delete()
    Custody.objects.create(case=case, desk=agency, started_at=MONDAY, reason="委外")
    contacted(case, MONDAY)
    request = decided(asked(case, compliance_officer), compliance_officer)
    made = make_copy(request=request, actor=compliance_officer, now=MONDAY)
    path = take_copy(request=made, reason="当面交给本人", actor=compliance_officer)
    assert (path.stat().st_mode & 0o777, len(made.file_sha256)) == (0o600, 64)
    sheet = openpyxl.load_workbook(io.BytesIO(path.read_bytes())).active
    text = "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell)
    for own in ("110101199003070011", "13900001111", case.loan.debtor.name, case.loan.contract_no, "甲机构"):
        assert own in text
    assert "13800002222" not in text and "李四" not in text
    taken = AuditEvent.objects.get(action="data_request.file_taken")
    assert taken.reason == "当面交给本人" and "13900001111" not in str(taken.data)


def test_a_copy_is_made_when_it_is_granted_taken_with_a_reason_and_gone_after_seven_days(
    case: Case, compliance_officer: User
) -> None:
    request = asked(case, compliance_officer)
    with pytest.raises(KeepingRefused, match="先决定同意"):
        make_copy(request=request, actor=compliance_officer, now=MONDAY)
    request = decided(request, compliance_officer)
    with pytest.raises(KeepingRefused, match="先生成副本"):
        finish_request(request=request, how="已答复", actor=compliance_officer, now=MONDAY)
    first = make_copy(request=request, actor=compliance_officer, now=MONDAY)
    old = copies.private_files.path_of(first.file_name, folder=copies.FOLDER)
    made = make_copy(request=first, actor=compliance_officer, now=MONDAY)
    assert not old.exists(), "made again, the first one goes"
    with pytest.raises(KeepingRefused, match="请写明下载的用途"):
        take_copy(request=made, reason=" ", actor=compliance_officer)
    assert purge_copies(now=MONDAY + dt.timedelta(days=7)) == 0
    assert purge_copies(now=MONDAY + dt.timedelta(days=7, seconds=1)) == 1
    made.refresh_from_db()
    assert (made.file_name, len(made.file_sha256)) == ("", 64)
    assert not list(Path(old.parent).iterdir())
    with pytest.raises(KeepingRefused, match="已清除"):
        take_copy(request=made, reason="再取", actor=compliance_officer)
    finish_request(request=made, how="3 月 9 日当面交付", actor=compliance_officer, now=MONDAY)


def test_an_account_of_sharing_names_the_agencies_and_nothing_else(case: Case, compliance_officer: User) -> None:
    sections = {line[0] for line in lines_of(case.loan.debtor)}
    assert "身份" in sections
    request = decided(asked(case, compliance_officer, "sharing"), compliance_officer)
    made = make_copy(request=request, actor=compliance_officer, now=MONDAY)
    path = take_copy(request=made, reason="寄送", actor=compliance_officer)
    sheet = openpyxl.load_workbook(io.BytesIO(path.read_bytes())).active
    assert "13900001111" not in str(list(sheet.iter_rows(values_only=True)))


# Time ---------------------------------------------------------------------------------------------------------------------


def test_each_step_of_the_time_is_told_once(case: Case, clerk: User, compliance_officer: User) -> None:
    asked(case, clerk)
    steps = []
    for day in range(17):
        remind(now=MONDAY + dt.timedelta(days=day))
        remind(now=MONDAY + dt.timedelta(days=day))
        told = Notification.objects.filter(kind="data_request.reminder").order_by("-pk").first()
        steps.append(told.params["percent"] if told else 0)
    assert [steps.index(step) for step in (50, 80, 100)] == [8, 12, 15]
    assert Notification.objects.filter(kind="data_request.reminder").count() == 3


# Pages --------------------------------------------------------------------------------------------------------------------


def test_the_pages_lead_from_intake_to_done(
    client_as: Callable[[User], Client], case: Case, clerk: User, compliance_officer: User
) -> None:
    values = {
        "contract": case.loan.contract_no, "kind": "copy", "details": "我要一份副本", "received_at": "2026-03-02T10:00",
        "requester": "agent",
    }  # fmt: skip
    at_desk, officer = client_as(clerk), client_as(compliance_officer)
    new = reverse("compliance:data_request_new")
    refused = at_desk.post(new, {**values, "form_token": new_token()})
    assert (
        refused.status_code == 409
        and "须有证明" in refused.content.decode()
        and "我要一份副本" in refused.content.decode()
    )
    wrong = at_desk.post(new, {**values, "contract": "没有", "form_token": new_token()})
    assert wrong.status_code == 400 and "没有这个编号的合同" in wrong.content.decode()
    assert at_desk.post(new, {**values, "proof": "委托书", "form_token": new_token()}).status_code == 302
    one = DataRequest.objects.get()
    page = reverse("compliance:data_request", args=[one.pk])
    assert one.number in officer.get(reverse("compliance:data_requests")).content.decode()

    def post(route: str, **given: str) -> Any:
        url = reverse(f"compliance:data_request_{route}", args=[one.pk])
        return officer.post(url, {**given, "form_token": new_token()})

    assert post("check", identity="视频核验").status_code == 302
    empty = post("decide", outcome="refused", answer="")
    assert empty.status_code == 400 and "须写明理由" in empty.content.decode()
    assert post("decide", outcome="granted", answer="同意提供").status_code == 302
    assert post("copy").status_code == 302
    assert post("file", reason="").status_code == 400
    file = post("file", reason="交给代理人")
    assert file.status_code == 200 and "no-store" in file["Cache-Control"]
    assert post("done", how="已当面交付").status_code == 302
    assert "已当面交付" in officer.get(page).content.decode()
    assert one.number in officer.get(reverse("compliance:data_requests"), {"show": "done"}).content.decode()
