"""What the register says about agencies on a day, for one and for many."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import User
from tests.vendors.agencies.builders import DAY, LONG_AGO, SAYS, agree_contract, make_agency, moment, working_agency
from vendors.agencies import judging, papers, people, register
from vendors.agencies.gather import facts_of, may_receive, standing_of, standing_on
from vendors.agencies.limits import LOOKBACK, PUBLISH
from vendors.agencies.people import Certificate
from vendors.models import Agency

pytestmark = pytest.mark.django_db
NEXT = DAY + dt.timedelta(days=1)


@pytest.fixture
def agency(vendor_manager: User, compliance_officer: User) -> Agency:
    return working_agency(vendor_manager, compliance_officer)


def test_an_agency_that_was_set_up_through_the_services_may_be_given_cases(agency):
    assert may_receive(agency, DAY)
    assert standing_on(agency, DAY).warnings == ()
    before_all = LONG_AGO - dt.timedelta(days=1)
    assert not may_receive(agency, before_all), "nothing of it was there yet"


def test_the_newest_paper_of_a_kind_counts_and_none_before_it_was_signed(agency, vendor_manager):
    common = {"agency": agency, "actor": vendor_manager, "now": moment(), "day": DAY}
    papers.record_document(kind="data_agreement", signed_on=DAY, says={**SAYS, "retention": ""}, **common)
    assert may_receive(agency, DAY - dt.timedelta(days=1))
    assert [one.rule for one in standing_on(agency, DAY).obstacles] == ["CN-A-05"]
    papers.record_document(kind="data_agreement", signed_on=DAY, says=SAYS, **common)
    assert may_receive(agency, DAY), "of two of one day the one that was recorded later"


def test_a_record_bars_an_agency_for_three_years_and_a_later_check_does_not_lift_it(agency, compliance_officer):
    common = {"agency": agency, "actor": compliance_officer, "now": moment(), "day": DAY, "kind": "unlawful_record"}
    found = {"found": "行政处罚决定书", "record_on": dt.date(2025, 6, 1)}
    judging.record_check(passed=False, checked_on=DAY, **found, **common)
    judging.record_check(passed=True, checked_on=DAY, found="没有新的记录", **common)
    assert [one.matter for one in standing_on(agency, DAY).obstacles] == ["record"]
    assert may_receive(agency, DAY - dt.timedelta(days=1)), "not known yet on the day before"


def test_the_limits_of_the_day_count(agency, compliance_officer, supervisor):
    common = {"agency": agency, "actor": compliance_officer, "now": moment(), "day": DAY, "kind": "unlawful_record"}
    found = {"found": "行政处罚决定书", "record_on": dt.date(2024, 6, 1)}
    judging.record_check(passed=False, checked_on=DAY, **found, **common)
    judging.record_check(passed=True, checked_on=DAY, found="没有新的记录", **common)
    Agency.objects.update(published_on=None)
    agency.refresh_from_db()
    for setting, value in ((LOOKBACK, 1), (PUBLISH, False)):
        set_value(setting, value, effective_from=NEXT, reason="政策调整", actor=supervisor, now=moment())
    assert {one.matter for one in standing_on(agency, DAY).obstacles} == {"record", "published"}
    assert may_receive(agency, NEXT)


def test_an_unapproved_version_is_no_agreement(vendor_manager, compliance_officer):
    agency = make_agency(vendor_manager)
    agree_contract(agency, state="submitted")
    assert "没有已批准" in next(o.sentence for o in standing_on(agency, DAY).obstacles if o.matter == "contract")


def test_people_count_while_they_are_there_and_only_without_a_good_certificate(agency, vendor_manager):
    def somebody(number: str, certificate: Certificate, started_on: dt.date = LONG_AGO) -> object:
        return people.record_person(
            agency=agency, employee_no=number, name="某人", started_on=started_on, certificate=certificate,
            actor=vendor_manager, day=DAY,
        )  # fmt: skip

    def without() -> int:
        return facts_of([agency], DAY)[agency.pk].people_without_certificate

    assert without() == 0
    gone = somebody("E2", Certificate())
    somebody("E3", Certificate("PX", LONG_AGO, DAY))
    somebody("E4", Certificate("PX", LONG_AGO, DAY - dt.timedelta(days=1)))
    somebody("E5", Certificate(), started_on=NEXT)
    assert without() == 2
    people.person_left(person=gone, left_on=DAY - dt.timedelta(days=1), actor=vendor_manager, day=DAY)
    assert without() == 1


def test_many_agencies_cost_as_many_queries_as_one(agency, vendor_manager, compliance_officer):
    with CaptureQueriesContext(connection) as one:
        standing_of([agency], DAY)
    others = [working_agency(vendor_manager, compliance_officer, name=f"机构{n}", code=f"agency-{n}") for n in range(5)]
    register.stop(agency=others[0], reason="整改", actor=vendor_manager)
    with CaptureQueriesContext(connection) as many:
        found = standing_of(Agency.objects.all(), DAY)
    assert len(one) == 9
    assert len(many) == 9 + 1, "and one for the agencies themselves"
    assert sorted(map(bool, found.values())) == [False, *[True] * 5]
    assert standing_of([], DAY) == {}
