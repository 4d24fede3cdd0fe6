"""The demo's agencies: one that works on the desk that has cases, one that applies, one that was stopped."""

import datetime as dt
from random import Random

import pytest

from cases.demo.play import AGENCY_DESK, Staff
from cases.models import Desk, DeskKind
from vendors.agencies.credit_code import is_credit_code
from vendors.agencies.demo import register_agencies
from vendors.agencies.gather import standing_of
from vendors.models import Agency, AgencyPerson, AgencyState, Rectification
from vendors.rectification.demo import ask_for_rectification

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 2, 16)


def test_the_first_day_has_three_agencies_and_the_second_no_more(
    supervisor, clerk, vendor_manager, compliance_officer, collector
):
    desk = Desk.objects.create(code=AGENCY_DESK, name="松风资产管理（委外）", kind=DeskKind.AGENCY)
    staff = Staff(clerk=clerk, supervisor=supervisor, collectors=[collector])
    for number in range(2):
        register_agencies(day=DAY + dt.timedelta(number), days_left=20 - number, staff=staff, random=Random(1))
    found = {agency.name[:2]: agency for agency in Agency.objects.all()}
    assert {name: agency.state for name, agency in found.items()} == {
        "松风": AgencyState.ACTIVE, "青禾": AgencyState.APPLYING, "望湖": AgencyState.STOPPED,
    }  # fmt: skip
    desk.refresh_from_db()
    assert found["松风"].desk == desk and desk.is_active and desk.name == "松风资产管理（委外）"
    assert all(is_credit_code(agency.credit_code) for agency in found.values())
    for days in (0, 45, 120):
        standing = standing_of(found.values(), DAY + dt.timedelta(days))
        assert standing[found["松风"].pk], "it may be given cases as long as the longest story goes"
    missing = {str(one.matter) for one in standing_of(found.values(), DAY)[found["青禾"].pk].besides_state}
    assert missing == {"published", "contract", "check", "agreement", "assessment"}
    assert [one.matter for one in standing_of(found.values(), DAY)[found["望湖"].pk].obstacles] == ["state"]
    assert not AgencyPerson.objects.filter(certified_on__isnull=True).exists()


def test_where_an_agency_is_registered_the_demo_adds_none(supervisor, clerk, vendor_manager, collector):
    staff = Staff(clerk=clerk, supervisor=supervisor, collectors=[collector])
    register_agencies(day=DAY, days_left=20, staff=staff, random=Random(1))
    assert not Agency.objects.exists(), "a story without the desk has no agency"


def test_the_agency_that_was_stopped_has_answered_what_it_has_to_put_right_once(
    supervisor, clerk, vendor_manager, compliance_officer, collector
):
    Desk.objects.create(code=AGENCY_DESK, name="松风资产管理（委外）", kind=DeskKind.AGENCY)
    staff = Staff(clerk=clerk, supervisor=supervisor, collectors=[collector])
    for number in range(2):
        day = DAY + dt.timedelta(number)
        for part in (register_agencies, ask_for_rectification):
            part(day=day, days_left=20 - number, staff=staff, random=Random(1))
    row = Rectification.objects.get()
    assert (row.agency.name[:2], row.state, row.findings.count()) == ("望湖", "answered", 2)
