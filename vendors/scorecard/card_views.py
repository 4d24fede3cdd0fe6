"""One scorecard: the score and why it is not a hundred, what would change it, the strata, the months before, revisions."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from collection_ops.core.access import requires
from collection_ops.core.clock import month_before
from collection_ops.core.http import SignedInRequest
from vendors.models import Scorecard, ScorecardItem
from vendors.scorecard.changes import changes_said
from vendors.scorecard.criteria import Criterion, Grade, Verdict
from vendors.scorecard.promises import shown, summary, told_of_card
from vendors.scorecard.selectors import cards, history_of, items_in_order, revisions_of, strata_page
from vendors.scorecard.shown import GRADE_TONES, VERDICT_TONES, history_chart, stratum_said, verdict_said
from vendors.scorecard.waterfall import waterfall
from vendors.scorecard.wording import WHY_NOT

VIEW = "scorecards.view"
DRILLS = {
    Criterion.RECOVERY: "scorecard_cases",
    Criterion.COMPLAINTS: "scorecard_complaints",
    Criterion.BREACHES: "scorecard_breaches",
    Criterion.QUALITY: "scorecard_quality",
    Criterion.PUNCTUALITY: "scorecard_late",
}


@requires(VIEW)
@require_GET
def scorecard(request: SignedInRequest, scorecard_id: int) -> HttpResponse:
    """Any revision; it says which one counts now."""
    card = card_of(scorecard_id)
    items, revisions, history = items_in_order(card), revisions_of(card), history_of(card)
    targets = told_of_card(card)
    strata = strata_page(card, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    context = {
        "card": card,
        "newest": revisions[0],
        "is_newest": revisions[0].pk == card.pk,
        "revisions": revisions,
        "grade_tone": GRADE_TONES[Grade(card.grade)],
        "verdict_tone": VERDICT_TONES[Verdict(card.verdict)],
        "verdict": verdict_said(card),
        "falls": waterfall((Criterion(one.criterion), one.lost) for one in items if one.is_judged),
        "rows": [_row(card, one) for one in items],
        "targets": [shown(one) for one in targets],
        "targets_said": summary(targets),
        "strata": [{"row": one, "said": stratum_said(one)} for one in strata.rows],
        "previous_url": f"?before={strata.before}#strata-title" if strata.before else "",
        "next_url": f"?after={strata.after}#strata-title" if strata.after else "",
        "history": history,
        "chart": history_chart(history),
        "change": _change(card, history),
    }
    return render(request, "vendors/scorecard/card.html", context)


def card_of(scorecard_id: int) -> Scorecard:
    found: Scorecard = get_object_or_404(cards(), pk=scorecard_id)
    return found


def _change(card: Scorecard, history: Sequence[Scorecard]) -> Decimal | None:
    """In points since the month before, where that was judged."""
    before = next((one.score for one in history if one.month == month_before(card.month)), None)
    return None if before is None else card.score - before


def _row(card: Scorecard, item: ScorecardItem) -> dict[str, Any]:
    criterion = Criterion(item.criterion)
    return {
        "item": item,
        "why": WHY_NOT.get(item.why, item.why),
        "changes": changes_said(item),
        "url": _behind(card, criterion),
    }


def _behind(card: Scorecard, criterion: Criterion) -> str:
    """Where it can be read what was counted. Papers stand with the agency; of what rolled and who was reached there is no
    list."""
    if criterion == Criterion.SECURITY:
        return reverse("vendors:agency", args=[card.agency_id])
    return reverse(f"vendors:{DRILLS[criterion]}", args=[card.pk]) if criterion in DRILLS else ""
