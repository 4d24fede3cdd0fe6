"""March of three agencies in the database, put there as the other rooms would."""

import datetime as dt
from typing import Any

from cases.models import Case
from collection_ops.core.dated_settings import set_value
from compliance.models import BreachCase, ContactAttempt, ReportedContact
from tests.compliance.complaints.builders import officer
from tests.vendors.settlement.house import MARCH, SETTLED_MARCH, a_case, an_agency, at, give, march, pay, recall
from vendors.models import Agency, Scorecard
from vendors.scorecard.limits import LEAST_CASES, STRATUM_LEAST, WIDEST
from vendors.scorecard.reference import seed_scheme
from vendors.scorecard.scoring import Made, score_month

LATER = at(dt.date(2026, 4, 20))


def nobody_is_too_small() -> None:
    for setting, value in ((LEAST_CASES, 1), (STRATUM_LEAST, 1), (WIDEST, 500)):
        set_value(setting, value, effective_from=dt.date(2026, 1, 1), reason="样例", actor=None, now=march(1))


def three() -> dict[str, Agency]:
    """Six cases of 1,000 yuan each, all month; but two of the third go back on the 10th. Yuan-days: 186,000 twice, 144,000.

    They bring in 3,000, 1,000 and 500.
    """
    seed_scheme()
    nobody_is_too_small()
    found = {code: an_agency(code) for code in ("jia", "yi", "bing")}
    for code, paying, each in (("jia", 3, "1000.00"), ("yi", 1, "1000.00"), ("bing", 1, "500.00")):
        cases = [a_case("1000.00") for _n in range(6)]
        give(found[code], *cases)
        for case in cases[:paying]:
            pay(case, dt.date(2026, 3, 12), each)
        if code == "bing":
            for case in cases[4:]:
                recall(found[code], case, dt.date(2026, 3, 10))
    return found


def scored(*, now: dt.datetime = SETTLED_MARCH, month: dt.date = MARCH) -> dict[str, Scorecard]:
    """The cards by the code of the agency's desk."""
    return {one.scorecard.agency.desk.code: one.scorecard for one in made(now=now, month=month)}


def made(*, now: dt.datetime = SETTLED_MARCH, month: dt.date = MARCH) -> list[Made]:
    return score_month(month=month, actor=None, now=now)


def cases_of(agency: Agency) -> list[Case]:
    return [one.case for one in agency.placements.select_related("case__loan__debtor").order_by("pk")]


def a_breach(org: str, *, severity: int, on: dt.date = dt.date(2026, 3, 5), **said: Any) -> BreachCase:
    return BreachCase.objects.create(
        source="hand", kind="B01.6", severity=severity, org=org, found_on=on, due_on=on, recorded_at=at(on),
        owner=officer(), **said,
    )  # fmt: skip


def a_talk(org: str, case: Case, *, result: str = "right_party", told: dt.datetime | None = None, day: int = 6) -> None:
    """A call by the agency, which told of it on the same day unless `told` says when."""
    begun = march(day)
    attempt = ContactAttempt.objects.create(
        debtor=case.loan.debtor, case=case, channel="call", org=org, state="closed", opened_at=begun, started_at=begun,
        closed_at=begun, result=result, recorded_at=told or begun,
    )  # fmt: skip
    ReportedContact.objects.create(org=org, reference=f"R{attempt.pk}", digest="0" * 64, attempt=attempt)
