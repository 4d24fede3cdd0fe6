"""What the pages of agencies show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, QuerySet, Sum

from cases.models import Case
from vendors.agencies.gather import contract_ends, standing_of
from vendors.agencies.limits import Limits
from vendors.agencies.standing import Standing
from vendors.models import Agency, AgencyPerson, AgencyState, Scorecard
from vendors.rectification.unsettled import unsettled_of
from vendors.scorecard.criteria import Grade
from vendors.scorecard.selectors import latest_cards
from vendors.scorecard.shown import GRADE_TONES

TONES = {
    AgencyState.APPLYING: "info",
    AgencyState.ACTIVE: "success",
    AgencyState.STOPPED: "warning",
    AgencyState.EXITING: "warning",
    AgencyState.EXITED: "neutral",
}
MOST_ROWS = 200
NOBODY_HOLDS = (0, None)


@dataclass(frozen=True)
class Line:
    """An agency in the list. `missing`: labels of what is not met besides its state, each once; `card`: its newest
    scorecard; `unsettled`: its rectifications that are not settled; `days_left` of the contract that ends last, negative
    once it is over."""

    agency: Agency
    standing: Standing
    tone: str
    cases: int
    amount: Any
    card: Scorecard | None
    unsettled: int
    days_left: int | None

    @property
    def grade_tone(self) -> str:
        return GRADE_TONES[Grade(self.card.grade)] if self.card else ""

    @property
    def missing(self) -> list[str]:
        return list(dict.fromkeys(one.label for one in self.standing.besides_state))

    @property
    def number_missing(self) -> int:
        return len(self.standing.besides_state)

    @property
    def warned(self) -> list[str]:
        return [
            label for label in dict.fromkeys(one.label for one in self.standing.warnings) if label not in self.missing
        ]

    @property
    def has_left(self) -> bool:
        return bool(self.agency.state == AgencyState.EXITED)


def chosen(asked: Mapping[str, Any]) -> QuerySet[Agency]:
    """By name and state, as the filter asks."""
    found = Agency.objects.select_related("desk")
    text = str(asked.get("q", "")).replace("\x00", "").strip()
    if text:
        found = found.filter(name__icontains=text)
    return found.filter(state=asked["state"]) if asked.get("state") else found


def by_state() -> dict[str, int]:
    """How many agencies are in which state."""
    return dict(Agency.objects.order_by().values_list("state").annotate(number=Count("pk")))


def lines(agencies: Sequence[Agency], day: date) -> list[Line]:
    """Thirteen queries, however many agencies there are."""
    found = standing_of(agencies, day)
    on_desks = Case.objects.open().filter(desk__in=[one.desk_id for one in agencies])
    totals = on_desks.order_by().values("desk").annotate(number=Count("pk"), amount=Sum("total"))
    held = {desk: (number, amount) for desk, number, amount in totals.values_list("desk", "number", "amount")}
    ids = [one.pk for one in agencies]
    cards, unsettled, ends = latest_cards(ids), unsettled_of(ids), contract_ends(ids)
    return [
        Line(
            one,
            found[one.pk],
            TONES[AgencyState(one.state)],
            *held.get(one.desk_id, NOBODY_HOLDS),
            cards.get(one.pk),
            unsettled.get(one.pk, 0),
            (ends[one.pk] - day).days if one.pk in ends else None,
        )
        for one in agencies
    ]


CERTIFICATE_TONES = {
    "none": "danger",
    "expired": "danger",
    "expiring": "warning",
    "valid": "success",
    "left": "neutral",
}


def people_of(agency: Agency, day: date, limits: Limits) -> list[tuple[AgencyPerson, str, str]]:
    """Everybody with the state of the certificate and its tone: whoever is there first, then whoever left, newest first."""
    rows = AgencyPerson.objects.filter(agency=agency).order_by(F("left_on").desc(nulls_first=True), "employee_no", "pk")
    states = [(row, certificate_state(row, day, limits)) for row in rows[:MOST_ROWS]]
    return [(row, state, CERTIFICATE_TONES[state]) for row, state in states]


def certificate_state(person: AgencyPerson, day: date, limits: Limits) -> str:
    """none, expired, expiring, valid; left for whoever is not there any more."""
    if person.left_on is not None and person.left_on < day:
        return "left"
    if person.certified_on is None or person.certified_on > day:
        return "none"
    if person.certificate_until is None:
        return "valid"
    if person.certificate_until < day:
        return "expired"
    return "expiring" if person.certificate_until <= day + timedelta(days=limits.expiry_warn_days) else "valid"


def public_agencies(day: date) -> list[Agency]:
    """Who works for the lender and is before the public on the day (CN-A-01, CN-A-10): name, telephone, address on the web,
    nothing else."""
    return list(
        Agency.objects.filter(state=AgencyState.ACTIVE, listed_on__lte=day, published_on__lte=day)
        .only("name", "hotline", "website", "published_on")
        .order_by("name", "pk")
    )
