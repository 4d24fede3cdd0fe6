"""Statements: the list, one with its lines, and its two workbooks. What is done with them: `views_steps.py`."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.clock import month_end
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.tables import CONTENT_TYPES
from vendors.contracts.fees import tax_in
from vendors.models import LineState, Settlement, SettlementLine, SettlementState
from vendors.scorecard.promises import month_shown, month_told
from vendors.settlement.decide import Kind
from vendors.settlement.export import voucher_file
from vendors.settlement.files import find_file
from vendors.settlement.forms import DisputeForm, FilterForm, MakeForm, PayForm, ResolveForm
from vendors.settlement.selectors import (
    Asked,
    cases_seen,
    groups_of,
    line_page,
    statements,
    sums_by_state,
    waterfall,
)
from vendors.settlement.wording import KIND_LABELS, Words, percent

VIEW, MAKE, APPROVE, PAY = "settlements.view", "settlements.make", "settlements.approve", "settlements.pay"
TONES = {
    SettlementState.PROPOSED: "warning",
    SettlementState.CONFIRMED: "info",
    SettlementState.APPROVED: "success",
    SettlementState.PAID: "neutral",
}
LINE_TONES = {
    LineState.PROPOSED: "warning",
    LineState.ACCEPTED: "success",
    LineState.DISPUTED: "danger",
    LineState.RESOLVED: "info",
}


@requires(VIEW)
@require_GET
def settlements(request: SignedInRequest) -> HttpResponse:
    """The statements, the newest first, by agency, month and state."""
    return list_page(request)


def list_page(request: SignedInRequest, form: MakeForm | None = None, *, status: int = 200) -> HttpResponse:
    asked = FilterForm(request.GET or None, states=list(SettlementState.choices))
    given = asked.cleaned_data if asked.is_valid() else {}
    agency = given.get("agency")
    found = statements(agency=agency.pk if agency else None, period=given.get("month"), state=given.get("state") or "")
    page = key_page(request, found)
    sums = sums_by_state(found)
    last_month = month_end(_months_back(clock.business_date(clock.now()))).replace(day=1)
    context = {
        "rows": [{"one": one, "tone": TONES[one.state], "due": one.total - one.held_back} for one in page.rows],
        "sums": [
            {"label": label, "count": sums[state][0], "total": sums[state][1]}
            for state, label in SettlementState.choices
            if state in sums
        ],
        "asked": asked,
        "filtered": any(given.values()),
        "form": (form or MakeForm(initial={"month": last_month})) if has(request.user, MAKE) else None,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "vendors/settlement/list.html", context, status=status)


def _months_back(day: date) -> date:
    return (
        day.replace(year=day.year - 1, month=12, day=1) if day.month == 1 else day.replace(month=day.month - 1, day=1)
    )


@requires(VIEW)
@require_GET
def settlement(request: SignedInRequest, settlement_id: int) -> HttpResponse:
    """One statement: what is payable and why, then its lines."""
    return statement_page(request, get_object_or_404(statements(), pk=settlement_id))


def statement_page(
    request: SignedInRequest,
    found: Settlement,
    *,
    refused: str = "",
    typed: dict[str, Any] | None = None,
    pay: PayForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """`found` is one of `statements()`. `typed`: what a refused form held."""
    groups = groups_of(found)
    words = Words(found, groups)
    asked = _asked(request)
    page = line_page(found, asked, after=_number(request, "after"), before=_number(request, "before"))
    seen = cases_seen(request.user, page.lines)
    held = found.held_back  # type: ignore[attr-defined]
    due = found.total - held
    user, state = request.user, found.state
    proposed = sum(one.count for one in groups if one.state == LineState.PROPOSED)
    context = {
        "one": found,
        "tone": TONES[SettlementState(state)],
        "falls": [{"fall": fall, "label": KIND_LABELS[fall.kind]} for fall in waterfall(groups)],
        "held": held,
        "due": due,
        "tax": tax_in(due, found.tax_rate),
        "tax_rate": percent(found.tax_rate),
        "lines": [_shown(line, words, seen) for line in page.lines],
        "targets": month_shown(month_told(found.agency_id, found.period, clock.now())),
        "kinds": [(kind.value, label) for kind, label in KIND_LABELS.items() if any(g.kind == kind for g in groups)],
        "states": _counted_states(groups),
        "rows": [
            (f"{version}-{row}", words.row(version, row))
            for version, row in sorted({(g.version, g.row) for g in groups if g.kind == Kind.COMMISSION})
        ],
        "asked": asked,
        "asked_row": f"{asked.row[0]}-{asked.row[1]}" if asked.row else "",
        "previous_url": _address(request, before=page.before),
        "next_url": _address(request, after=page.after),
        "proposed": proposed,
        "may_accept": state == SettlementState.PROPOSED and proposed and has(user, MAKE),
        "may_confirm": state == SettlementState.PROPOSED and has(user, MAKE),
        "may_approve": state == SettlementState.CONFIRMED and has(user, APPROVE) and found.confirmed_by_id != user.pk,
        "may_return": state == SettlementState.CONFIRMED and has(user, APPROVE),
        "pay": (pay or PayForm(initial={"paid_on": clock.business_date(clock.now())}))
        if state == SettlementState.APPROVED and has(user, PAY)
        else None,
        "refused": refused,
        "typed": typed or {},
    }
    return render(request, "vendors/settlement/statement.html", context, status=status)


def _counted_states(groups: Any) -> list[tuple[str, Any, int]]:
    counts: dict[str, int] = {}
    for one in groups:
        counts[one.state] = counts.get(one.state, 0) + one.count
    return [(state, label, counts[state]) for state, label in LineState.choices if state in counts]


def _shown(line: SettlementLine, words: Words, seen: set[int]) -> dict[str, Any]:
    placement = line.placement
    return {
        "line": line,
        "label": KIND_LABELS[Kind(line.kind)],
        "words": words.of(line),
        "tone": LINE_TONES[LineState(line.state)],
        "contract_no": placement.loan.contract_no if placement else "",
        "case_id": placement.case_id if placement and placement.case_id in seen else None,
    }


@requires(VIEW)
@require_GET
def settlement_line(request: SignedInRequest, line_id: int) -> HttpResponse:
    """One line with what was said about it."""
    return a_line_page(request, line_of(line_id))


def line_of(line_id: int) -> SettlementLine:
    found: SettlementLine = get_object_or_404(
        SettlementLine.objects.select_related(
            *("settlement__agency__desk", "of_line__settlement", "placement__loan", "repayment"),
            *("dispute__disputed_by", "dispute__resolved_by"),
        ),
        pk=line_id,
    )
    return found


def a_line_page(
    request: SignedInRequest,
    line: SettlementLine,
    *,
    dispute: DisputeForm | None = None,
    resolve: ResolveForm | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    statement, makes = line.settlement, has(request.user, MAKE)
    objection = getattr(line, "dispute", None)
    open_now = statement.state == SettlementState.PROPOSED and objection is None
    later = line.taken_back_by.select_related("settlement").order_by("settlement__period", "number")
    words = Words(statement)
    context = {
        **_shown(line, words, cases_seen(request.user, [line])),
        "one": statement,
        "row": words.row(line.version, line.row) if line.row else "",
        "objection": objection,
        "difference": objection.claimed - line.fee if objection and objection.claimed is not None else None,
        "later": [{"line": other, "label": KIND_LABELS[Kind(other.kind)]} for other in later],
        "dispute_form": (dispute or DisputeForm()) if makes and open_now else None,
        "resolve_form": (resolve or ResolveForm()) if makes and objection and not objection.resolution else None,
        "refused": refused,
    }
    return render(request, "vendors/settlement/line.html", context, status=status)


@requires(VIEW)
@require_GET
def settlement_download(request: SignedInRequest, job_id: int) -> HttpResponseBase:
    """One's own workbook of a statement. Somebody else's, an expired one and none at all look the same."""
    found = find_file(job_id=job_id, actor=request.user, now=clock.now())
    if found is None:
        raise Http404
    response = FileResponse(
        found.path.open("rb"), as_attachment=True, filename=found.name, content_type=CONTENT_TYPES["xlsx"]
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@requires(VIEW)
@require_GET
def settlement_voucher(request: SignedInRequest, settlement_id: int) -> HttpResponse:
    """The sums for the voucher."""
    found = get_object_or_404(Settlement.objects.select_related("agency__desk"), pk=settlement_id)
    content = voucher_file(found, actor=request.user, now=clock.database_now())
    return _download(content, f"voucher-{found.agency.desk.code}-{found.period:%Y%m}.xlsx")


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=CONTENT_TYPES["xlsx"])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _asked(request: SignedInRequest) -> Asked:
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    version, _dash, row = request.GET.get("row", "").partition("-")
    return Asked(
        kind=kind if kind in set(Kind) else "",
        state=state if state in LineState.values else "",
        row=(int(version), int(row)) if _small(version) and _small(row) else None,
    )


def _small(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _number(request: SignedInRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if _small(text) else None


def _address(request: SignedInRequest, **key: int | None) -> str:
    if None in key.values():
        return ""
    kept = [(k, v) for k, v in request.GET.items() if k in ("kind", "state", "row") and v]
    return f"?{urlencode([*kept, *key.items()])}"
