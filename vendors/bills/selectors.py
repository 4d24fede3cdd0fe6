"""Reading bills: the list, the totals of one by class, its matches page by page with both sides."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from collection_ops.core.money import ZERO
from vendors.models import AgencyBill, BillMatch, BillSide, LineState, MatchKind

PAGE = 50
STATES = ("open", "disputed", "settled")


@dataclass(frozen=True)
class OfKind:
    """The matches of a class: how many, what each side comes to. Yuan."""

    kind: MatchKind
    count: int
    claimed: Decimal
    ours: Decimal
    difference: Decimal


def bills(*, agency: int | None = None, period: date | None = None) -> QuerySet[AgencyBill]:
    """Bills that count, each with `difference` to our statement (None: not compared), and `waiting`: what
    only the agency has and nobody has answered."""
    found = AgencyBill.objects.filter(replaced_at__isnull=True).select_related(
        "agency__desk", "settlement", "uploaded_by"
    )
    if agency:
        found = found.filter(agency=agency)
    if period:
        found = found.filter(period=period)
    open_items = BillMatch.objects.filter(bill=OuterRef("pk"), kind=MatchKind.THEIRS, answer__isnull=True)
    counts = open_items.order_by().values("bill").annotate(found=Count("pk")).values("found")
    return found.annotate(difference=F("total") - F("settlement__total"), waiting=Coalesce(Subquery(counts), 0))


def by_kind(bill: AgencyBill) -> list[OfKind]:
    """All classes in their order, with nought where there is none. One query."""
    rows: Any = (
        bill.matches.order_by()
        .values_list("kind")
        .annotate(count=Count("pk"), claimed=Sum("claimed"), our=Sum("ours"), differs=Sum("difference"))
    )
    found = {row[0]: row[1:] for row in rows}
    return [OfKind(kind, *found.get(kind.value, (0, ZERO, ZERO, ZERO))) for kind in MatchKind]


@dataclass(frozen=True)
class Asked:
    """What matches a reader wants: `state` is one of STATES, or all."""

    kind: str = ""
    state: str = ""


def matches_of(bill: AgencyBill, asked: Asked) -> QuerySet[BillMatch]:
    """Matches in their order, with loan, answer and both sides. Three queries for a page."""
    sides = BillSide.objects.select_related("theirs", "ours__dispute", "ours__repayment").order_by("pk")
    found = bill.matches.select_related("loan", "answer__answered_by").prefetch_related(Prefetch("sides", sides))
    found = found.order_by("number")
    if asked.kind:
        found = found.filter(kind=asked.kind)
    if asked.state:
        of_match = BillSide.objects.filter(match=OuterRef("pk"))
        disputed = Exists(of_match.filter(ours__state=LineState.DISPUTED))
        resolved = Exists(of_match.filter(ours__state=LineState.RESOLVED))
        differs = found.exclude(kind=MatchKind.AGREES)
        if asked.state == "disputed":
            return differs.filter(disputed)
        if asked.state == "settled":
            return differs.filter(Q(answer__isnull=False) | (resolved & ~disputed))
        # What only we have and is owed to the agency needs nobody.
        waiting = differs.exclude(kind=MatchKind.OURS, ours__gte=0).filter(answer__isnull=True)
        return waiting.exclude(disputed).exclude(resolved)
    return found


@dataclass(frozen=True)
class MatchPage:
    """Matches, and the numbers to go on from (None at an end)."""

    matches: list[BillMatch]
    before: int | None
    after: int | None


def match_page(
    bill: AgencyBill, asked: Asked, *, after: int | None = None, before: int | None = None, size: int = PAGE
) -> MatchPage:
    found = matches_of(bill, asked)
    if before is not None:
        rows = list(found.filter(number__lt=before).order_by("-number")[: size + 1])
        has_before, has_after = len(rows) > size, True
        rows = rows[:size][::-1]
    else:
        rows = list((found.filter(number__gt=after) if after is not None else found)[: size + 1])
        has_before, has_after = after is not None, len(rows) > size
        rows = rows[:size]
    return MatchPage(
        rows,
        rows[0].number if rows and has_before else None,
        rows[-1].number if rows and has_after else None,
    )
