"""Scorecards of agencies: the month, the card and what stands behind it; schemes in two pairs of hands."""

from typing import Any

from collection_ops.core import clock
from tests.access.form import Cast, Filled, Form
from tests.vendors.scorecard_pages.made import a_card, shipped
from tests.vendors.settlement.house import an_agency
from vendors.models import Scorecard, ScorecardScheme, VersionState
from vendors.scorecard.scheme_typed import typed_of
from vendors.scorecard.schemes import OPEN, draft_scheme, scheme_digest, scheme_of, submit_scheme


def _card(_cast: Cast) -> dict[str, Any]:
    found = Scorecard.objects.filter(agency__desk__code="scored-agency").first()
    return {"scorecard_id": (found or a_card(an_agency("scored-agency", "评分样例机构"))).pk}


def _draft(cast: Cast) -> ScorecardScheme:
    shipped()
    now = clock.database_now()
    found = ScorecardScheme.objects.filter(state__in=OPEN).first()  # one at a time, which may be submitted by now
    return found or draft_scheme(actor=cast["vendor_manager"], now=now, day=clock.business_date(now))


def _of_draft(cast: Cast) -> dict[str, Any]:
    return {"scheme_id": _draft(cast).pk}


def _submitted(cast: Cast) -> dict[str, Any]:
    now = clock.database_now()
    row = ScorecardScheme.objects.filter(state=VersionState.SUBMITTED).first() or submit_scheme(
        row=_draft(cast), actor=cast["vendor_manager"], now=now, day=clock.business_date(now)
    )
    return {"scheme_id": row.pk}


def _edit(cast: Cast) -> Filled:
    row = _draft(cast)
    scheme = scheme_of(ScorecardScheme.objects.get(pk=row.pk))
    typed = typed_of(scheme, row.effective_from, "投诉加重")
    return {"scheme_id": row.pk}, {
        "based_on": scheme_digest(scheme), **typed["fields"],
        **{f"weight-{code}": one["weight"] for code, one in typed["items"].items()},
        **{f"curve-{code}": one["curve"] for code, one in typed["items"].items()},
        "weight-recovery": "35", "weight-complaints": "20",
    }  # fmt: skip


def _to_draft(_cast: Cast) -> Filled:
    shipped()
    return {}, {}


ROUTES = {
    **{
        f"vendors:{name}": _card
        for name in (
            "scorecard",
            "scorecard_cases",
            "scorecard_complaints",
            "scorecard_breaches",
            "scorecard_quality",
            "scorecard_late",
        )
    },
    **{f"vendors:scheme_{name}": _of_draft for name in ("edit", "submit", "withdraw")},
    "vendors:scheme_approve": _submitted,
}
FORMS = {
    "vendors:scorecards_make": Form(
        "vendor_manager", lambda cast: ({}, {"month": "2026-03"}), audited=False, doubles=True
    ),
    "vendors:scheme_draft": Form("vendor_manager", _to_draft),
    "vendors:scheme_edit": Form("vendor_manager", _edit),
    "vendors:scheme_submit": Form("vendor_manager", lambda cast: (_of_draft(cast), {})),
    "vendors:scheme_withdraw": Form("vendor_manager", lambda cast: (_of_draft(cast), {})),
    "vendors:scheme_approve": Form("supervisor", lambda cast: (_submitted(cast), {})),
}
