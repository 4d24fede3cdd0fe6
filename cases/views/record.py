"""The record of one case."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cases import selectors
from cases import timeline as case_timeline
from cases.columns import STATUS_LABELS, status_of
from cases.custody_texts import custody_reason
from cases.models import Case
from cases.names import shown_names
from cases.provenance import origin_of
from cases.services.reveal import SHOWN_SECONDS, RevealReason
from cases.stage import Stage, days_of
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest

TABS = ("timeline", "money", "contacts", "debts", "custody")


def why_this_stage(case: Case) -> str:
    """The stage in one sentence, from facts: «最早未还应还日 2026-02-14，距数据日 2026-03-31 共 45 天，M2 = 31–60 天»."""
    stage = Stage(case.stage)
    first, last = days_of(stage)
    if stage is Stage.M0:
        span = _("%(stage)s = 0 天") % {"stage": stage.label}
    elif last is None:
        span = _("%(stage)s = %(first)d 天以上") % {"stage": stage.label, "first": first}
    else:
        span = _("%(stage)s = %(first)d–%(last)d 天") % {"stage": stage.label, "first": first, "last": last}
    as_of = case.as_of.isoformat()
    # The file's own due date, only where it agrees with the file's days; else the days are all we may claim.
    if case.due_date and case.due_date + timedelta(days=case.days_past_due) == case.as_of:
        return _("最早未还应还日 %(due)s，距数据日 %(as_of)s 共 %(days)d 天，%(span)s") % {
            "due": case.due_date.isoformat(),
            "as_of": as_of,
            "days": case.days_past_due,
            "span": span,
        }
    return _("数据日 %(as_of)s 的文件记为逾期 %(days)d 天，%(span)s") % {
        "as_of": as_of,
        "days": case.days_past_due,
        "span": span,
    }


def _found(request: SignedInRequest, case_id: int) -> Case:
    case = selectors.find_case(request.user, case_id)
    if case is None:
        raise Http404
    return case


def _parts(case: Case) -> list[tuple[str, Any]]:
    return [
        (_("本金"), case.principal),
        (_("利息"), case.interest),
        (_("违约金"), case.penalty),
        (_("费用"), case.fees),
    ]


@requires("cases.view")
@require_GET
def record(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Header and rail, with one tab's content. Tabs are addresses: they work without a script and can be sent."""
    case = _found(request, case_id)
    user = request.user
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else TABS[0]
    others = selectors.other_debts(case, user)
    names = shown_names(user, [case, *others.visible])
    labels = {
        "timeline": _("时间线"),
        "money": _("头寸与还款"),
        "contacts": _("联系方式"),
        "debts": _("其他债务"),
        "custody": _("归属"),
    }
    context: dict[str, Any] = {
        "case": case,
        "name": names[case.pk],
        "status": status_of(case),
        "status_label": STATUS_LABELS[status_of(case)],
        "stage": Stage(case.stage),
        "why": why_this_stage(case),
        "parts": _parts(case),
        "others": others,
        "other_lines": [
            {"case": c, "name": names[c.pk], "stage": Stage(c.stage).label, "status": STATUS_LABELS[status_of(c)]}
            for c in others.visible
        ],
        "tabs": [(key, labels[key]) for key in TABS],
        "tab": tab,
        "freshness": selectors.freshness([case.loan.source_id]),
        "reasons": RevealReason.choices,
        "seconds": SHOWN_SECONDS,
    }
    context.update(_tab_content(request, case, tab))
    return render(request, "cases/record.html", context)


def _tab_content(request: SignedInRequest, case: Case, tab: str) -> dict[str, Any]:
    if tab == "timeline":
        return _timeline(request, case)
    if tab == "money":
        return {
            **_positions(request, case),
            "series": selectors.position_series(case),
            "repayments": selectors.repayments(case),
        }
    if tab == "contacts":
        return {"contacts": selectors.contact_points(case)}
    if tab == "custody":
        return {"custodies": [(row, custody_reason(row.reason)) for row in selectors.custodies(case)]}
    return {}


def _timeline(request: SignedInRequest, case: Case) -> dict[str, Any]:
    entries, more = case_timeline.timeline(case, request.user, cursor=request.GET.get("from", ""))
    return {"case": case, "entries": entries, "more": more, "tab": "timeline"}


def _positions(request: SignedInRequest, case: Case) -> dict[str, Any]:
    positions, more = selectors.positions_page(case, cursor=request.GET.get("from", ""))
    return {
        "case": case,
        "positions": [(row, Stage(row.stage).label) for row in positions],
        "more": more,
        "tab": "money",
    }


@requires("cases.view")
@require_GET
def timeline_part(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Fragment: older entries, put after those already there."""
    return render(request, "cases/_timeline.html", _timeline(request, _found(request, case_id)))


@requires("cases.view")
@require_GET
def positions_part(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Fragment: earlier positions, put below those already there."""
    return render(request, "cases/_position_rows.html", _positions(request, _found(request, case_id)))


@requires("cases.view")
@require_GET
def provenance(request: SignedInRequest, case_id: int, run_id: int) -> HttpResponse:
    """File, sheet and row behind the figures of one day."""
    case = _found(request, case_id)
    user = request.user
    origin = origin_of(case, run_id=run_id, user=user) if run_id < 2**63 else None
    if origin is None:
        raise Http404
    position = origin.position
    context = {
        "case": case,
        "name": shown_names(user, [case])[case.pk],
        "origin": origin,
        "stage": Stage(position.stage).label,
        "figures": [
            (_("逾期总额"), position.total),
            (_("本金"), position.principal),
            (_("利息"), position.interest),
            (_("违约金"), position.penalty),
            (_("费用"), position.fees),
        ],
        "back": reverse("cases:record", args=[case.pk]),
    }
    return render(request, "cases/provenance.html", context)
