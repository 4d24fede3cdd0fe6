"""Files back from agencies, and what they claim."""

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.access.form import Cast, Filled, Form
from tests.access.parts.settlements import _agency
from tests.vendors.returns.house import as_csv, sent
from vendors.models import ReturnedFile

LINE = ("SAMPLE-WB", "P-1", "2026-03-05", "1000.00", "机构")
DAY = dt.date(2026, 3, 5)


def _file(cast: Cast) -> ReturnedFile:
    """A file of claimed payments, in preview."""
    found = ReturnedFile.objects.filter(state="preview").first()
    return found or sent(_agency(), "payments", LINE, actor=cast["vendor_manager"], day=DAY, now=_NOW)


_NOW = dt.datetime(2026, 3, 6, 12, tzinfo=dt.UTC)


def _of_file(cast: Cast) -> dict[str, Any]:
    return {"file_id": _file(cast).pk}


def _of_agency(_cast: Cast) -> dict[str, Any]:
    return {"agency_id": _agency().pk}


def _upload(cast: Cast) -> Filled:
    file = SimpleUploadedFile("回款.csv", as_csv("payments", LINE).getvalue())
    days = {"first_day": DAY.isoformat(), "last_day": DAY.isoformat()}
    return {}, {"agency": str(_agency().pk), "kind": "payments", **days, "file": file}


ROUTES = {
    **{
        f"vendors:{name}": _of_file for name in ("returned", "returned_apply", "returned_discard", "returned_rows_file")
    },
    **{f"vendors:{name}": _of_agency for name in ("agency_claims", "agency_claims_file")},
}
FORMS = {
    "vendors:returned_upload": Form("vendor_manager", _upload),
    "vendors:returned_apply": Form("vendor_manager", lambda cast: (_of_file(cast), {})),
    "vendors:returned_discard": Form("vendor_manager", lambda cast: (_of_file(cast), {})),
}
