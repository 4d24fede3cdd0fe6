"""Reading scorecards: a month of all agencies, one card with its history, its strata page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Sum

from cases.keyset import Page, SortKey, keyset_page
from cases.stage import Stage
from collection_ops.core.clock import month_after, month_before
from vendors.agencies.gather import contract_ends
from vendors.models import Placement, Scorecard, ScorecardItem, ScorecardStratum
from vendors.rectification.unsettled import unsettled_of
from vendors.scorecard.criteria import CRITERION_LABELS, Criterion, Grade, Verdict
from vendors.scorecard.shown import GRADE_TONES, VERDICT_TONES

MOST_AGENCIES = 300
"""On one page: the funnel and the ranking need all of them. A house has a few dozen."""
HISTORY = 12
STRATA = 15
BY_AMOUNT = SortKey("amount", "amount", "decimal")


@dataclass(frozen=True)
class StagePart:
    """A stage's part of an agency's cases; `start` and `percent` for the bar."""

    stage: int
    label: str
    cases: int
    start: Decimal
    percent: Decimal


@dataclass(frozen=True)
class Line:
    """An agency's month in the list. `rank`: among those that can be told apart; `before`: the score of the month before;
    `days_left`: of the newest contract, negative once it is over, nothing without one; `unsettled`: rectifications that
    are not settled now."""

    card: Scorecard
    rank: int | None
    before: Decimal | None
    stages: Sequence[StagePart]
    items: Mapping[Criterion, ScorecardItem]
    days_left: int | None
    unsettled: int

    @property
    def change(self) -> Decimal | None:
        return None if self.before is None else self.card.score - self.before

    @property
    def arrow(self) -> str:
        return "" if not self.change else "↑" if self.change > 0 else "↓"

    @property
    def complaints(self) -> ScorecardItem | None:
        return self.items.get(Criterion.COMPLAINTS)

    @property
    def breaches(self) -> ScorecardItem | None:
        return self.items.get(Criterion.BREACHES)

    @property
    def verdict_tone(self) -> str:
        return VERDICT_TONES[Verdict(self.card.verdict)]

    @property
    def grade_tone(self) -> str:
        return GRADE_TONES[Grade(self.card.grade)]


def newest() -> QuerySet[Scorecard]:
    """Of each agency and month the revision that counts."""
    later = Scorecard.objects.filter(
        agency=OuterRef("agency"), month=OuterRef("month"), revision__gt=OuterRef("revision")
    )
    return Scorecard.objects.filter(~Exists(later)).select_related("agency__desk", "scheme")


def latest_cards(agencies: Sequence[int]) -> dict[int, Scorecard]:
    """By id of the agency the newest revision of its newest month. One query."""
    rows = Scorecard.objects.filter(agency__in=agencies).order_by("agency", "-month", "-revision").distinct("agency")
    return {one.agency_id: one for one in rows}


def judged_months(most: int = 2 * HISTORY) -> list[date]:
    """Months with scorecards, the newest first."""
    found = Scorecard.objects.order_by("-month").values_list("month", flat=True).distinct()
    return list(found[:most])


def had_cases(month: date) -> bool:
    """Whether any agency had a case in hand on a day of the month."""
    in_hand = Q(recalled_on__isnull=True) | Q(recalled_on__gte=month)
    return Placement.objects.filter(in_hand, placed_on__lt=month_after(month)).exists()


def month_cards(month: date) -> list[Scorecard]:
    """All that count of a month with their items: who can be told apart by score, then the others, by name. Two queries."""
    cards = list(newest().filter(month=month).order_by("agency__name").prefetch_related("items")[:MOST_AGENCIES])
    return sorted(
        cards, key=lambda one: (not one.is_told_apart, -one.score if one.is_told_apart else 0, one.agency.name)
    )


def lines(cards: Sequence[Scorecard], month: date, day: date) -> list[Line]:
    """The cards of a month as the page shows them. Four queries, however many agencies there are. `day`: today."""
    agencies = [one.agency_id for one in cards]
    before = dict(newest().filter(month=month_before(month), agency__in=agencies).values_list("agency", "score"))
    ends, unsettled = contract_ends(agencies), unsettled_of(agencies)
    stages, ranks = _stages(cards), ranking(cards)
    return [
        Line(
            card,
            ranks.get(card.pk),
            before.get(card.agency_id),
            stages.get(card.pk, ()),
            {Criterion(item.criterion): item for item in card.items.all()},
            (ends[card.agency_id] - day).days if card.agency_id in ends else None,
            unsettled.get(card.agency_id, 0),
        )
        for card in cards
    ]


def ranking(cards: Sequence[Scorecard]) -> dict[int, int]:
    """Card → its rank by score among those whose money can be told apart from chance; equal scores share a rank."""
    scores = sorted((one.score for one in cards if one.is_told_apart), reverse=True)
    return {one.pk: scores.index(one.score) + 1 for one in cards if one.is_told_apart}


def _stages(cards: Sequence[Scorecard]) -> dict[int, list[StagePart]]:
    found = (
        ScorecardStratum.objects.filter(scorecard__in=[one.pk for one in cards])
        .order_by()
        .values("scorecard", "stage")
        .annotate(number=Sum("cases"))
        .values_list("scorecard", "stage", "number")
    )
    counts: dict[int, dict[int, int]] = {}
    for card, stage, number in found:
        counts.setdefault(card, {})[stage] = number
    return {card: _parts(of) for card, of in counts.items()}


def _parts(counts: Mapping[int, int]) -> list[StagePart]:
    whole, start, found = Decimal(sum(counts.values()) or 1), Decimal(0), []
    for stage, number in sorted(counts.items()):
        share = (number * 100 / whole).quantize(Decimal("0.01"))
        found.append(StagePart(stage, str(Stage(stage).label), number, start, share))
        start += share
    return found


# One card ----------------------------------------------------------------------------------------------------------


def cards() -> QuerySet[Scorecard]:
    """Any revision, with all that its page names. Three queries for one."""
    return Scorecard.objects.select_related("agency__desk", "scheme", "made_by").prefetch_related(
        Prefetch("items", ScorecardItem.objects.order_by("pk")), "targets"
    )


def items_in_order(card: Scorecard) -> list[ScorecardItem]:
    """The items of a card in the order of the criteria."""
    order = list(Criterion)
    return sorted(card.items.all(), key=lambda one: order.index(Criterion(one.criterion)))


def revisions_of(card: Scorecard) -> list[Scorecard]:
    """All revisions of the same agency and month, the newest first."""
    found = Scorecard.objects.filter(agency=card.agency_id, month=card.month).select_related("made_by")
    return list(found.order_by("-revision")[:50])


def history_of(card: Scorecard) -> list[Scorecard]:
    """The twelve months that end with the card's, as they count now, the oldest first; months without a card are left
    out."""
    first = card.month
    for _step in range(HISTORY - 1):
        first = month_before(first)
    found = newest().filter(agency=card.agency_id, month__range=(first, card.month))
    return list(found.order_by("month"))


def strata_page(card: Scorecard, *, after: str = "", before: str = "") -> Page:
    """The largest amounts first. One query."""
    return keyset_page(card.strata.all(), key=BY_AMOUNT, descending=True, size=STRATA, after=after, before=before)


def label_of(item: ScorecardItem) -> Any:
    return CRITERION_LABELS[Criterion(item.criterion)]
