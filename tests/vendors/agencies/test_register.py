"""Registering agencies, changing them, and whether they work: what goes, and what is refused in a sentence."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from cases.models import Custody, Desk, DeskKind
from cases.services.custody import CustodyRefused, move_cases
from collection_ops.core.models import AuditEvent
from tests.cases.builders import desk_of, make_case
from tests.vendors.agencies.builders import (
    DAY,
    LONG_AGO,
    complete,
    credit_code,
    make_agency,
    moment,
    working_agency,
)
from vendors.agencies import judging, people, register
from vendors.agencies.credit_code import is_credit_code
from vendors.agencies.people import Certificate
from vendors.agencies.refusals import AgencyRefused
from vendors.agencies.register import Master, mark_of, master_of
from vendors.models import Agency, AgencyCheck, AgencyEvaluation, AgencyPerson, AgencyState

pytestmark = pytest.mark.django_db


def actions() -> list[str]:
    return list(AuditEvent.objects.filter(action__startswith="agency.").order_by("pk").values_list("action", flat=True))


def changed(agency: Agency, **values: str) -> Master:
    return Master(**{**vars(master_of(agency)), **values})


# Registering --------------------------------------------------------------------------------------------------------


def test_a_new_agency_applies_and_its_desk_is_closed_until_it_works(vendor_manager):
    agency = make_agency(vendor_manager, credit_code=credit_code().lower())
    assert (agency.state, agency.credit_code) == (AgencyState.APPLYING, credit_code())
    assert (agency.desk.code, agency.desk.kind, agency.desk.is_active) == ("agency-anhe", DeskKind.AGENCY, False)
    event = AuditEvent.objects.get(action="agency.registered")
    assert event.actor == vendor_manager and event.data["desk"] == "agency-anhe"
    assert "65550101" not in str(event.data)


def test_an_agency_may_take_a_desk_that_is_there_already(vendor_manager, collector):
    desk = Desk.objects.create(code="agency-old", name="老机构（委外）", kind=DeskKind.AGENCY)
    agency = register.register_agency(master=Master("老机构"), desk=desk, actor=vendor_manager, now=moment())
    assert agency.desk == desk and Desk.objects.get(pk=desk.pk).name == "老机构（委外）"
    with pytest.raises(AgencyRefused, match="已属于另一机构"):
        register.register_agency(master=Master("另一家"), desk=desk, actor=vendor_manager, now=moment())
    with pytest.raises(AgencyRefused, match="委外席位"):
        register.register_agency(master=Master("另一家"), desk=desk_of(collector), actor=vendor_manager, now=moment())


@pytest.mark.parametrize(
    ("master", "code", "field"),
    [
        ({"name": " "}, "b", "name"),
        ({"name": "安和资产管理"}, "bb", "name"),
        ({"name": "乙", "credit_code": credit_code()}, "bb", "credit_code"),
        ({"name": "乙", "credit_code": credit_code()[:-1] + "0"}, "bb", "credit_code"),
        ({"name": "乙", "hotline": "打这里"}, "bb", "hotline"),
        ({"name": "乙", "contact_phone": "1"}, "bb", "contact_phone"),
        ({"name": "乙"}, "agency-anhe", "code"),
        ({"name": "乙"}, "Agency B", "code"),
        ({"name": "乙"}, "", "code"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_entry_and_leaves_nothing(vendor_manager, master, code, field):
    make_agency(vendor_manager, credit_code=credit_code())
    with pytest.raises(AgencyRefused) as refused:
        register.register_agency(master=Master(**master), code=code, actor=vendor_manager, now=moment())
    assert refused.value.field == field
    assert Agency.objects.count() == Desk.objects.filter(kind="agency").count() == 1
    assert register.register_agency(master=Master("乙"), code="bb", actor=vendor_manager, now=moment()).pk


def test_a_credit_code_is_checked_by_its_last_sign():
    assert is_credit_code("91350100M000100Y43"), "the example of GB 32100-2015"
    assert not is_credit_code("91350100M000100Y44")
    assert not is_credit_code("91350100M000100Y4")
    assert not is_credit_code("91350100I000100Y43")


def test_master_data_are_changed_by_who_saw_them_as_they_are(vendor_manager):
    agency = make_agency(vendor_manager)
    seen = mark_of(agency)
    register.change_master(
        agency=agency,
        master=changed(agency, name="安和催收", address="云杉路 1 号"),
        based_on=seen,
        actor=vendor_manager,
    )
    agency.refresh_from_db()
    assert (agency.name, agency.desk.name) == ("安和催收", "安和催收")
    assert AuditEvent.objects.get(action="agency.changed").data == {"fields": ["name", "address"]}
    with pytest.raises(AgencyRefused, match="刚被他人修改"):
        register.change_master(agency=agency, master=changed(agency, name="旧名"), based_on=seen, actor=vendor_manager)
    register.change_master(agency=agency, master=master_of(agency), based_on=mark_of(agency), actor=vendor_manager)
    assert actions() == ["agency.registered", "agency.changed"], "nothing changed, nothing said"


# The list and the public --------------------------------------------------------------------------------------------


def test_an_agency_is_published_with_its_telephone_only(vendor_manager):
    agency = make_agency(vendor_manager, hotline="")
    listed = {"agency": agency, "actor": vendor_manager}
    with pytest.raises(AgencyRefused, match="公示电话") as refused:
        register.set_listing(listed_on=DAY, published_on=DAY, reason="", **listed)
    assert refused.value.field == "published_on"
    register.change_master(
        agency=agency, master=changed(agency, hotline="400-555-0101"), based_on=mark_of(agency), actor=vendor_manager
    )
    with pytest.raises(AgencyRefused, match="未列入名单"):
        register.set_listing(listed_on=None, published_on=DAY, reason="", **listed)
    assert register.set_listing(listed_on=DAY, published_on=DAY, reason="", **listed).published_on == DAY
    agency.refresh_from_db()
    with pytest.raises(AgencyRefused, match="先撤下公示"):
        register.change_master(
            agency=agency, master=changed(agency, hotline=""), based_on=mark_of(agency), actor=vendor_manager
        )
    with transaction.atomic(), pytest.raises(IntegrityError), transaction.atomic():
        Agency.objects.filter(pk=agency.pk).update(hotline="")


def test_taking_an_agency_off_the_list_needs_a_reason(vendor_manager):
    agency = make_agency(vendor_manager)
    listed = {"agency": agency, "actor": vendor_manager}
    register.set_listing(listed_on=DAY, published_on=DAY, reason="", **listed)
    with pytest.raises(AgencyRefused) as refused:
        register.set_listing(listed_on=None, published_on=None, reason=" ", **listed)
    assert refused.value.field == "reason"
    row = register.set_listing(listed_on=None, published_on=None, reason="投诉过多", **listed)
    assert (row.listed_on, row.published_on) == (None, None)
    assert AuditEvent.objects.filter(action="agency.listing").latest("pk").reason == "投诉过多"


# Checks, evaluations, people ----------------------------------------------------------------------------------------


def test_a_check_is_kept_as_it_was_found(vendor_manager, compliance_officer):
    agency = make_agency(vendor_manager)
    common = {"agency": agency, "actor": compliance_officer, "now": moment(), "day": DAY, "checked_on": DAY}
    row = judging.record_check(kind="unlawful_record", passed=False, found="处罚", record_on=LONG_AGO, **common)
    assert (row.record_on, row.recorded_by) == (LONG_AGO, compliance_officer)
    for wrong, field in (
        ({"kind": "site", "passed": False, "found": "x", "record_on": LONG_AGO}, "record_on"),
        ({"kind": "unlawful_record", "passed": True, "found": "x", "record_on": LONG_AGO}, "passed"),
        ({"kind": "unlawful_record", "passed": False, "found": "x", "record_on": DAY + dt.timedelta(1)}, "record_on"),
        ({"kind": "site", "passed": True, "found": " "}, "found"),
        ({"kind": "site", "passed": True, "found": "x", "checked_on": DAY + dt.timedelta(1)}, "checked_on"),
    ):
        with pytest.raises(AgencyRefused) as refused:
            judging.record_check(**{**common, **wrong})
        assert refused.value.field == field
    assert AgencyCheck.objects.count() == 1


def test_an_evaluation_says_all_three_things(vendor_manager, compliance_officer):
    agency = make_agency(vendor_manager)
    good = {
        "agency": agency, "kind": "yearly", "done_on": DAY, "compliance": "无违规", "effect": "达标", "security": "合格",
        "result": "continue", "actor": compliance_officer, "now": moment(), "day": DAY,
    }  # fmt: skip
    for wrong in ({"security": " "}, {"effect": ""}, {"compliance": ""}, {"done_on": DAY + dt.timedelta(1)}):
        with pytest.raises(AgencyRefused) as refused:
            judging.record_evaluation(**{**good, **wrong})
        assert refused.value.field == next(iter(wrong))
    assert judging.record_evaluation(**good).result == "continue"
    assert AgencyEvaluation.objects.count() == 1


def test_a_person_comes_gets_another_certificate_and_leaves(vendor_manager):
    agency = make_agency(vendor_manager)
    common = {"actor": vendor_manager, "day": DAY}
    person = people.record_person(
        agency=agency, employee_no="E1", name="钱一", started_on=LONG_AGO, certificate=Certificate(), **common
    )
    with pytest.raises(AgencyRefused, match="已登记"):
        people.record_person(
            agency=agency, employee_no=" E1 ", name="孙二", started_on=DAY, certificate=Certificate(), **common
        )
    for wrong, field in (
        (Certificate("PX-1"), "certified_on"),
        (Certificate("PX-1", DAY + dt.timedelta(1)), "certified_on"),
        (Certificate("PX-1", DAY, LONG_AGO), "certificate_until"),
    ):
        with pytest.raises(AgencyRefused) as refused:
            people.renew_certificate(person=person, certificate=wrong, **common)
        assert refused.value.field == field
    renewed = people.renew_certificate(person=person, certificate=Certificate("PX-1", DAY), **common)
    assert (renewed.certificate_no, renewed.certified_on) == ("PX-1", DAY)
    for wrong_day in (LONG_AGO - dt.timedelta(1), DAY + dt.timedelta(1)):
        with pytest.raises(AgencyRefused) as refused:
            people.person_left(person=person, left_on=wrong_day, **common)
        assert refused.value.field == "left_on"
    assert people.person_left(person=person, left_on=DAY, **common).left_on == DAY
    with pytest.raises(AgencyRefused, match="已登记离岗"):
        people.person_left(person=person, left_on=DAY, **common)
    with pytest.raises(AgencyRefused, match="已离岗"):
        people.renew_certificate(person=person, certificate=Certificate("PX-2", DAY), **common)
    assert AgencyPerson.objects.count() == 1
    assert actions() == ["agency.registered", "agency.person", "agency.certificate", "agency.person_left"]
    assert "钱一" not in str(list(AuditEvent.objects.values_list("data", flat=True))), "the trail names nobody"


# Working, stopped, working again ------------------------------------------------------------------------------------


def test_an_agency_is_active_only_when_nothing_else_stands_in_the_way(vendor_manager, compliance_officer):
    agency = make_agency(vendor_manager)
    with pytest.raises(AgencyRefused, match="还有 9 项不满足") as refused:
        register.activate(agency=agency, actor=compliance_officer, day=DAY)
    assert {str(one.matter) for one in refused.value.obstacles} == {
        *("listed", "published", "contract", "record", "check", "licence", "agreement", "assessment"),
    } and "没有营业执照" in str(refused.value)  # fmt: skip
    agency.refresh_from_db()
    assert agency.state == AgencyState.APPLYING
    complete(agency, editor=vendor_manager, judge=compliance_officer)
    assert register.activate(agency=agency, actor=compliance_officer, day=DAY).state == AgencyState.ACTIVE
    with pytest.raises(AgencyRefused, match="合作中"):
        register.activate(agency=agency, actor=compliance_officer, day=DAY)


def test_a_stopped_agency_is_given_nothing_by_hand_either_until_it_works_again(vendor_manager, compliance_officer):
    agency = working_agency(vendor_manager, compliance_officer)
    moved = {"reason": "委外", "actor": vendor_manager, "now": moment()}
    first, second = make_case(), make_case()
    Custody.objects.update(started_at=moment(LONG_AGO))
    assert move_cases(cases=[first.pk], desk=Desk.objects.get(pk=agency.desk_id), **moved) == 1
    with pytest.raises(AgencyRefused, match="原因"):
        register.stop(agency=agency, reason=" ", actor=vendor_manager)
    register.stop(agency=agency, reason="整改", actor=vendor_manager)
    with pytest.raises(CustodyRefused, match="已停用"):
        move_cases(cases=[second.pk], desk=Desk.objects.get(pk=agency.desk_id), **moved)
    assert Custody.objects.filter(desk=agency.desk_id, ended_at=None).count() == 1, "what it has it keeps"
    with pytest.raises(AgencyRefused, match="停止委案"):
        register.stop(agency=agency, reason="再次", actor=vendor_manager)
    with pytest.raises(AgencyRefused, match="原因"):
        register.resume(agency=agency, reason="", actor=compliance_officer, day=DAY)
    after_the_contract = dt.date(2027, 1, 1)
    with pytest.raises(AgencyRefused, match="到期"):
        register.resume(agency=agency, reason="整改完成", actor=compliance_officer, day=after_the_contract)
    register.resume(agency=agency, reason="整改完成", actor=compliance_officer, day=DAY)
    assert move_cases(cases=[second.pk], desk=Desk.objects.get(pk=agency.desk_id), **moved) == 1
    assert actions()[-3:] == ["agency.activated", "agency.stopped", "agency.resumed"]
