"""Who looked at what, how long records stay, and what people ask about their data."""

import datetime as dt
from typing import Any

from django.utils import timezone

from collection_ops.core.models import User
from compliance.models import DisclosureAlert
from tests.access.form import Cast, Filled, Form

DAY = dt.date(2026, 3, 3)


def _alert(cast: Cast) -> DisclosureAlert:
    return DisclosureAlert.objects.get_or_create(
        kind="not_own", user=cast["supervisor"], day=DAY,
        defaults={"count": 1, "severity": 1, "evidence": [], "found_at": timezone.now()},
    )[0]  # fmt: skip


def _decide(cast: Cast) -> Filled:
    return {"alert_id": _alert(cast).pk}, {"note": "抽查，已说明", "found": "explained"}


ROUTES = {
    "compliance:disclosure_person": lambda cast: {"user_id": cast["supervisor"].pk},
    "compliance:disclosure_alert": lambda cast: {"alert_id": _alert(cast).pk},
}
FORMS = {
    "compliance:disclosure_alert": Form("compliance", _decide),
    "compliance:disclosure_sign": Form("compliance", lambda cast: ({}, {"week": "2026-03-02", "note": "无异常"})),
}


def of_others(cast: Cast, case: Any, person: User) -> dict[str, Any]:
    return {}
