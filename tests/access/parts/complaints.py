"""Complaints: the desk, writing one down, joining two."""

from typing import Any

from django.utils import timezone

from cases.models import Case
from compliance.complaints.register import Said, Whose, receive
from compliance.models import Complaint
from tests.access.form import Cast, Filled, Form
from tests.cases.builders import desk_of, make_case


def _case(cast: Cast) -> Case:
    return make_case(desk=desk_of(cast["collector"]))


def complaint_of(cast: Cast, case: Case | None = None) -> Complaint:
    """About nobody, written down by the collector."""
    case, now = case or _case(cast), timezone.now()
    return receive(
        said=Said(source="hotline", type="service", narrative="样例投诉内容", received_at=now),
        whose=Whose(debtor=case.loan.debtor, case=case, loans=[case.loan]),
        accused=(),
        actor=cast["collector"],
        now=now,
    )


def _one(cast: Cast) -> dict[str, Any]:
    return {"complaint_id": complaint_of(cast).pk}


def _listed(cast: Cast) -> dict[str, Any]:
    _one(cast)
    return {}


ROUTES = {
    "compliance:complaints": _listed,
    "compliance:complaint": _one,
    "compliance:complaint_new": lambda cast: {},
    "compliance:complaint_new_for": lambda cast: {"case_id": _case(cast).pk},
    "compliance:complaint_find": lambda cast: {},
    "compliance:complaint_join": _one,
}
VALUES = {
    "narrative": "要求停止骚扰", "type": "harassment", "severity": "1", "source": "hotline", "complainant": "self",
    "received_at": f"{timezone.localdate():%Y-%m-%d}T00:01",
}  # fmt: skip


def _new_for(cast: Cast) -> Filled:
    """Another one of a customer who has complained before: what it stops is stopped already."""
    before = complaint_of(cast)
    assert before.case is not None
    values = {**VALUES, "seen": before.pk, "matters": ["fee"], "loans": [before.case.loan_id]}
    return {"case_id": before.case.pk}, values


def _join(cast: Cast) -> Filled:
    one = complaint_of(cast)
    assert one.case is not None
    return {"complaint_id": one.pk}, {"to": complaint_of(cast, one.case).number}


FORMS = {
    "compliance:complaint_new": Form("clerk", lambda cast: ({}, VALUES), doubles=True),
    "compliance:complaint_new_for": Form("collector", _new_for),
    "compliance:complaint_join": Form("compliance", _join),
}
WITHOUT_EFFECT = {"compliance:complaint_find": "searches; the person and what was taken for what stand on the trail"}


def of_others(cast: Cast, case: Case, person: Any) -> dict[str, Any]:
    stranger = {**cast, "collector": cast["outsider"]}
    complaint = complaint_of(stranger, case)
    return {
        "compliance:complaint_new_for": ({"case_id": case.pk}, "case_id"),
        "compliance:complaint": ({"complaint_id": complaint.pk}, "complaint_id"),
        "compliance:complaint_join": ({"complaint_id": complaint.pk}, "complaint_id"),
    }
