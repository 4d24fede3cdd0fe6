"""What KPIs mean, and what people enter for them."""

from typing import Any

from django.utils import timezone

from tests.access.form import Cast, Filled, Form


def _one(_cast: Cast) -> dict[str, Any]:
    return {"name": "effective_talk_rate"}


def _define(cast: Cast) -> Filled:
    day = timezone.localdate()
    return _one(cast), {"seconds": "15", "effective_from": f"{day}", "reason": "按合同约定", "based_on": "0"}


def _enter(_cast: Cast) -> Filled:
    return {}, {"month": "2026-03", "what": "staff", "source": "", "org": "own", "yuan": "1000.00", "note": ""}


ROUTES = {"reports:kpi_definition": _one, "reports:kpi_define": _one}
FORMS = {
    "reports:kpi_define": Form("manager", _define),
    # A correction is another row.
    "reports:kpi_input_add": Form("finance", _enter, doubles=True),
}
