"""The pages: what a department reads and does not read, forms that come back, and lists."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import new_token
from compliance.complaints.register import Accused
from compliance.models import About, Department, DepartmentMember, Referral
from compliance.routing import answering
from tests.cases.builders import desk_of, make_case
from tests.compliance.routing.cast import MONDAY, asked, complaint_about, days, department

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(desk=desk_of(collector), name="欧阳小明")


def post(client: Client, route: str, *args: object, **values: object) -> object:
    return client.post(reverse(f"compliance:{route}", args=args), {**values, "form_token": new_token()})


def test_a_member_without_a_role_reads_what_was_asked_and_nothing_of_the_complaint(
    client_as: SignIn, case: Case, collector: User, compliance_officer: User, outsider: User
) -> None:
    complaint = complaint_about(case, Accused(About.COLLECTOR, collector))
    one = asked(department(outsider), compliance_officer, complaint=complaint)
    client = client_as(outsider)
    page = client.get(reverse("compliance:referral", args=[one.pk])).content.decode()
    assert "请核对 2 月的违约金" in page and complaint.number in page
    for hidden in (
        "态度恶劣",
        "林催收",
        "欧阳",
        case.loan.contract_no,
        reverse("compliance:complaint", args=[complaint.pk]),
    ):
        assert hidden not in page
    assert one.number in client.get(reverse("compliance:referrals")).content.decode()
    assert "待答复的转办" in client.get(reverse("core:tasks")).content.decode()
    assert client_as(collector).get(reverse("compliance:referral", args=[one.pk])).status_code == 404


def test_of_a_debtors_question_the_department_reads_the_contract_with_the_name_masked(
    client_as: SignIn, case: Case, collector: User, outsider: User, finance: User
) -> None:
    one = asked(department(outsider), collector, case=case)
    page = client_as(outsider).get(reverse("compliance:referral", args=[one.pk])).content.decode()
    assert "欧**明" in page and case.loan.contract_no in page and "欧阳小明" not in page
    assert client_as(finance).get(reverse("compliance:referral", args=[one.pk])).status_code == 404


def test_asking_from_the_record_and_a_refusal_beside_its_entry(
    client_as: SignIn, case: Case, collector: User, finance: User
) -> None:
    to, empty = department(finance), department(code="it", name="信息技术")
    client, address = client_as(collector), reverse("compliance:referral_new_for", args=[case.pk])
    record = client.get(f"{reverse('cases:record', args=[case.pk])}?tab=referrals").content.decode()
    assert address in record
    values = {"kind": "fee", "question": "请核对罚息", "owner": "", "due_on": ""}
    refused = post(client, "referral_new_for", case.pk, department=empty.pk, **values)
    text = refused.content.decode()  # type: ignore[attr-defined]
    assert refused.status_code == 409 and "没有可以答复的成员" in text and "请核对罚息" in text  # type: ignore[attr-defined]
    made = post(client, "referral_new_for", case.pk, department=to.pk, **values)
    one = Referral.objects.get()
    assert made["Location"] == reverse("compliance:referral", args=[one.pk])  # type: ignore[index]
    assert one.number in client.get(f"{reverse('cases:record', args=[case.pk])}?tab=referrals").content.decode()
    assert "investigation" not in client.get(address).content.decode()


def test_a_day_too_late_for_the_complaint_is_warned_of_and_taken_when_confirmed(
    client_as: SignIn, compliance_officer: User, finance: User
) -> None:
    now = timezone.now()
    complaint = complaint_about(make_case(), now=now)
    to, client = department(finance), client_as(compliance_officer)
    values = {"department": to.pk, "kind": "fee", "question": "请核对", "due_on": complaint.due_on.isoformat()}
    warned = post(client, "referral_new", complaint.pk, **values)
    assert warned.status_code == 400 and "late_ok" in warned.content.decode()  # type: ignore[attr-defined]
    assert not Referral.objects.exists()
    assert post(client, "referral_new", complaint.pk, **values, late_ok="on").status_code == 302  # type: ignore[attr-defined]
    assert Referral.objects.get().due_on == complaint.due_on


def test_an_answer_that_came_too_late_is_not_lost(
    client_as: SignIn, case: Case, collector: User, finance: User, outsider: User
) -> None:
    one = asked(department(finance, outsider), collector, case=case)
    answering.answer(referral=one, words="先答的", actor=finance, now=days(1))
    page = post(client_as(outsider), "referral_answer", one.pk, answer="后写的长答复")
    text = page.content.decode()  # type: ignore[attr-defined]
    assert page.status_code == 409 and "已由 蔡财务 处理" in text and "后写的长答复" in text  # type: ignore[attr-defined]


def test_the_lists_and_their_filters(
    client_as: SignIn, case: Case, collector: User, supervisor: User, finance: User
) -> None:
    to, other = department(finance), department(finance, code="legal", name="法务")
    late = asked(to, collector, case=case)
    soon = asked(other, supervisor, case=case, now=timezone.now())
    asks = client_as(supervisor)

    def numbers(client: Client, query: str) -> set[str]:
        page = client.get(f"{reverse('compliance:referrals')}?{query}")
        return {row["referral"].number for row in page.context["rows"]}

    assert numbers(client_as(finance), "") == {late.number, soon.number}
    assert numbers(client_as(collector), "show=all") == {late.number}, "falls back to what the collector asked"
    assert numbers(asks, "show=all") == {late.number, soon.number}
    assert numbers(asks, "show=all&late=1") == {late.number}
    assert numbers(asks, "show=all&department=legal") == {soon.number}
    assert numbers(asks, "show=by_me&state=answered") == set()


def test_departments_and_members_are_kept_by_compliance(
    client_as: SignIn, compliance_officer: User, supervisor: User, finance: User
) -> None:
    client = client_as(compliance_officer)
    assert client_as(supervisor).get(reverse("compliance:departments")).status_code == 403
    made = post(client, "department_new", code="ops", name="运营", answer_days="2", is_active="on")
    to = Department.objects.get(code="ops")
    assert made["Location"] == reverse("compliance:department", args=[to.pk])  # type: ignore[index]
    assert post(client, "department_new", code="ops", name="又", is_active="on").status_code == 409  # type: ignore[attr-defined]
    post(client, "department_member", to.pk, do="add", user=finance.pk)
    post(client, "department_member", to.pk, do="lead", user=finance.pk)
    assert DepartmentMember.objects.get(department=to).is_lead
    assert "蔡财务" in client.get(reverse("compliance:departments")).content.decode()
    asked(to, supervisor, case=make_case(), now=MONDAY)
    refused = post(client, "department_member", to.pk, do="remove", user=finance.pk)
    assert refused.status_code == 409 and "待答复的转办" in refused.content.decode()  # type: ignore[attr-defined]
