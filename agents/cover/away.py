"""For those who deal out cases: who has lent theirs, and gets no new ones until they are back."""

import datetime as dt

from agents.models import OPEN_COVERS, Cover


def covered_people(day: dt.date) -> set[int]:
    """Ids of those who are covered on `day`: new cases do not go to them. One query."""
    found = Cover.objects.filter(state__in=OPEN_COVERS, first_day__lte=day, last_day__gte=day)
    return set(found.values_list("owner_id", flat=True))
