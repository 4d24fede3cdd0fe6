"""Targets of the contract that were missed two months running, by the scorecards that count. A month is asked for once,
whatever its later revisions say: it is named by its month, as scorecards are."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _

from collection_ops.core.clock import month_before
from vendors.contracts.targets import Outcome
from vendors.contracts.terms import Measure
from vendors.models import Agency, ScorecardTarget
from vendors.rectification.rules import Span
from vendors.scorecard.promises import shown, told_of
from vendors.scorecard.selectors import newest

Kept = dict[tuple[Measure, tuple[int, ...]], ScorecardTarget]
"""The targets that a month missed, told apart as versions of a contract do: by measure and stages."""


def missed_twice(agencies: Sequence[Agency], span: Span) -> Mapping[int, Sequence[str]]:
    """The month of the span, where it and the month before missed a target. Two queries."""
    pairs = _pairs([one.pk for one in agencies], {span.first})
    return {agency: [f"{month:%Y-%m}"] for agency, month in pairs}


def problems_of(named: Mapping[int, Sequence[str]]) -> Mapping[int, Sequence[str]]:
    """Each target that was missed twice, in words with both months. Two queries, however many there are."""
    asked = {(agency, date.fromisoformat(f"{ref}-01")) for agency, refs in named.items() for ref in refs}
    said: dict[int, list[str]] = {}
    for (agency, month), found in _pairs(list(named), {month for _agency, month in asked}).items():
        if (agency, month) in asked:
            said.setdefault(agency, []).extend(_said(month, earlier, now) for earlier, now in found)
    return said


def _pairs(
    agencies: Sequence[int], months: set[date]
) -> dict[tuple[int, date], list[tuple[ScorecardTarget, ScorecardTarget]]]:
    """(agency id, month) → the targets that were missed in it and in the month before: as they were then, and now."""
    wanted = months | {month_before(one) for one in months}
    missed: dict[tuple[int, date], Kept] = {}
    for card in newest().filter(agency__in=agencies, month__in=wanted).prefetch_related("targets").order_by("month"):
        missed[card.agency_id, card.month] = {
            (Measure(one.measure), tuple(one.stages)): one
            for one in card.targets.all()
            if one.outcome == Outcome.MISSED
        }
    found = {}
    for (agency, month), now in missed.items():
        before = missed.get((agency, month_before(month)), {})
        both = [(before[key], one) for key, one in now.items() if key in before]
        if both and month in months:
            found[agency, month] = both
    return found


def _said(month: date, earlier: ScorecardTarget, now: ScorecardTarget) -> str:
    was, words = shown(told_of(earlier)), shown(told_of(now))
    return _(
        "约定目标连续两月未达成：%(measure)s，%(stages)s，约定%(promise)s；"
        "%(earlier)s 为 %(was)s，%(month)s 为 %(value)s，%(short)s"
    ) % {
        "measure": words["measure"],
        "stages": words["stages"],
        "promise": words["promise"],
        "earlier": f"{month_before(month):%Y-%m}",
        "was": was["value"],
        "month": f"{month:%Y-%m}",
        "value": words["value"],
        "short": words["short"],
    }
