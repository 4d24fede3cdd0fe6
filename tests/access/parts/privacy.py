"""Who looked at what, how long records stay, and what people ask about their data."""

import datetime as dt
from typing import Any

from django.utils import timezone

from cases.models import Case
from cases.services.contact_points import add_point
from collection_ops.core.models import User
from compliance.keeping.copies import make_copy
from compliance.keeping.legal import place_legal_hold
from compliance.keeping.requests import Asked, check_identity, decide_request, receive_request
from compliance.keeping.runs import draft_run, propose_run
from compliance.models import ContactAttempt, DataRequest, DisclosureAlert, LegalHold, RetentionRun
from tests.access.form import Cast, Filled, Form
from tests.cases.builders import make_case

DAY = dt.date(2026, 3, 3)


def _alert(cast: Cast) -> DisclosureAlert:
    return DisclosureAlert.objects.get_or_create(
        kind="not_own", user=cast["supervisor"], day=DAY,
        defaults={"count": 1, "severity": 1, "evidence": [], "found_at": timezone.now()},
    )[0]  # fmt: skip


def _decide(cast: Cast) -> Filled:
    return {"alert_id": _alert(cast).pk}, {"note": "抽查，已说明", "found": "explained"}


def _old(cast: Cast) -> Any:
    """A contact long past its time, of a debt that was paid."""
    case = make_case()
    Case.objects.filter(pk=case.pk).update(closed_on=DAY, close_reason="paid")
    moment = timezone.now() - dt.timedelta(days=3000)
    return ContactAttempt.objects.create(
        debtor=case.loan.debtor, case=case, channel="call", state="closed", opened_at=moment, started_at=moment,
        closed_at=moment, result="no_answer",
    )  # fmt: skip


def _run(cast: Cast, *, proposed: bool = False) -> RetentionRun:
    found = RetentionRun.objects.filter(state__in=["draft", "proposed"]).first()
    if found is None:
        _old(cast)
        found = draft_run(actor=cast["compliance"], now=timezone.now())
    if proposed and found.state == "draft":
        found = propose_run(run=found, reason="已抽查", actor=cast["compliance"], now=timezone.now())
    return found


def _hold(cast: Cast) -> LegalHold:
    found = LegalHold.objects.filter(lifted_at=None).first()
    return found or place_legal_hold(
        debtor=make_case().loan.debtor, reason="诉讼", actor=cast["compliance"], now=timezone.now()
    )


def _new_hold(cast: Cast) -> Filled:
    return {}, {"contract": make_case().loan.contract_no, "reason": "诉讼", "reference": "(2026)1号"}


def _request(cast: Cast, *, at: str = "received") -> DataRequest:
    found = DataRequest.objects.filter(state=at).first()
    if found is not None:
        return found
    now, officer = timezone.now(), cast["compliance"]
    asked = Asked(kind="copy", details="请提供副本", received_at=now)
    one = receive_request(debtor=make_case().loan.debtor, asked=asked, actor=officer, now=now)
    if at != "received":
        one = check_identity(request=one, identity="当面核对原件", actor=officer, now=now)
    if at == "decided":
        one = decide_request(request=one, outcome="granted", answer="同意", actor=officer, now=now)
        one = make_copy(request=one, actor=officer, now=now)
    return one


def _granted(cast: Cast, kind: str) -> DataRequest:
    """One about a number that may go, of a debt that was paid, and granted."""
    found = DataRequest.objects.filter(kind=kind, state="decided", carried_out_at=None).first()
    if found is not None:
        return found
    case, now, officer = make_case(phones=("13900001111",)), timezone.now(), cast["compliance"]
    Case.objects.filter(pk=case.pk).update(closed_on=DAY, close_reason="paid")
    add_point(
        debtor=case.loan.debtor, kind="phone", value="13800002222", origin="contract", relation="姑姑", holder_name="李四",
        actor=officer, now=now,
    )  # fmt: skip
    asked = Asked(kind=kind, details="请办理", received_at=now)
    one = receive_request(debtor=case.loan.debtor, asked=asked, actor=officer, now=now)
    one = check_identity(request=one, identity="当面核对原件", actor=officer, now=now)
    return decide_request(request=one, outcome="partly", answer="部分同意", actor=officer, now=now)


def _carry_out(kind: str, /, **values: str) -> Any:
    return lambda cast: ({"request_id": _granted(cast, kind).pk}, values)


def _stopped(cast: Cast) -> RetentionRun:
    """Approved, and nothing is at work on it; of another rule, so that it does not stand in the way of the next draft."""
    now = timezone.now()
    return RetentionRun.objects.get_or_create(
        rule="CN-OTHER", state="approved",
        defaults={"years": 5, "as_of": DAY, "made_at": now, "proposed_by": cast["compliance"], "proposed_at": now,
                  "decided_by": cast["manager"], "decided_at": now},
    )[0]  # fmt: skip


def _asked(cast: Cast) -> Filled:
    return {}, {
        "contract": make_case().loan.contract_no, "kind": "correction", "details": "地址有误", "requester": "self",
        "received_at": "2026-03-02T10:00",
    }  # fmt: skip


def _act(at: str, **values: str) -> Any:
    return lambda cast: ({"request_id": _request(cast, at=at).pk}, values)


ROUTES = {
    "compliance:data_request": lambda cast: {"request_id": _request(cast).pk},
    "compliance:data_request_check": lambda cast: {"request_id": _request(cast).pk},
    "compliance:data_request_decide": lambda cast: {"request_id": _request(cast, at="checking").pk},
    **{
        f"compliance:data_request_{name}": lambda cast: {"request_id": _request(cast, at="decided").pk}
        for name in ("done", "copy", "file")
    },
    "compliance:data_request_erase": lambda cast: {"request_id": _granted(cast, "deletion").pk},
    "compliance:data_request_withdraw": lambda cast: {"request_id": _granted(cast, "withdraw").pk},
    "compliance:data_request_correct": lambda cast: {"request_id": _granted(cast, "correction").pk},
    "compliance:retention_resume": lambda cast: {"run_id": _stopped(cast).pk},
    "compliance:retention_run": lambda cast: {"run_id": _run(cast).pk},
    "compliance:retention_propose": lambda cast: {"run_id": _run(cast).pk},
    "compliance:retention_withdraw": lambda cast: {"run_id": _run(cast).pk},
    "compliance:retention_decide": lambda cast: {"run_id": _run(cast, proposed=True).pk},
    "compliance:legal_hold_lift": lambda cast: {"hold_id": _hold(cast).pk},
    "compliance:disclosure_person": lambda cast: {"user_id": cast["supervisor"].pk},
    "compliance:disclosure_alert": lambda cast: {"alert_id": _alert(cast).pk},
}
FORMS = {
    "compliance:data_request_new": Form("clerk", _asked, doubles=True),
    "compliance:data_request_check": Form("compliance", _act("received", identity="当面核对原件")),
    "compliance:data_request_decide": Form("compliance", _act("checking", outcome="granted", answer="同意")),
    "compliance:data_request_done": Form("compliance", _act("decided", how="已当面交付")),
    "compliance:data_request_copy": Form("compliance", _act("decided")),
    "compliance:data_request_erase": Form("manager", _carry_out("deletion")),
    "compliance:data_request_withdraw": Form("compliance", _carry_out("withdraw")),
    "compliance:data_request_correct": Form(
        "compliance", _carry_out("correction", what="point", kind="phone", value="13700003333")
    ),
    "compliance:retention_resume": Form("manager", lambda cast: ({"run_id": _stopped(cast).pk}, {})),
    "compliance:retention_draft": Form("compliance", lambda cast: ({}, {"old": _old(cast).pk})),
    "compliance:retention_propose": Form("compliance", lambda cast: ({"run_id": _run(cast).pk}, {"reason": "已抽查"})),
    "compliance:retention_withdraw": Form("compliance", lambda cast: ({"run_id": _run(cast).pk}, {})),
    "compliance:retention_decide": Form(
        "manager", lambda cast: ({"run_id": _run(cast, proposed=True).pk}, {"decision": "approve", "note": ""})
    ),
    "compliance:legal_hold_new": Form("compliance", _new_hold),
    "compliance:legal_hold_lift": Form("manager", lambda cast: ({"hold_id": _hold(cast).pk}, {"reason": "判决生效"})),
    "compliance:disclosure_alert": Form("compliance", _decide),
    "compliance:disclosure_sign": Form("compliance", lambda cast: ({}, {"week": "2026-03-02", "note": "无异常"})),
}
WITHOUT_EFFECT = {"compliance:data_request_file": "answers with the file itself; the trail says so each time"}


def of_others(cast: Cast, case: Any, person: User) -> dict[str, Any]:
    return {}
