"""Figures of the register for reports and the compliance desk."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from compliance.models import STANDING, TO_REMEDY, BreachCase, BreachCaseState, BreachSeverity
from compliance.models.breach_case import BreachCaseQuerySet


@dataclass(frozen=True)
class MonthFigures:
    """Matters found in a span of days. `found`: without those that were withdrawn or dismissed since; `by_…` split it.
    `closed`: of them, found settled; `in_time`: of these, put right within their days; `standing`: still to be dealt with;
    `overdue`: of them, not put right by the last day. `dismissed`, `withdrawn`: not counted in `found`.
    """

    found: int
    closed: int
    in_time: int
    standing: int
    overdue: int
    dismissed: int
    withdrawn: int
    by_severity: Mapping[int, int]
    by_source: Mapping[str, int]
    by_kind: Mapping[str, int]
    by_org: Mapping[str, int]


def month(first: date, last: date) -> MonthFigures:
    """What was found from `first` to `last`, both included, as the register has it now. Five queries, whatever its size."""
    rows = BreachCase.objects.filter(found_on__gte=first, found_on__lte=last)
    counted = rows.exclude(state__in=[BreachCaseState.DISMISSED, BreachCaseState.WITHDRAWN])
    closed, standing, late = Q(state=BreachCaseState.CLOSED), Q(state__in=STANDING), Q(state__in=TO_REMEDY)
    sums = rows.aggregate(
        closed=Count("pk", filter=closed, distinct=True),
        in_time=Count("pk", filter=closed & Q(steps__kind="closed", steps__data__in_time=True), distinct=True),
        standing=Count("pk", filter=standing, distinct=True),
        overdue=Count("pk", filter=late & Q(due_on__lt=last), distinct=True),
        dismissed=Count("pk", filter=Q(state=BreachCaseState.DISMISSED), distinct=True),
        withdrawn=Count("pk", filter=Q(state=BreachCaseState.WITHDRAWN), distinct=True),
    )
    return MonthFigures(
        found=sums["closed"] + sums["standing"],
        closed=sums["closed"],
        in_time=sums["in_time"],
        standing=sums["standing"],
        overdue=sums["overdue"],
        dismissed=sums["dismissed"],
        withdrawn=sums["withdrawn"],
        by_severity=_split(counted, "severity"),
        by_source=_split(counted, "source"),
        by_kind=_split(counted, "kind"),
        by_org=_split(counted, "org"),
    )


def _split(rows: "QuerySet[BreachCase]", column: str) -> dict[Any, int]:
    return dict(rows.values_list(column).annotate(n=Count("pk")).order_by("-n", column))


@dataclass(frozen=True)
class Standing:
    """What stands in the register now."""

    open: int
    in_hand: int
    remedied: int
    overdue: int
    critical: int

    @property
    def all(self) -> int:
        return self.open + self.in_hand + self.remedied


def standing(rows: BreachCaseQuerySet, today: date) -> Standing:
    """Of `rows` (those that somebody may see), how many stand. One query."""
    counts = rows.standing().aggregate(
        open=Count("pk", filter=Q(state=BreachCaseState.OPEN)),
        in_hand=Count("pk", filter=Q(state=BreachCaseState.IN_HAND)),
        remedied=Count("pk", filter=Q(state=BreachCaseState.REMEDIED)),
        overdue=Count("pk", filter=Q(state__in=TO_REMEDY, due_on__lt=today)),
        critical=Count("pk", filter=Q(severity=BreachSeverity.CRITICAL)),
    )
    return Standing(**counts)
