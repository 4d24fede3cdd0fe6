"""The record of one case."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from cases import selectors
from cases import timeline as case_timeline
from cases.allocation import order_in_words, parts_of_contract
from cases.columns import STATUS_LABELS, status_of
from cases.custody_texts import custody_reason
from cases.debt_parts import parts_of
from cases.handover import handover_of
from cases.models import Case
from cases.names import shown_names
from cases.provenance import origin_of
from cases.record_tabs import record_tab, tabs_for
from cases.selectors_care import holds_in_force
from cases.services.contact_points import CHECK_DAYS
from cases.services.holds import last_day_of
from cases.services.reveal import SHOWN_SECONDS, RevealReason
from cases.stage import Stage, days_of
from cases.timeline_groups import GROUPS
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest


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


@requires("cases.view")
@require_GET
def record(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Header and rail, with one tab's content. Tabs are addresses: they work without a script and can be sent."""
    return record_page(request, _found(request, case_id), tab_key=request.GET.get("tab", ""))


def record_page(
    request: SignedInRequest, case: Case, *, tab_key: str, status: int = 200, **filled: Any
) -> HttpResponse:
    """The record with one tab open, the first where the key names none. `filled` stands in place of what the tab would
    give: the form as it was typed, when something is wrong with it."""
    user = request.user
    tabs = tabs_for(user)
    tab = next((one for one in tabs if one.key == tab_key), tabs[0])
    others = selectors.other_debts(case, user)
    names = shown_names(user, [case, *others.visible])
    context: dict[str, Any] = {
        "case": case,
        "name": names[case.pk],
        "status": status_of(case),
        "status_label": STATUS_LABELS[status_of(case)],
        "stage": Stage(case.stage),
        "why": why_this_stage(case),
        "parts": parts_of(case),
        "others": others,
        "other_lines": [
            {"case": c, "name": names[c.pk], "stage": Stage(c.stage).label, "status": STATUS_LABELS[status_of(c)]}
            for c in others.visible
        ],
        "tabs": tabs,
        "tab": tab.key,
        "tab_template": tab.template,
        "freshness": selectors.freshness([case.loan.source_id]),
        "holds_now": [(hold, last_day_of(hold)) for hold in holds_in_force(case, clock.now())],
        "reasons": RevealReason.choices,
        "seconds": SHOWN_SECONDS,
    }
    context.update(tab.content(request, case))
    context.update(filled)
    return render(request, "cases/record.html", context, status=status)


@record_tab("timeline", label=gettext_lazy("时间线"), template="cases/_record_timeline.html", order=10)
def _timeline_tab(request: SignedInRequest, case: Case) -> dict[str, Any]:
    return {**_timeline(request, case), "handover": handover_of(case, request.user, now=clock.now())}


@record_tab("money", label=gettext_lazy("头寸与还款"), template="cases/_record_positions.html", order=20)
def _money_tab(request: SignedInRequest, case: Case) -> dict[str, Any]:
    paid = parts_of_contract(case.loan_id)
    return {
        **_positions(request, case),
        "series": selectors.position_series(case),
        "repayments": [(row, paid.get(row.pk)) for row in selectors.repayments(case)],
        "order_of_parts": order_in_words(case.loan.source),
    }


@record_tab("contacts", label=gettext_lazy("联系方式"), template="cases/_record_contacts.html", order=50)
def _contacts_tab(request: SignedInRequest, case: Case) -> dict[str, Any]:
    check_by = clock.business_date(clock.now()) - timedelta(days=CHECK_DAYS)
    return {"contacts": selectors.contact_points(case), "check_by": check_by}


@record_tab("debts", label=gettext_lazy("其他债务"), template="cases/_record_debts.html", order=60)
def _debts_tab(request: SignedInRequest, case: Case) -> dict[str, Any]:
    return {}  # the rail beside the record shows them too: they are there already


@record_tab("custody", label=gettext_lazy("归属"), template="cases/_record_custody.html", order=90)
def _custody_tab(request: SignedInRequest, case: Case) -> dict[str, Any]:
    return {"custodies": [(row, custody_reason(row.reason)) for row in selectors.custodies(case)]}


def _timeline(request: SignedInRequest, case: Case) -> dict[str, Any]:
    chosen = [group.key for group in GROUPS if group.key in request.GET.getlist("show")]
    entries, more = case_timeline.timeline(case, request.user, cursor=request.GET.get("from", ""), groups=chosen)
    chips = []
    for group in GROUPS:
        others = [key for key in chosen if key != group.key]
        is_on = group.key in chosen
        chips.append({"label": group.label, "is_on": is_on, "query": _shows(others if is_on else [*others, group.key])})
    return {"case": case, "entries": entries, "more": more, "chips": chips, "shows": _shows(chosen), "chosen": chosen}


def _shows(groups: list[str]) -> str:
    """«&show=contact&show=money», or nothing."""
    return "".join(f"&show={key}" for key in groups)


def _positions(request: SignedInRequest, case: Case) -> dict[str, Any]:
    positions, more = selectors.positions_page(case, cursor=request.GET.get("from", ""))
    return {
        "case": case,
        "positions": [(row, Stage(row.stage).label) for row in positions],
        "more": more,
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
            *parts_of(position),
        ],
        "back": reverse("cases:record", args=[case.pk]),
    }
    return render(request, "cases/provenance.html", context)
