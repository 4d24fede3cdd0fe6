"""The demo's agency sends its files on the last day that people play."""

import datetime as dt
from random import Random

import pytest

from cases.demo.play import AGENCY_DESK, Staff
from compliance.models import Breach, ContactAttempt
from tests.vendors.settlement.house import a_case, an_agency, at, give, pay
from vendors.models import PaymentClaim, ReturnedFile
from vendors.returns.demo import send_files
from vendors.returns.selectors import not_remitted

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 20)


def test_two_files_are_in_and_one_waits(supervisor, clerk, vendor_manager, collector):
    staff = Staff(clerk=clerk, supervisor=supervisor, collectors=[collector])
    send_files(day=DAY, days_left=1, staff=staff, random=Random(1))
    assert not ReturnedFile.objects.exists(), "a story without the agency has no files"
    agency = an_agency(AGENCY_DESK, "松风")
    cases = [a_case("500.00", contract_no=f"HT-{n}") for n in range(4)]
    give(agency, *cases)
    pay(cases[0], dt.date(2026, 3, 18), "77.00", told=at(DAY, 9))
    for days_left in (2, 1, 1):
        send_files(day=DAY, days_left=days_left, staff=staff, random=Random(1))
    files = ReturnedFile.objects.order_by("pk")
    assert [(file.kind, file.state) for file in files] == [
        ("contacts", "applied"), ("payments", "applied"), ("payments", "preview"),
    ]  # fmt: skip
    assert ContactAttempt.objects.count() == 4 and not Breach.objects.exists()
    assert [files[2].counts[name] for name in ("fine", "known", "refused")] == [1, 3, 1]
    assert PaymentClaim.objects.filter(repayment__isnull=False).count() == 1
    assert not_remitted(agency, DAY).count == 1
