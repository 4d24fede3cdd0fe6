"""Bills of agencies: the list with the upload, one beside our statement, its original. Acts: `views_steps.py`."""

from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from vendors.bills import keeping
from vendors.bills.answers import BOTH_SIDES
from vendors.bills.forms import AnswerForm, FilterForm, UploadForm
from vendors.bills.selectors import STATES, Asked, bills, by_kind, match_page
from vendors.bills.wording import Explained
from vendors.models import AgencyBill, AnswerResolution, BillMatch, LineState, MatchKind, SettlementState

VIEW, MAKE = "bills.view", "bills.make"
TONES = {
    MatchKind.AGREES: "success",
    MatchKind.AMOUNT: "danger",
    MatchKind.RATE: "danger",
    MatchKind.ROUNDING: "neutral",
    MatchKind.OURS: "info",
    MatchKind.THEIRS: "warning",
}


@requires(VIEW)
@require_GET
def bills_list(request: SignedInRequest) -> HttpResponse:
    """The bills that count, the newest first, and where one is handed in."""
    return list_page(request)


def list_page(
    request: SignedInRequest, form: UploadForm | None = None, *, reasons: list[str] | None = None, status: int = 200
) -> HttpResponse:
    asked = FilterForm(request.GET or None)
    given = asked.cleaned_data if asked.is_valid() else {}
    agency = given.get("agency")
    page = key_page(request, bills(agency=agency.pk if agency else None, period=given.get("month")))
    context = {
        "rows": page.rows,
        "asked": asked,
        "filtered": any(given.values()),
        "form": (form or UploadForm()) if has(request.user, MAKE) else None,
        "reasons": reasons or [],
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "vendors/bills/list.html", context, status=status)


@requires(VIEW)
@require_GET
def bill(request: SignedInRequest, bill_id: int) -> HttpResponse:
    """One bill beside our statement: totals by class, then every match with its difference in a sentence."""
    return bill_page(request, bill_of(bill_id))


def bill_of(bill_id: int) -> AgencyBill:
    found = AgencyBill.objects.select_related("agency__desk", "settlement", "uploaded_by")
    return get_object_or_404(found, pk=bill_id)


def bill_page(
    request: SignedInRequest,
    found: AgencyBill,
    *,
    answer: AnswerForm | None = None,
    refused: str = "",
    ticked: set[int] | None = None,
    status: int = 200,
) -> HttpResponse:
    """`answer` and `ticked`: what a refused form held."""
    asked = _asked(request)
    page = match_page(found, asked, after=_number(request, "after"), before=_number(request, "before"))
    words = Explained(page.matches)
    kinds = by_kind(found)
    may_act = has(request.user, MAKE) and found.replaced_at is None and found.settlement_id is not None
    counts = {one.kind: one.count for one in kinds}
    settlement = found.settlement
    context = {
        "one": found,
        "settlement": settlement,
        "kinds": [{"sum": one, "tone": TONES[one.kind]} for one in kinds],
        "difference": found.total - settlement.total if settlement else None,
        "matches": [_shown(match, words) for match in page.matches],
        "asked": asked,
        "kind_choices": [(kind.value, kind.label) for kind in MatchKind if counts[kind]],
        "states": _states(),
        "may_compare": has(request.user, MAKE) and found.replaced_at is None and settlement is None,
        "may_act": may_act,
        "is_proposed": settlement is not None and settlement.state == SettlementState.PROPOSED,
        "dispute_kinds": [(kind.value, kind.label) for kind in BOTH_SIDES if counts[kind]],
        "answer": (answer or AnswerForm(initial={"resolution": AnswerResolution.REJECTED}))
        if may_act and counts[MatchKind.THEIRS]
        else None,
        "refused": refused,
        "ticked": ticked or set(),
        "previous_url": _address(request, before=page.before),
        "next_url": _address(request, after=page.after),
    }
    return render(request, "vendors/bills/bill.html", context, status=status)


def _states() -> list[tuple[str, Any]]:
    return list(zip(STATES, (_("待处理"), _("争议中"), _("已处理")), strict=True))


def _shown(match: BillMatch, words: Explained) -> dict[str, Any]:
    """A match for the page; `can_tick`: something can be done with it."""
    sides = list(match.sides.all())
    ours = [side.ours for side in sides if side.ours is not None]
    theirs = [side.theirs for side in sides if side.theirs is not None]
    answer = getattr(match, "answer", None)
    kind = MatchKind(match.kind)
    can_dispute = kind in BOTH_SIDES or (kind == MatchKind.OURS and match.ours < 0)
    is_open = any(line.state in (LineState.PROPOSED, LineState.ACCEPTED) for line in ours)
    return {
        "match": match,
        "tone": TONES[kind],
        "words": words.of(match),
        "contract_no": match.loan.contract_no if match.loan else (theirs[0].contract_no if theirs else ""),
        "theirs": theirs,
        "ours": ours,
        "answer": answer,
        "disputes": [line for line in ours if line.state in (LineState.DISPUTED, LineState.RESOLVED)],
        "can_tick": (can_dispute and is_open) or (kind == MatchKind.THEIRS and answer is None),
    }


@requires(VIEW)
@require_GET
def bill_file(request: SignedInRequest, bill_id: int) -> HttpResponseBase:
    """The file as the agency sent it."""
    found = bill_of(bill_id)
    path = keeping.original_of(bill=found, actor=request.user)
    if path is None:
        raise Http404
    response = FileResponse(path.open("rb"), as_attachment=True, filename=found.file_name)
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _asked(request: SignedInRequest) -> Asked:
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    return Asked(kind if kind in MatchKind.values else "", state if state in STATES else "")


def _number(request: SignedInRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _address(request: SignedInRequest, **key: int | None) -> str:
    if None in key.values():
        return ""
    kept = [(k, v) for k, v in request.GET.items() if k in ("kind", "state") and v]
    return f"?{urlencode([*kept, *key.items()])}"
