"""Regular reports: one that was made, and what somebody does with it."""

import datetime as dt
from typing import Any

from django.utils import timezone

from collection_ops.core.models import User
from reports.models import ReportRun
from reports.regular.making import make_report
from tests.access.form import Cast, Filled, Form
from tests.cases.builders import make_case


def run_of(cast: Cast) -> ReportRun:
    """The daily report of a day long over, with a book in it."""
    day = dt.date(2026, 3, 31)
    make_case(days=20)
    found = ReportRun.objects.filter(kind="daily", first=day).first()
    if found is not None:
        return found
    now = timezone.now()
    return make_report(kind="daily", first=day, last=day, known_by=now, actor=cast["manager"], now=now).run


def _id(cast: Cast) -> dict[str, Any]:
    return {"run_id": run_of(cast).pk}


def _fill(cast: Cast) -> Filled:
    run_of(cast)
    return {}, {"kind": "daily", "first": "2026-03-01", "last": "2026-03-31"}


def _subscribe(cast: Cast) -> Filled:
    User.objects.filter(pk=cast["manager"].pk).update(email="jing@example.com")
    return {}, {"kind": "daily", "wanted": "1"}


ROUTES = dict.fromkeys(("reports:paper", "reports:paper_file", "reports:paper_again"), _id)
FORMS = {
    "reports:papers_fill": Form("manager", _fill, audited=False, doubles=True),
    "reports:paper_again": Form("manager", lambda cast: (_id(cast), {"how": "now"}), audited=False, doubles=True),
    "reports:subscription": Form("manager", _subscribe),
}
