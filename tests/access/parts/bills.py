"""Bills of agencies, accruals and vouchers."""

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from collection_ops.core import clock
from tests.access.form import Cast, Filled, Form
from tests.cases.builders import make_source
from tests.vendors.bills.cast import as_csv, handed_in
from tests.vendors.settlement.house import a_case, a_version, an_agency, give, march_of, pay
from vendors.accruals.accrue import accrue_month
from vendors.models import Agency, AgencyBill

ROWS = [("SAMPLE-B1", "2026-03-05", "1000.00", "50%", "500.00"), ("SAMPLE-B9", "2026-03-05", "1.00", "10%", "0.10")]


def _agency(*, settled: bool = True) -> Agency:
    """One with a case and a payment of March, settled unless a bill should come first."""
    code = "sample-bills" if settled else "sample-early"
    found = Agency.objects.filter(desk__code=code).first()
    if found is None:
        found = an_agency(code, "账单样例机构" if settled else "先到账单机构")
        a_version(found)
        case = a_case(contract_no="SAMPLE-B1" if settled else "SAMPLE-B2", source=make_source())
        give(found, case)
        pay(case, dt.date(2026, 3, 5), "1000.00")
        if settled:
            march_of(found)
    return found


def _bill(cast: Cast, *, settled: bool = True) -> AgencyBill:
    agency = _agency(settled=settled)
    return AgencyBill.objects.filter(agency=agency).first() or handed_in(agency, ROWS, actor=cast["vendor_manager"])


def _of_bill(cast: Cast) -> dict[str, Any]:
    return {"bill_id": _bill(cast).pk}


def _early(cast: Cast) -> Filled:
    """A bill that came before its statement, which is there now."""
    bill = _bill(cast, settled=False)
    march_of(bill.agency)
    return {"bill_id": bill.pk}, {}


def _upload(cast: Cast) -> Filled:
    file = SimpleUploadedFile("账单.csv", as_csv(ROWS).getvalue())
    return {}, {"agency": str(_agency().pk), "month": "2026-02", "file": file}


def _posting(_cast: Cast) -> Filled:
    """A month with an accrual."""
    _agency()
    accrue_month(period=dt.date(2026, 3, 1), actor=None, now=clock.database_now())
    return {}, {"month": "2026-03"}


ROUTES = {f"vendors:{name}": _of_bill for name in ("bill", "bill_file", "bill_compare", "bill_dispute", "bill_answer")}
FORMS = {
    "vendors:bill_upload": Form("vendor_manager", _upload),
    "vendors:bill_compare": Form("vendor_manager", _early, audited=False, doubles=True),
    "vendors:bill_dispute": Form("vendor_manager", lambda cast: (_of_bill(cast), {"class": "rate"})),
    "vendors:bill_answer": Form(
        "vendor_manager", lambda cast: (_of_bill(cast), {"all": "1", "resolution": "rejected", "note": "不在案件库"})
    ),
    "vendors:accrual_make": Form("manager", lambda cast: ({}, {"month": "2026-03"}), audited=False, doubles=True),
    "vendors:voucher_post": Form("finance", _posting),
}
