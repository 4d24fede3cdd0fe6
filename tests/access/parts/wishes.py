"""When and how somebody wants to be contacted."""

import datetime as dt
from typing import Any

from django.utils import timezone

from collection_ops.core.models import User
from compliance.models import ContactWish
from compliance.services.wishes import record_wish
from tests.access.form import Cast, Filled, Form
from tests.cases.builders import desk_of, make_case


def _case(cast: Cast) -> Any:
    return make_case(desk=desk_of(cast["collector"]))


def _wish(cast: Cast) -> dict[str, Any]:
    case = _case(cast)
    wish = record_wish(
        debtor=case.loan.debtor, kind="inconvenient", starts=dt.time(12), ends=dt.time(14), evidence="通话中说明",
        actor=cast["collector"], now=timezone.now(),
    )  # fmt: skip
    return {"case_id": case.pk, "wish_id": wish.pk}


def _new(cast: Cast) -> Filled:
    return {"case_id": _case(cast).pk}, {"starts": "12:00", "ends": "14:00", "evidence": "通话中说明"}


ROUTES = {"compliance:wish_new": lambda cast: {"case_id": _case(cast).pk}, "compliance:wish_end": _wish}
FORMS = {
    "compliance:wish_new": Form("collector", _new, doubles=True),
    "compliance:wish_end": Form("collector", lambda cast: (_wish(cast), {"reason": "客户收回"})),
}


def of_others(cast: Cast, case: Any, person: User) -> dict[str, Any]:
    wish, _made = ContactWish.objects.get_or_create(
        debtor=case.loan.debtor, kind="zone",
        defaults={
            "zone": "Asia/Tokyo", "evidence": "来电", "since": timezone.localdate(), "recorded_at": timezone.now(),
        },
    )  # fmt: skip
    case_id = {"case_id": case.pk}
    return {
        "compliance:wish_new": (case_id, "case_id"),
        "compliance:wish_end": ({**case_id, "wish_id": wish.pk}, "case_id"),
    }
