"""For those who deal out cases: who has lent them all out, and which cases are only lent."""

import datetime as dt
from collections.abc import Collection

from agents.models import OPEN_COVERS, Cover, CoverCase


def covered_people(day: dt.date) -> set[int]:
    """Ids of those who are covered on `day`: new cases do not go to them. One query."""
    found = Cover.objects.filter(state__in=OPEN_COVERS, first_day__lte=day, last_day__gte=day)
    return set(found.values_list("owner_id", flat=True))


def lent_cases(cases: Collection[int]) -> dict[int, int]:
    """Of `cases` those that are lent: id → the owner's id. They come back by themselves. One query."""
    found = CoverCase.objects.filter(case__in=cases, until__isnull=True)
    return dict(found.values_list("case_id", "cover__owner_id"))
