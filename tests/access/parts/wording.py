"""Forbidden wording that was found."""

from typing import Any

from django.utils import timezone

from compliance.models import ContactAttempt, HarmlessWording, WordingHit
from compliance.wordcheck.judging import call_harmless, confirm
from compliance.wordcheck.scanning import read_new
from tests.access.form import Cast, Filled, Form
from tests.cases.builders import desk_of, make_case


def _hit(cast: Cast) -> WordingHit:
    case, now = make_case(desk=desk_of(cast["collector"])), timezone.now()
    attempt = ContactAttempt.objects.create(
        debtor=case.loan.debtor, case=case, channel="call", actor=cast["collector"], state="closed", opened_at=now,
        started_at=now, closed_at=now, result="connected", note="骂他老赖",
    )  # fmt: skip
    read_new(now=now)
    return attempt.wording_hits.get()


def _harmless(cast: Cast) -> dict[str, Any]:
    call_harmless(hit=_hit(cast), reason="店名", everywhere=True, actor=cast["compliance"], now=timezone.now())
    return {"harmless_id": HarmlessWording.objects.latest("pk").pk}


def _judged(cast: Cast) -> Filled:
    return {"hit_id": _hit(cast).pk}, {"said": "confirm", "reason": "属实"}


def _to_take_back(cast: Cast) -> dict[str, Any]:
    return {"hit_id": confirm(hit=_hit(cast), reason="属实", actor=cast["compliance"], now=timezone.now()).pk}


ROUTES = {
    "compliance:wording_take_back": _to_take_back,
    "compliance:wording_judge": lambda cast: {"hit_id": _hit(cast).pk},
    "compliance:wording_harmless_end": _harmless,
}
FORMS = {
    "compliance:wording_take_back": Form("compliance", lambda cast: (_to_take_back(cast), {"reason": "客户自称"})),
    "compliance:wording_judge": Form("compliance", _judged),
    "compliance:wording_harmless_end": Form("compliance", lambda cast: (_harmless(cast), {"reason": "店已关"})),
}
WITHOUT_EFFECT = {"compliance:wording_lists": "a text is tried out; nothing of it is kept"}
