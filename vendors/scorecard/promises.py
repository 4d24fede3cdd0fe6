"""The targets of a contract as a scorecard keeps them: in words, for frozen documents, and of a month that has no card.

Whoever tells of them (card, workbook, command, meeting, statement) asks here; nobody judges them a second time.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from collection_ops.core.clock import month_end
from vendors.contracts.reading import plain, promised
from vendors.contracts.targets import OUTCOME_LABELS, WHY_LABELS, Outcome, Why, counted
from vendors.contracts.terms import MEASURE_LABELS, OF_THE_WHOLE, Measure, Target
from vendors.contracts.words import figure_said, promise_said, stages_said
from vendors.models import Scorecard, ScorecardTarget
from vendors.scorecard.selectors import newest

TONES = {Outcome.REACHED: "success", Outcome.MISSED: "danger", Outcome.UNJUDGED: "neutral"}
NUMBERS = ("figure", "part", "whole", "value", "gap", "short")
JUDGED, NO_CARD, OLD_CARD, NO_TARGETS = "judged", "no_card", "old_card", ""
"""What is known of a month: what its card says; it has no card; the card is from before they were agreed; none were."""

Told = dict[str, Any]


def told_of(row: ScorecardTarget) -> Told:
    """As plain JSON: figures as texts, of complaints pieces, of shares per cent, `short` in yuan or pieces."""
    numbers = {name: None if (value := getattr(row, name)) is None else str(value) for name in NUMBERS}
    return {
        "number": row.number, "measure": row.measure, "stages": list(row.stages), "outcome": row.outcome,
        "why": row.why, **numbers,
    }  # fmt: skip


def told_of_card(card: Scorecard) -> list[Told]:
    """Of a card its targets in their order. One query unless they were fetched with it."""
    return [told_of(row) for row in card.targets.all()]


def month_told(agency: int, month: date, now: datetime) -> Told:
    """What can be said of the targets of an agency's month that begins on `month`, as plain JSON: `state`, `count` of
    targets, and of a card that judged them its `card` (id), `revision` and `rows`. Four queries at most."""
    card = newest().filter(agency=agency, month=month).prefetch_related("targets").first()
    rows = told_of_card(card) if card is not None else []
    if card is not None and rows:
        return {
            "state": JUDGED, "count": len(rows), "card": card.pk, "revision": card.revision, "rows": rows,
        }  # fmt: skip
    promise = promised([agency], month, month_end(month), now).get(agency)
    state = NO_TARGETS if promise is None else NO_CARD if card is None else OLD_CARD
    return {"state": state, "count": len(promise.targets) if promise else 0, "rows": []}


# In words ----------------------------------------------------------------------------------------------------------


def month_shown(told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """`month_told` for a page: `said` in a sentence, `rows` in words. None where nothing was promised, and of a document
    from before there were targets."""
    if not told or not told["state"]:
        return None
    if told["state"] == JUDGED:
        said = summary(told["rows"])
    else:
        said = str(_LACKING[told["state"]]) % {"count": told["count"]}
    return {**told, "said": said, "rows": [shown(one) for one in told["rows"]]}


_LACKING = {
    NO_CARD: gettext_lazy("约定目标 %(count)s 项；当月还没有评分卡，不能判断是否达成。"),
    OLD_CARD: gettext_lazy("约定目标 %(count)s 项；现有评分卡生成时还没有约定，重新评分后才能判断。"),
}


def summary(rows: Sequence[Told]) -> str:
    """«约定目标 3 项，达成 2 项，未达成 1 项»."""
    count, reached, missed = counted([one["outcome"] for one in rows])
    said = {"count": count, "reached": reached, "missed": missed, "unjudged": count - reached - missed}
    if said["unjudged"]:
        return _("约定目标 %(count)s 项，达成 %(reached)s 项，未达成 %(missed)s 项，无从判断 %(unjudged)s 项") % said
    if missed:
        return _("约定目标 %(count)s 项，达成 %(reached)s 项，未达成 %(missed)s 项") % said
    return _("约定目标 %(count)s 项，达成 %(reached)s 项") % said


def shown(told: Told) -> dict[str, Any]:
    """A target of `told_of` in words, with the tone of its badge."""
    measure, outcome = Measure(told["measure"]), Outcome(told["outcome"])
    target = Target(told["number"], measure, Decimal(told["figure"]), frozenset(told["stages"]))
    return {
        "number": target.number,
        "measure": MEASURE_LABELS[measure],
        "stages": stages_said(target),
        "promise": promise_said(target),
        "value": "–" if told["value"] is None else figure_said(measure, Decimal(told["value"])),
        "counted": "" if told["value"] is None else _counted(measure, Decimal(told["part"]), Decimal(told["whole"])),
        "gap": "" if told["gap"] is None else _gap(measure, Decimal(told["gap"])),
        "short": "" if told["short"] is None else short_said(measure, Decimal(told["short"])),
        "outcome": OUTCOME_LABELS[outcome],
        "tone": TONES[outcome],
        "why": WHY_LABELS[Why(told["why"])] if told["why"] else "",
    }


def short_said(measure: Measure, short: Decimal) -> str:
    """By how much a target was missed: «差 0.01 元», «差 3 件案件», «多 2 件投诉»."""
    if measure == Measure.RECOVERY:
        return _("差 %(yuan)s 元") % {"yuan": f"{short:,.2f}"}
    count = int(short)
    if measure in OF_THE_WHOLE:
        return ngettext("多 %(n)d 件投诉", "多 %(n)d 件投诉", count) % {"n": count}
    return ngettext("差 %(n)d 件案件", "差 %(n)d 件案件", count) % {"n": count}


def _counted(measure: Measure, part: Decimal, whole: Decimal) -> str:
    if measure == Measure.RECOVERY:
        return f"{part:,.2f} / {whole:,.2f}"
    return f"{part:,.0f} / {whole:,.0f}"


def _gap(measure: Measure, gap: Decimal) -> str:
    """+1.5 or −0.01: per cents apart, or pieces."""
    sign = "−" if gap < 0 else "+" if gap > 0 else "±"
    number = plain(abs(gap))
    if measure in OF_THE_WHOLE:
        return f"{sign}{number}"
    return _("%(gap)s 个百分点") % {"gap": f"{sign}{number}"}
