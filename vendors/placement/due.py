"""Which placements should come back, and why. Gather, then decide (pure).

The reasons in the order in which they are said: paid, the agency is not worked with any more, its contract has ended, a
complaint about it was upheld, a red-line breach of its towards the person, the days are over.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from collection_ops.core.dated_settings import Setting
from compliance.models.breach_case import BreachCase, BreachCaseState, BreachSeverity
from compliance.models.complaint import FOUND_TRUE, ComplaintState, ComplaintSubject
from vendors.models import WAITING, AgencyState, Contract, ItemState, Placement, RecallItem

RECALL_DAYS = Setting(
    "placement.recall_days",
    label=_("委案多少天后提议退案"),
    default=90,
    source=_("内部管理"),
    unit=_("天"),
    least=1,
    most=720,
)
OVER = frozenset({AgencyState.STOPPED, AgencyState.EXITING, AgencyState.EXITED})


@dataclass(frozen=True, slots=True)
class Placed:
    """A placement that is not over. `owed` in yuan. `kept_until`: the agency may keep it through that day."""

    id: int
    agency_id: int
    debtor_id: int
    placed_on: date
    owed: Decimal
    kept_until: date | None = None


@dataclass(frozen=True)
class Standing:
    """`stopped`: agencies (ids) that are not worked with any more. `ends`: agency id → last day of its newest contract.
    `complaints`, `breaches`: (agency id, debtor id) → the newest day on which one was received or found."""

    stopped: frozenset[int] = frozenset()
    ends: Mapping[int, date] = field(default_factory=dict)
    complaints: Mapping[tuple[int, int], date] = field(default_factory=dict)
    breaches: Mapping[tuple[int, int], date] = field(default_factory=dict)


def why_back(one: Placed, standing: Standing, *, day: date, days: int) -> str:
    """The reason (code) on `day`, empty for a placement that goes on. `days`: how long an agency has a case; it comes back
    after more than so many."""
    pair = (one.agency_id, one.debtor_id)
    if one.owed <= 0:
        return "paid"
    if one.agency_id in standing.stopped:
        return "agency"
    if one.agency_id in standing.ends and standing.ends[one.agency_id] < day:
        return "contract"
    if pair in standing.complaints and standing.complaints[pair] >= one.placed_on:
        return "complaint"
    if pair in standing.breaches and standing.breaches[pair] >= one.placed_on:
        return "breach"
    if (day - one.placed_on).days > days and (one.kept_until is None or one.kept_until < day):
        return "days"
    return ""


def placed_now() -> list[Placed]:
    """Placements that are not over and on no waiting list, of open cases; two queries."""
    kept = dict(
        RecallItem.objects.filter(state=ItemState.KEPT, placement__recalled_on__isnull=True)
        .order_by()
        .values_list("placement_id")
        .annotate(day=Max("keep_until"))
    )
    rows = (
        Placement.objects.filter(recalled_on__isnull=True, case__closed_on__isnull=True)
        .exclude(pk__in=RecallItem.objects.filter(state__in=WAITING).values("placement_id"))
        .order_by("pk")
        .values_list("pk", "agency_id", "loan__debtor_id", "placed_on", "case__total")
    )
    return [Placed(pk, agency, debtor, since, owed, kept.get(pk)) for pk, agency, debtor, since, owed in rows]


def standing_of(agencies: Mapping[int, str], states: Mapping[int, str], debtors: Collection[int]) -> Standing:
    """`agencies`: id → code of the desk; `states`: id → state. Three queries."""
    id_of = {code: pk for pk, code in agencies.items()}
    ends = Contract.objects.filter(agency__in=list(agencies)).order_by().values_list("agency_id")
    upheld = ComplaintSubject.objects.filter(
        org__in=list(id_of),
        responsible=True,
        complaint__state__in=(ComplaintState.DECIDED, ComplaintState.CLOSED),
        complaint__outcome__in=FOUND_TRUE,
        complaint__debtor__isnull=False,
    ).values_list("org", "complaint__debtor_id", "complaint__received_on")
    crossed = (
        BreachCase.objects.filter(org__in=list(id_of), severity=BreachSeverity.CRITICAL)
        .exclude(state__in=(BreachCaseState.DISMISSED, BreachCaseState.WITHDRAWN))
        .values_list("org", "attempt__debtor_id", "complaint__debtor_id", "found_on")
    )
    wanted = set(debtors)
    return Standing(
        stopped=frozenset(pk for pk, state in states.items() if state in OVER),
        ends=dict(ends.annotate(last=Max("ends_on"))),
        complaints=_newest(((id_of[org], debtor), day) for org, debtor, day in upheld if debtor in wanted),
        breaches=_newest(
            ((id_of[org], debtor), day)
            for org, called, complained, day in crossed
            if (debtor := called or complained) in wanted
        ),
    )


def _newest(found: Iterable[tuple[tuple[int, int], date]]) -> dict[tuple[int, int], date]:
    newest: dict[tuple[int, int], date] = {}
    for pair, day in found:
        newest[pair] = max(day, newest.get(pair, day))
    return newest
