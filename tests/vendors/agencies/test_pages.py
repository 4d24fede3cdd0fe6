"""The register's pages: what each person sees and may do, what is refused, and what the public is told."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import new_token
from tests.budgets.test_book_queries import own_queries
from tests.cases.builders import make_case
from tests.cases.care.files import BAD, GOOD
from tests.vendors.agencies.builders import complete, make_agency, working_agency
from tests.vendors.rectification.cast import raised
from tests.vendors.scorecard_pages.made import a_card
from tests.vendors.settlement.house import a_case, give
from vendors.agencies import people, register
from vendors.agencies.people import Certificate
from vendors.agencies.register import mark_of
from vendors.models import Agency, AgencyDocument, AgencyState, Contract

pytestmark = pytest.mark.django_db
LIST = reverse("vendors:agencies")


def today() -> dt.date:
    return clock.business_date(clock.now())


def begun() -> dt.date:
    return today() - dt.timedelta(days=30)


@pytest.fixture
def agency(vendor_manager: User, compliance_officer: User) -> Agency:
    return working_agency(vendor_manager, compliance_officer, day=begun(), contact_name="周联系", address="云杉路")


def page_of(agency: Agency) -> str:
    return reverse("vendors:agency", args=[agency.pk])


def text_of(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def send(client: Client, name: str, agency: Agency, /, **values: object) -> object:
    address = reverse(f"vendors:{name}", args=[agency.pk])
    return client.post(address, {**values, "form_token": new_token()})


# The list -----------------------------------------------------------------------------------------------------------


def test_the_list_says_what_each_agency_lacks(client_as, agency, vendor_manager):
    waiting = make_agency(vendor_manager, name="青禾数据服务", code="agency-qinghe")
    make_case(desk=agency.desk, total="100.00")
    text = text_of(client_as(vendor_manager), LIST)
    first, second = (part.split("</tr>")[0] for part in text.split("<tr data-href")[1:])
    assert waiting.name in first and 'data-label="未满足项">9<' in first
    for label in ("名单", "公示", "合同", "营业执照", "数据协议", "影响评估", "准入核查", "违规记录"):
        assert f'tone-danger">{label}<' in first
    assert agency.name in second and 'data-label="未满足项">0<' in second and "齐全" in second
    assert "100.00" in second


def test_its_contract_is_a_step_away_and_where_there_is_none_so_is_registering_one(
    client_as, agency, vendor_manager, compliance_officer
):
    contract = Contract.objects.get(agency=agency)
    waiting = make_agency(vendor_manager, name="青禾数据服务", code="agency-qinghe")
    address, register = reverse("vendors:contract", args=[contract.pk]), reverse("vendors:contract_register")
    maker, reader = client_as(vendor_manager), client_as(compliance_officer)
    assert f'href="{address}"' in text_of(maker, reverse("vendors:agency", args=[agency.pk]))
    assert f'href="{register}?agency={waiting.pk}"' in text_of(maker, reverse("vendors:agency", args=[waiting.pk]))
    assert f"{register}?agency=" not in text_of(reader, reverse("vendors:agency", args=[waiting.pk]))
    assert f'value="{waiting.pk}" selected' in text_of(maker, f"{register}?agency={waiting.pk}")


def test_the_list_says_how_each_was_scored_what_it_owes_and_how_long_its_contract_runs(
    client_as, agency, vendor_manager, finance
):
    make_agency(vendor_manager, name="青禾数据服务", code="agency-qinghe")
    a_card(agency, month=dt.date(2026, 2, 1), grade="A")
    card = a_card(agency, grade="D")
    raised(agency, vendor_manager)
    text = text_of(client_as(vendor_manager), LIST)
    first, second = (part.split("</tr>")[0] for part in text.split("<tr data-href")[1:])
    for none in ("评分卡", "合同剩余"):
        assert f'data-label="{none}">–' in first
    assert 'data-label="未完成整改">0' in first
    shown = (
        f'href="{reverse("vendors:scorecard", args=[card.pk])}">74.50</a>', 'tone-danger">D<', ">2026-03<",
        f'href="{reverse("vendors:rectifications")}?agency={agency.pk}">1</a>', 'data-label="合同剩余">330 天',
    )  # fmt: skip
    for said in shown:
        assert said in second, said
    assert "?agency=" not in text_of(client_as(finance), LIST), "finance sees no rectifications"
    assert "Contract" in client_as(finance).get(LIST, headers={"Accept-Language": "en"}).content.decode()


def test_the_list_is_searched_and_filtered(client_as, agency, vendor_manager):
    make_agency(vendor_manager, name="青禾数据服务", code="agency-qinghe")
    client = client_as(vendor_manager)
    assert agency.name not in text_of(client, LIST, q="青禾") and "青禾数据服务" in text_of(client, LIST, q="青禾")
    active = text_of(client, LIST, state="active")
    assert agency.name in active and "青禾数据服务" not in active
    assert "没有符合条件的机构" in text_of(client, LIST, q="没有这家")
    assert agency.name in text_of(client, LIST, state="wrong"), "a filter that is none filters nothing"


def test_an_empty_register_says_what_to_do(client_as, vendor_manager, auditor):
    assert reverse("vendors:agency_new") in text_of(client_as(vendor_manager), LIST)
    text = text_of(client_as(auditor), LIST)
    assert "由委外管理人员登记" in text and reverse("vendors:agency_new") not in text


def test_the_register_is_for_those_who_work_with_agencies(
    client_as, agency, supervisor, finance, manager, auditor, collector, team_leader, clerk, admin_user, outsider
):
    for person in (supervisor, finance, manager, auditor):
        assert agency.name in text_of(client_as(person), LIST)
        assert agency.name in text_of(client_as(person), page_of(agency))
        assert client_as(person).get(reverse("vendors:agency_new")).status_code == 403
    for person in (collector, team_leader, clerk, admin_user, outsider):
        assert client_as(person).get(LIST).status_code == 403
        assert client_as(person).get(page_of(agency)).status_code == 403
    assert client_as(auditor).get(reverse("vendors:agency", args=[2**70])).status_code == 404


# One agency ---------------------------------------------------------------------------------------------------------


def test_how_it_stands_is_said_at_the_top_with_what_to_do(client_as, agency, vendor_manager, compliance_officer):
    client = client_as(vendor_manager)
    assert "今天可以委案" in text_of(client, page_of(agency))
    register.stop(agency=agency, reason="整改", actor=vendor_manager)
    AgencyDocument.objects.filter(kind="impact_assessment").update(valid_until=begun())
    text = text_of(client, page_of(agency))
    assert "今天不能委案：2 项未满足" in text and "CN-A-08" in text and "重新评估并登记报告" in text


def test_everybody_is_offered_what_they_may_do_and_nothing_else(
    client_as, agency, vendor_manager, compliance_officer, auditor
):
    def offered(person: User) -> set[str]:
        actions = re.findall(r'action="(/vendors/[^"]+)"', text_of(client_as(person), page_of(agency)))
        return {action.removeprefix(page_of(agency)) for action in actions}

    assert offered(vendor_manager) == {
        *("documents/", "people/", "people/certificate/", "people/left/", "listing/", "stop/", "exit/"),
    }  # fmt: skip
    assert offered(compliance_officer) == {"checks/", "evaluations/"}
    assert offered(auditor) == set()
    Agency.objects.update(state=AgencyState.STOPPED)
    assert "resume/" in offered(compliance_officer) and "stop/" not in offered(vendor_manager)
    Agency.objects.update(state=AgencyState.EXITING, exit_begun_on=today())
    assert offered(vendor_manager) == {
        *("people/left/", "exit/accounts/", "exit/data/", "exit/deletion/", "exit/finish/"),
    }  # fmt: skip
    assert offered(compliance_officer) == set()


def test_an_agency_is_registered_and_a_refusal_loses_nothing_typed(client_as, agency, vendor_manager):
    client, address = client_as(vendor_manager), reverse("vendors:agency_new")
    typed = {"name": agency.name, "code": "agency-new", "hotline": "400-555-0102", "address": "青禾路 2 号"}
    again = client.post(address, {**typed, "form_token": new_token()})
    assert again.status_code == 409
    assert "已有同名的机构" in again.content.decode() and "青禾路 2 号" in again.content.decode()
    assert client.post(address, {"form_token": new_token()}).status_code == 400
    done = client.post(address, {**typed, "name": "新机构", "form_token": new_token()})
    assert done.status_code == 302 and done["Location"] == page_of(Agency.objects.get(name="新机构"))


def test_two_who_change_an_agency_at_once_are_told(client_as, agency, vendor_manager):
    client, seen = client_as(vendor_manager), mark_of(agency)
    typed = {"name": agency.name, "hotline": agency.hotline, "address": "我的地址", "based_on": seen}
    Agency.objects.update(address="别人的地址")
    answer = send(client, "agency_edit", agency, **typed)
    text = answer.content.decode()
    assert answer.status_code == 409 and "刚被他人修改" in text and "我的地址" in text
    fresh = re.search(r'name="based_on"[^>]*value="(\w+)"|value="(\w+)"[^>]*name="based_on"', text)
    assert fresh is not None
    mark = next(found for found in fresh.groups() if found)
    assert mark != seen
    assert send(client, "agency_edit", agency, **{**typed, "based_on": mark}).status_code == 302
    agency.refresh_from_db()
    assert agency.address == "我的地址"


def test_a_document_comes_with_its_file_and_goes_out_by_a_post(client_as, agency, vendor_manager, auditor, collector):
    client = client_as(vendor_manager)
    typed = {"kind": "security", "number": "ISO-1", "signed_on": f"{begun()}", "note": "等保三级"}
    bad = send(client, "agency_document", agency, **typed, file=SimpleUploadedFile("a.pdf", BAD["a program"]))
    assert bad.status_code == 409 and "不支持这个文件的内容" in bad.content.decode()
    assert "等保三级" in bad.content.decode()
    good = send(client, "agency_document", agency, **typed, file=SimpleUploadedFile("等保.pdf", GOOD["pdf"]))
    assert good.status_code == 302
    address = reverse("vendors:agency_file", args=[AgencyDocument.objects.get(kind="security").pk])
    assert address in text_of(client, page_of(agency))
    taken = client_as(auditor).post(address)
    assert b"".join(taken.streaming_content) == GOOD["pdf"]
    assert taken["Content-Disposition"].startswith("attachment") and taken["X-Content-Type-Options"] == "nosniff"
    assert client_as(auditor).get(address).status_code == 405
    assert client_as(collector).post(address).status_code == 403
    without = AgencyDocument.objects.filter(kind="licence").get()
    assert client_as(auditor).post(reverse("vendors:agency_file", args=[without.pk])).status_code == 404


def test_an_agreement_shows_what_it_leaves_out(client_as, agency, vendor_manager):
    client = client_as(vendor_manager)
    typed = {"kind": "data_agreement", "signed_on": f"{today()}", "says_purpose": "委托催收"}
    assert send(client, "agency_document", agency, **typed).status_code == 302
    text = text_of(client, page_of(agency))
    assert "今天不能委案" in text and "未约定：期限、处理方式" in text and "委托催收" in text


def test_people_are_shown_with_certificates_that_run_out(client_as, agency, vendor_manager):
    common = {"agency": agency, "actor": vendor_manager, "day": today(), "started_on": begun()}
    soon = Certificate("PX-9", begun(), today() + dt.timedelta(days=5))
    people.record_person(employee_no="E7", name="快到期", certificate=soon, **common)
    people.record_person(employee_no="E8", name="没证书", certificate=Certificate(), **common)
    text = text_of(client_as(vendor_manager), page_of(agency))
    assert "即将到期" in text and "无证书" in text
    assert "1 名在岗人员没有有效的培训证书" in text


def test_certificates_and_leaving_are_recorded_for_somebody_of_this_agency(client_as, agency, vendor_manager):
    client, person = client_as(vendor_manager), agency.people.get()
    other = make_agency(vendor_manager, name="别家", code="agency-other")
    typed = {"certificate-certificate_no": "PX-2", "certificate-certified_on": f"{today()}"}
    wrong = send(client, "agency_certificate", other, **{**typed, "certificate-person": person.pk})
    assert wrong.status_code == 400
    assert send(client, "agency_certificate", agency, **{**typed, "certificate-person": person.pk}).status_code == 302
    left = {"left-person": person.pk, "left-left_on": f"{today() + dt.timedelta(days=1)}"}
    refused = send(client, "agency_person_left", agency, **left)
    assert refused.status_code == 409 and "不能晚于今天" in refused.content.decode()
    assert send(client, "agency_person_left", agency, **{**left, "left-left_on": f"{today()}"}).status_code == 302
    person.refresh_from_db()
    assert (person.certificate_no, person.left_on) == ("PX-2", today())


def test_activation_is_refused_with_every_obstacle_and_goes_when_there_is_none(
    client_as, vendor_manager, compliance_officer
):
    agency, client = make_agency(vendor_manager), client_as(compliance_officer)
    refused = send(client, "agency_activate", agency)
    assert refused.status_code == 409 and "没有营业执照" in refused.content.decode()
    assert send(client_as(vendor_manager), "agency_activate", agency).status_code == 403, "who registers does not admit"
    complete(agency, editor=vendor_manager, judge=compliance_officer, day=begun())
    assert send(client, "agency_activate", agency).status_code == 302
    agency.refresh_from_db()
    assert agency.state == AgencyState.ACTIVE


def test_judgements_are_typed_by_those_who_judge(client_as, agency, vendor_manager, compliance_officer):
    typed = {"check-kind": "unlawful_record", "check-passed": "no", "check-checked_on": f"{today()}"}
    typed |= {"check-found": "查到处罚", "check-record_on": f"{today()}"}
    assert send(client_as(vendor_manager), "agency_check", agency, **typed).status_code == 403
    client = client_as(compliance_officer)
    refused = send(client, "agency_check", agency, **{**typed, "check-passed": "yes"})
    assert refused.status_code == 409 and "不能登记为通过" in refused.content.decode()
    assert send(client, "agency_check", agency, **typed).status_code == 302
    assert "有违法违规催收记录，未满 3 年" in text_of(client, page_of(agency))
    judged = {"evaluation-kind": "yearly", "evaluation-done_on": f"{today()}", "evaluation-result": "limit"}
    judged |= {"evaluation-compliance": "有违规", "evaluation-effect": "一般", "evaluation-security": "合格"}
    assert send(client, "agency_evaluation", agency, **judged).status_code == 302
    text = text_of(client, page_of(agency))
    assert "缩小范围" in text and "有违规" in text


def test_an_exit_stands_on_the_page_step_by_step(client_as, agency, vendor_manager):
    client = client_as(vendor_manager)
    begin = {"exit-reason": "到期不续", "exit-on": f"{today()}"}
    assert send(client, "agency_exit", agency, **begin).status_code == 302
    due = today() + dt.timedelta(days=5)
    assert f"应于 {due} 前办结" in text_of(client, page_of(agency))
    refused = send(client, "agency_exit_finish", agency)
    assert refused.status_code == 409 and "退出还缺" in refused.content.decode()
    assert send(client, "agency_exit_accounts", agency, **{"accounts-on": f"{today()}"}).status_code == 302
    assert send(client, "agency_exit_data", agency, **{"data-on": f"{today()}"}).status_code == 302
    paper = {"deletion-signed_on": f"{today()}", "deletion-file": SimpleUploadedFile("证明.pdf", GOOD["pdf"])}
    assert send(client, "agency_exit_deletion", agency, **paper).status_code == 302
    assert send(client, "agency_exit_finish", agency).status_code == 302
    text = text_of(client, page_of(agency))
    assert "该机构已退出，资料只供查阅" in text and "/exit/" not in text and "数据删除证明" in text


def test_one_strip_leads_to_all_that_there_is_about_an_agency(
    client_as, agency, vendor_manager, compliance_officer, finance
):
    def strip(user: User) -> list[str]:
        text = text_of(client_as(user), page_of(agency))
        return text.split('id="doors-title"')[1].split("</ul>")[0].split("<li>")[1:]

    labels = ["在手委案", "待退案", "回传文件", "回款核对", "评分卡", "未完成整改", "月会", "结算单", "机构账单"]
    empty = strip(vendor_manager)
    assert [next(label for label in labels if f"<span>{label}</span>" in one) for one in empty] == labels
    assert sum('class="figures">0<' in one for one in empty) == 8 and 'class="figures">–<' in empty[4]

    other = working_agency(vendor_manager, compliance_officer, day=begun(), name="别家", code="agency-other")
    give(agency, a_case())
    give(other, a_case(), a_case())
    card = a_card(agency, grade="D")
    raised(agency, vendor_manager)
    raised(other, vendor_manager)
    full = strip(vendor_manager)
    assert f'href="{reverse("cases:list")}?desk={agency.desk.code}"' in full[0] and 'figures">1<' in full[0]
    assert reverse("vendors:scorecard", args=[card.pk]) in full[4] and "74.50" in full[4] and ">D<" in full[4]
    assert f"{reverse('vendors:rectifications')}?agency={agency.pk}" in full[5] and 'figures">1<' in full[5]
    # To each reader what is for him, and every address opens.
    seen = {user: strip(user) for user in (vendor_manager, compliance_officer, finance)}
    assert "机构账单" not in "".join(seen[compliance_officer]) and len(seen[compliance_officer]) == 5
    assert "未完成整改" not in "".join(seen[finance]) and len(seen[finance]) == 5
    for user, items in seen.items():
        for one in items:
            address = one.split('href="')[1].split('"')[0]
            assert client_as(user).get(address).status_code == 200, address


# The public ---------------------------------------------------------------------------------------------------------


def test_the_public_sees_who_works_for_us_and_how_to_call_them(client, agency, vendor_manager, compliance_officer):
    address = reverse("vendors:public_agencies")
    Agency.objects.update(website="https://anhe.example/")
    make_agency(vendor_manager, name="还在准入", code="agency-b", hotline="400-555-0199")
    tomorrow = working_agency(vendor_manager, compliance_officer, day=begun(), name="明天公示", code="agency-c")
    Agency.objects.filter(pk=tomorrow.pk).update(published_on=today() + dt.timedelta(days=1))
    text = text_of(client, address)
    for shown in (agency.name, agency.hotline, "https://anhe.example/"):
        assert shown in text
    for hidden in ("还在准入", "400-555-0199", "明天公示", "周联系", "云杉路", "agency-anhe"):
        assert hidden not in text
    register.stop(agency=agency, reason="整改", actor=vendor_manager)
    assert "目前没有委托其他机构催收" in text_of(client, address)
    assert client.post(address).status_code == 405


# What pages cost ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("route", "budget"), [("agencies", 16), ("agency", 26)])
def test_a_page_costs_the_same_for_one_agency_and_for_many(
    client_as: Callable[[User], Client], agency: Agency, vendor_manager, compliance_officer, route: str, budget: int
):
    cache.clear()
    client = client_as(vendor_manager)
    address = page_of(agency) if route == "agency" else LIST
    few = own_queries(client, address)
    for number in range(4):
        working_agency(vendor_manager, compliance_officer, day=begun(), name=f"机构{number}", code=f"agency-{number}")
        make_case(desk=Agency.objects.get(name=f"机构{number}").desk)
        people.record_person(
            agency=agency, employee_no=f"N{number}", name="某人", started_on=begun(), certificate=Certificate(),
            actor=vendor_manager, day=today(),
        )  # fmt: skip
    many = own_queries(client, address)
    assert len(many) == len(few) and len(many) <= budget, "\n".join(many)
