"""March of an agency, and what finance does with it in April."""

import datetime as dt

from collection_ops.core.models import User
from tests.vendors.settlement.house import a_case, a_version, an_agency, at, give, pay
from vendors.models import Agency, Settlement
from vendors.settlement.states import approve, confirm

MARCH_3 = dt.date(2026, 3, 3)
APRIL_1, APRIL_9 = at(dt.date(2026, 4, 1), 6), at(dt.date(2026, 4, 9))


def with_march(code: str = "jia", name: str = "甲机构") -> Agency:
    """Two contracts of 25,000; 2,000 came in March and were known by April 1: 4 %, 10 % of it."""
    agency = an_agency(code, name)
    a_version(agency)
    for number in (1, 2):
        case = a_case(contract_no=f"HT-{number}" if code == "jia" else f"HT-{code}-{number}")
        give(agency, case)
        pay(case, MARCH_3, "1000.00")
    return agency


def approved(settlement: Settlement, *, by: User, finance: User, now: dt.datetime = APRIL_9) -> Settlement:
    confirm(settlement=settlement, accept_rest=True, actor=by, now=now)
    return approve(settlement=settlement, actor=finance, now=now)
