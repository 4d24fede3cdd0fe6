"""Statements of agencies: made, gone through, approved, paid."""

import datetime as dt
from typing import Any

from tests.access.form import Cast, Filled, Form
from tests.cases.builders import make_source
from tests.vendors.settlement.house import a_case, a_version, an_agency, give, march_of, pay
from vendors.models import Agency, Settlement, SettlementLine
from vendors.settlement.states import Objection, approve, confirm, dispute

PAID_ON = dt.date(2026, 4, 15)


def _agency() -> Agency:
    """One with a case and a payment of March."""
    found = Agency.objects.filter(desk__code="sample-agency").first()
    if found is None:
        found = an_agency("sample-agency", "样例结算机构")
        a_version(found)
        case = a_case(contract_no="SAMPLE-WB", source=make_source())
        give(found, case)
        pay(case, dt.date(2026, 3, 5), "1000.00")
    return found


def _statement() -> Settlement:
    return march_of(_agency())


def _line() -> SettlementLine:
    return _statement().lines.order_by("number")[0]


def _confirmed(cast: Cast) -> Settlement:
    found = _statement()
    return confirm(settlement=found, accept_rest=True, actor=cast["vendor_manager"], now=found.made_at)


def _approved(cast: Cast) -> Settlement:
    found = _confirmed(cast)
    # By somebody of finance who is not the one that the walk signs in with.
    return approve(settlement=found, actor=cast["manager"], now=found.made_at)


def _of_statement(_cast: Cast) -> dict[str, Any]:
    return {"settlement_id": _statement().pk}


def _of_line(_cast: Cast) -> dict[str, Any]:
    return {"line_id": _line().pk}


def _disputed(cast: Cast) -> Filled:
    line = _line()
    dispute(line=line, objection=Objection("费率不符"), actor=cast["vendor_manager"], now=line.settlement.made_at)
    return {"line_id": line.pk}, {"resolution": "rejected", "note": "按合同执行"}


ROUTES = {
    **{
        f"vendors:settlement{name}": _of_statement
        for name in ("", "_file", "_voucher", "_accept", "_confirm", "_return", "_approve", "_pay")
    },
    **{f"vendors:{name}": _of_line for name in ("settlement_line", "line_dispute", "line_resolve")},
}
FORMS = {
    "vendors:settlement_make": Form(
        "vendor_manager",
        lambda cast: ({}, {"agency": str(_agency().pk), "month": "2026-03"}),
        audited=False,
        doubles=True,
    ),
    "vendors:settlement_accept": Form("vendor_manager", lambda cast: (_of_statement(cast), {"all": "1"})),
    "vendors:settlement_confirm": Form("vendor_manager", lambda cast: (_of_statement(cast), {"accept_rest": "1"})),
    "vendors:settlement_return": Form(
        "finance", lambda cast: ({"settlement_id": _confirmed(cast).pk}, {"reason": "第 1 行凭证不全"})
    ),
    "vendors:settlement_approve": Form("finance", lambda cast: ({"settlement_id": _confirmed(cast).pk}, {})),
    "vendors:settlement_pay": Form(
        "finance",
        lambda cast: ({"settlement_id": _approved(cast).pk}, {"paid_on": PAID_ON.isoformat(), "reference": "FK-1"}),
    ),
    "vendors:line_dispute": Form(
        "vendor_manager", lambda cast: (_of_line(cast), {"reason": "费率不符", "claimed": "200"})
    ),
    "vendors:line_resolve": Form("vendor_manager", _disputed),
}
