"""The complaint rates: two pages without an object, with something to count."""

from typing import Any

from compliance.models import Complaint
from tests.access.form import Cast
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.builders import a_complaint


def _counted(cast: Cast) -> dict[str, Any]:
    if not Complaint.objects.exists():
        case = make_case(desk=desk_of(cast["collector"]))
        a_complaint(debtor=case.loan.debtor, about=cast["collector"])
    return {}


ROUTES = {"compliance:complaint_rates": _counted, "compliance:complaint_rates_export": _counted}
