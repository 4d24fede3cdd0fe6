"""Scorecards whose grade is too low. A month is asked for once, whatever its later revisions say: it is named by its month.

A finding leads to the revision that counts now, which shows the earlier ones beside it.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _

from vendors.models import Agency, Scorecard, ScorecardItem
from vendors.rectification.limits import GRADE_C
from vendors.rectification.rules import Span
from vendors.scorecard.criteria import CRITERION_LABELS, Criterion, Grade
from vendors.scorecard.selectors import newest
from vendors.scorecard.shown import value_said

CARDS = "scorecards"
"""The kind of its references."""
MOST_LOST = 3
"""So many criteria are named, those that cost most."""


def low_grades(agencies: Sequence[Agency], span: Span) -> Mapping[int, Sequence[str]]:
    """The month of the span, where its newest revision is a D, or a C while the setting says so. Two queries."""
    low = [Grade.C, Grade.D] if GRADE_C.on(span.day) else [Grade.D]
    found = newest().filter(agency__in=agencies, month=span.first, grade__in=low)
    return {pk: [f"{month:%Y-%m}"] for pk, month in found.values_list("agency", "month")}


def problems_of(named: Mapping[int, Sequence[str]]) -> Mapping[int, Sequence[str]]:
    """What is wrong with each card, in words. Two queries, however many there are."""
    months = {_month(ref) for refs in named.values() for ref in refs}
    found = newest().filter(agency__in=list(named), month__in=months).order_by("month").prefetch_related("items")
    said: dict[int, list[str]] = {}
    for card in found:
        if f"{card.month:%Y-%m}" in named[card.agency_id]:
            said.setdefault(card.agency_id, []).extend([_whole(card), *_lost(card)])
    return said


def _whole(card: Scorecard) -> str:
    told = {
        "month": f"{card.month:%Y-%m}",
        "n": card.revision,
        "score": card.score,
        "grade": card.grade,
        "critical": card.critical,
    }
    if card.vetoed:
        return (
            _("%(month)s 评分卡(第 %(n)s 次修订)得分 %(score)s，因 %(critical)s 件红线违规一票否决，评级 %(grade)s")
            % told
        )
    return _("%(month)s 评分卡(第 %(n)s 次修订)得分 %(score)s，评级 %(grade)s") % told


def _lost(card: Scorecard) -> list[str]:
    order = list(Criterion)
    items = [one for one in card.items.all() if one.lost > 0]
    items.sort(key=lambda one: (-one.lost, order.index(Criterion(one.criterion))))
    return [_item(one) for one in items[:MOST_LOST]]


def _item(item: ScorecardItem) -> str:
    criterion = Criterion(item.criterion)
    return _("%(criterion)s：%(value)s，失 %(lost)s 分(满分 %(weight)s)") % {
        "criterion": CRITERION_LABELS[criterion],
        "value": value_said(criterion, item.value),
        "lost": item.lost,
        "weight": item.weight,
    }


def cards_named(agency: int, months: Sequence[str]) -> dict[str, int]:
    """Month → id of the agency's card that counts now. One query, none for no month."""
    if not months:
        return {}
    found = newest().filter(agency=agency, month__in={_month(ref) for ref in months})
    return {f"{month:%Y-%m}": pk for pk, month in found.values_list("pk", "month")}


def _month(ref: str) -> date:
    return date.fromisoformat(f"{ref}-01")
