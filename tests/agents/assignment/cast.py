"""Collectors with desks, and cases in the pool, for tests of assignment."""

import datetime as dt
from typing import Any

from django.utils import timezone

from cases.models import Case
from collection_ops.core.access import Role
from collection_ops.core.invariants import registered
from collection_ops.core.models import RoleGrant, User
from tests.cases.builders import make_case
from tests.staff import place, qualify

NOW = timezone.now() + dt.timedelta(hours=2)
"""After the custodies that the builders open, also at the end of a long run of tests."""
DAY = timezone.localdate(NOW)


def crew(count: int, *, start: int = 0, unit: str = "team-a", **columns: Any) -> list[User]:
    """So many collectors with a desk and a file (level 5 unless told otherwise)."""
    people = []
    for n in range(start, start + count):
        person = User.objects.create(username=f"hand.{unit}.{n}", display_name=f"催收员{n}", unit=unit)
        RoleGrant.objects.create(user=person, role=Role.COLLECTOR)
        qualify(person)
        place(person, **{"level_set": 5, **columns})
        people.append(person)
    return people


def pool_cases(count: int, **columns: Any) -> list[Case]:
    """M1 cases of different people and amounts, in the pool."""
    return [make_case(**{"days": 10, "total": f"{1000 + 37 * n}", **columns}) for n in range(count)]


def assert_assignment_holds() -> None:
    """The invariants of assignment and custody; the builders' imports are not whole documents."""
    asked = {"I31", "I31b", "I32", "I11", "I4", "I16d"}
    found = [one for one in registered() if one.code in asked]
    assert {one.code for one in found} == asked
    assert {one.code: rows for one in found if (rows := one.find())} == {}
