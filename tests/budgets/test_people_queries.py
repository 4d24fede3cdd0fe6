"""How many queries the pages of people make, whatever the number of people, certificates and cases."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.models import Leave
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.selectors_staff import _ON_FILE
from tests.budgets.test_book_queries import own_queries
from tests.cases.builders import desk_of, make_case
from tests.staff import make_team, place, qualify

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cold() -> None:
    cache.clear()


def grow(team_leader: User) -> None:
    """Another team's worth of people in two teams, each with cases and leave behind them."""
    for number in range(12):
        user = create_user(
            username=f"c{number}", display_name=f"催收{number}", password="x", roles=[Role.COLLECTOR], actor=None,
            unit=f"team-{number % 2}",
        )  # fmt: skip
        place(qualify(user))
        make_case(contract_no=f"G{number}", desk=desk_of(user))
        day = timezone.localdate()
        Leave.objects.create(
            user=user, kind="sick", first_day=day, last_day=day, state="approved", asked_at=timezone.now()
        )


@pytest.mark.parametrize(
    ("route", "budget"), [("list", 10), ("list_filtered", 11), ("person", 14), ("leaves", 5), ("teams", 4)]
)
def test_a_page_costs_the_same_for_one_and_for_many(
    client_as: Callable[[User], Client], collector: User, team_leader: User, supervisor: User, route: str, budget: int
) -> None:
    make_team("team-a", leader=team_leader)
    place(collector)
    make_case(desk=desk_of(collector))
    client = client_as(supervisor)
    url = {
        "list_filtered": reverse("people:list") + "?certificate=valid&level=5",
        "person": reverse("people:person", args=[collector.pk]),
        "leaves": reverse("people:leaves") + "?show=all",
    }.get(route) or reverse(f"people:{route}")
    few = own_queries(client, url)
    grow(team_leader)
    many = own_queries(client, url)
    assert len(many) <= budget, "\n".join(many)
    grown_by = 4 if route in ("leaves", "teams") else 0  # an empty table asks for nothing more
    assert len(many) <= len(few) + grown_by


def test_who_may_contact_looks_each_person_up_by_index(collector: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {_ON_FILE}", {"users": [collector.pk], "day": dt.date(2026, 11, 2)})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan on compliance_trainingcertificate" not in plan
    assert "Seq Scan on compliance_staffpaper" not in plan
