"""Batches for agencies, their files, and recalls."""

import datetime as dt
from typing import Any

from django.utils import timezone

from cases.models import Case
from collection_ops.core import clock
from tests.access.form import Cast, Filled, Form
from tests.cases.builders import make_case
from tests.vendors.placement.cast import approved, drafted, make_agency, rule_for
from vendors.models import Agency, FileDownload, Placement, PlacementBatch, PlacementFile, RecallBatch, RecallItem
from vendors.placement import batches, files, recalls
from vendors.placement.rule import Rule

PASSWORD = "Abcdefgh23456789"


def _agency(code: str = "ag-sample") -> Agency:
    return Agency.objects.filter(desk__code=code).first() or make_agency(code)


def _fresh() -> tuple[Rule, Case]:
    """A rule that finds one case of its own, whatever else lies in the pool."""
    case = make_case(product=f"样例{Case.objects.count()}")
    return rule_for((_agency(), "100"), products=[case.loan.product]), case


def _draft(cast: Cast) -> PlacementBatch:
    return drafted(cast["vendor_manager"], _fresh()[0])


def _submitted(cast: Cast) -> PlacementBatch:
    return batches.submit(batch=_draft(cast), actor=cast["vendor_manager"], now=timezone.now())


def _approved(cast: Cast) -> PlacementBatch:
    return approved(cast["vendor_manager"], cast["supervisor"], _fresh()[0])


def _applied(cast: Cast) -> PlacementBatch:
    return batches.apply(batch=_approved(cast), actor=cast["vendor_manager"], now=timezone.now())


def _file(cast: Cast) -> PlacementFile:
    batch = _applied(cast)
    return files.make_file(
        batch=batch, agency=_agency(), password=PASSWORD, actor=cast["vendor_manager"], now=timezone.now()
    )


def _overdue(cast: Cast) -> Placement:
    """With the agency for too long; not listed yet."""
    placement = Placement.objects.get(batch=_applied(cast))
    since = clock.business_date(timezone.now()) - dt.timedelta(days=200)
    Placement.objects.filter(pk=placement.pk).update(placed_on=since)
    return placement


def _item(cast: Cast) -> RecallItem:
    placement, now = _overdue(cast), timezone.now()
    recalls.propose(day=clock.business_date(now), actor=None, now=now)
    return RecallItem.objects.get(placement=placement)


def _asked(cast: Cast) -> RecallItem:
    return recalls.ask_keep(item=_item(cast), words="有承诺", actor=cast["vendor_manager"], now=timezone.now())


def _recall(cast: Cast) -> RecallBatch:
    return _item(cast).recall


def _batch_route(cast: Cast) -> dict[str, Any]:
    return {"batch_id": _draft(cast).pk}


def _left(cast: Cast) -> dict[str, Any]:
    return {"batch_id": _applied(cast).pk}


def _file_route(cast: Cast) -> dict[str, Any]:
    return {"batch_id": _applied(cast).pk, "agency_id": _agency().pk}


def _taken(cast: Cast) -> dict[str, Any]:
    taken = files.ask_download(file=_file(cast), reason="样例", actor=cast["vendor_manager"], now=timezone.now())
    return {"download_id": taken.pk}


def _rule_values() -> dict[str, Any]:
    """As typed: all of it to one agency."""
    _rule, _case = _fresh()
    return {f"share_{_agency().pk}": "100", "seed": "7"}


BATCH_ROUTES = ("placement", "placement_rule", "placement_submit", "placement_approve", "placement_send_back")
ROUTES = {
    **{f"vendors:{name}": _batch_route for name in (*BATCH_ROUTES, "placement_withdraw", "placement_apply")},
    "vendors:placement_left": _left,
    "vendors:placement_file_new": _file_route,
    "vendors:placement_file_take": lambda cast: {"file_id": _file(cast).pk},
    "vendors:placement_receipt": lambda cast: {"file_id": _file(cast).pk},
    "vendors:placement_download": _taken,
    "vendors:placement_fields": lambda cast: {"agency_id": _agency().pk},
    "vendors:recall": lambda cast: {"recall_id": _recall(cast).pk},
    "vendors:recall_finish": lambda cast: {"recall_id": _recall(cast).pk},
    "vendors:recall_keep": lambda cast: {"item_id": _item(cast).pk},
    "vendors:recall_decide": lambda cast: {"item_id": _asked(cast).pk},
}


def _new(cast: Cast) -> Filled:
    return {}, _rule_values()


def _changed(cast: Cast) -> Filled:
    return {"batch_id": _draft(cast).pk}, _rule_values()


def _make_file(cast: Cast) -> Filled:
    return _file_route(cast), {"password": PASSWORD}


def _receipt(cast: Cast) -> Filled:
    today = clock.business_date(timezone.now())
    return {"file_id": _file(cast).pk}, {"received_on": today.isoformat(), "received_by": "钱经理", "count": "1"}


def _propose(cast: Cast) -> Filled:
    _overdue(cast)
    return {}, {}


def _decide(cast: Cast) -> Filled:
    until = clock.business_date(timezone.now()) + dt.timedelta(days=20)
    values = {"decision": "grant", "until": until.isoformat(), "words": "承诺有效"}
    return {"item_id": _asked(cast).pk}, values


def _fields(cast: Cast) -> Filled:
    today = clock.business_date(timezone.now())
    return {"agency_id": _agency().pk}, {"effective_from": today.isoformat(), "reason": "按约定脱敏"}


MANAGER = "vendor_manager"
FORMS = {
    "vendors:placement_new": Form(MANAGER, _new, doubles=True),
    "vendors:placement_rule": Form(MANAGER, _changed, doubles=True),
    "vendors:placement_submit": Form(MANAGER, lambda cast: ({"batch_id": _draft(cast).pk}, {})),
    "vendors:placement_approve": Form("supervisor", lambda cast: ({"batch_id": _submitted(cast).pk}, {})),
    "vendors:placement_send_back": Form(
        "supervisor", lambda cast: ({"batch_id": _submitted(cast).pk}, {"reason": "金额太大"})
    ),
    "vendors:placement_withdraw": Form(MANAGER, lambda cast: ({"batch_id": _draft(cast).pk}, {"reason": "不做了"})),
    "vendors:placement_apply": Form(MANAGER, lambda cast: ({"batch_id": _approved(cast).pk}, {})),
    "vendors:placement_file_new": Form(MANAGER, _make_file, doubles=True),
    "vendors:placement_file_take": Form(
        MANAGER, lambda cast: ({"file_id": _file(cast).pk}, {"reason": "发送机构"}), doubles=True
    ),
    "vendors:placement_receipt": Form(MANAGER, _receipt),
    "vendors:placement_fields": Form("compliance", _fields, doubles=True),
    "vendors:recall_propose": Form(MANAGER, _propose),
    "vendors:recall_finish": Form(MANAGER, lambda cast: ({"recall_id": _recall(cast).pk}, {})),
    "vendors:recall_keep": Form(MANAGER, lambda cast: ({"item_id": _item(cast).pk}, {"words": "有承诺"})),
    "vendors:recall_decide": Form(MANAGER, _decide),
}


def of_others(cast: Cast, case: Any, person: Any) -> dict[str, Any]:
    """A download is its taker's own; the rest is seen by whoever may see batches at all."""
    theirs = FileDownload.objects.create(
        file=_file(cast), reason="样例", taken_by=cast["outsider"], taken_at=timezone.now()
    )
    return {"vendors:placement_download": ({"download_id": theirs.pk}, "download_id")}
