"""What the pages of the register ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cases.names import agency_names, shown_names
from collection_ops.core.models import User
from compliance.breaching.kinds import rule_named, said_of
from compliance.breaching.texts import SEVERITY_TONES, STEPS, TONES
from compliance.models import STANDING, BreachCase, BreachCaseState, BreachStep
from compliance.models.breach_case import BreachCaseQuerySet

REPEATED_WITHIN = timedelta(days=90)


@dataclass(frozen=True)
class CaseLine:
    """A matter as pages show it; `name` of the debtor as this person may read it, empty where there is none; `agency`: what
    the agency is called whose people did it, empty for the house's own."""

    row: BreachCase
    name: str
    said: str
    tone: str
    severity_tone: str
    days_left: int
    agency: str

    @property
    def is_late(self) -> bool:
        return self.row.is_running and self.days_left < 0

    @property
    def days_late(self) -> int:
        return -self.days_left

    @property
    def is_rule(self) -> bool:
        """Whether the rule book has a page about it."""
        return rule_named(self.row.kind) is not None


def chosen(rows: BreachCaseQuerySet, asked: Mapping[str, Any], today: date) -> BreachCaseQuerySet:
    """Those that a filter asks for; without a state those that stand."""
    state = asked.get("state") or ""
    if state != "all":
        rows = rows.filter(state=state) if state else rows.filter(state__in=STANDING)
    if asked.get("overdue"):
        rows = rows.overdue(today)
    if rule := asked.get("rule"):
        rows = rows.filter(kind__in={rule, rule.upper(), rule.lower()})
    for name in ("org", "severity", "source"):
        if value := asked.get(name):
            rows = rows.filter(**{name: value})
    if owner := asked.get("owner"):
        rows = rows.filter(owner__isnull=True) if owner == "none" else rows.filter(owner=owner)
    return rows.with_all()


def lines(rows: list[BreachCase], user: User, today: date) -> list[CaseLine]:
    names = shown_names(user, [row.attempt.case for row in rows if row.attempt is not None])
    agencies = agency_names({row.org for row in rows} - {"", "own"})
    return [
        CaseLine(
            row=row,
            name=names[row.attempt.case_id] if row.attempt is not None else "",
            said=said_of(row.kind),
            tone=TONES[BreachCaseState(row.state)],
            severity_tone=SEVERITY_TONES[row.severity],  # type: ignore[index]
            days_left=row.days_left(today),
            agency="" if row.org in ("", "own") else agencies.get(row.org, row.org),
        )
        for row in rows
    ]


@dataclass(frozen=True)
class StepLine:
    step: BreachStep
    label: str


def steps_of(row: BreachCase, *, kinds: tuple[str, ...] = ()) -> list[StepLine]:
    found = row.steps.select_related("actor").order_by("at", "pk")
    return [
        StepLine(one, str(STEPS.get(one.kind, one.kind))) for one in (found.filter(kind__in=kinds) if kinds else found)
    ]


@dataclass(frozen=True)
class Repeated:
    """How often it happened in the days before, this one not counted: the same person, the same kind, both."""

    same_person: int
    same_kind: int
    both: list[BreachCase]
    days: int = REPEATED_WITHIN.days


def repeated(row: BreachCase) -> Repeated:
    """Without those that were withdrawn or dismissed. Three queries at most."""
    since = row.found_on - REPEATED_WITHIN
    counted = BreachCase.objects.exclude(pk=row.pk).filter(found_on__gte=since, found_on__lte=row.found_on)
    counted = counted.exclude(state__in=[BreachCaseState.WITHDRAWN, BreachCaseState.DISMISSED])
    alike = counted.filter(kind=row.kind)
    if row.user_id is None:
        by_org = counted.filter(org=row.org, user__isnull=True)
        return Repeated(by_org.count(), alike.count(), list(by_org.filter(kind=row.kind).order_by("-pk")[:5]))
    mine = counted.filter(user=row.user_id)
    return Repeated(mine.count(), alike.count(), list(mine.filter(kind=row.kind).order_by("-pk")[:5]))
