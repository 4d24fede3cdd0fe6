"""How many queries the pages of targets make, whatever the number of people, cases and contacts."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from agents.models import Target, TargetSet
from collection_ops.core import clock
from collection_ops.core.models import User
from tests.agents.targets.book import NOW, held, new_collector, pay, set_by_hand
from tests.agents.targets.test_measures import talk
from tests.budgets.test_book_queries import own_queries
from tests.staff import make_team, place

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(clock, "now", lambda: NOW)


def grow(collector: User) -> dict[User, str]:
    """Eight more people in two teams, with cases, money and calls."""
    people = {collector: "1000.00"}
    for number in range(8):
        person = new_collector(f"员{number}", make_team(f"team-{'ab'[number % 2]}"), stages=[1, 2])
        people[person] = "2000.00"
        for _n in range(3):
            case = held(person)
            pay(case, 5 + number, "10.00")
            talk(case, person, 6)
    for _n in range(20):
        pay(held(collector), 9, "5.00")
    return people


@pytest.mark.parametrize(
    ("address", "who", "budget"),
    [
        ("/targets/?month=2026-03", "supervisor", 17),
        ("/targets/?month=2026-03&metric=recovery&edit=1", "supervisor", 18),
        ("/targets/person/{person}/?month=2026-03", "supervisor", 28),
        ("/targets/mine/", "collector", 12),
    ],
)
def test_a_page_of_targets_costs_the_same_for_nine_people_as_for_one(
    client_as: Callable[[User], Client], collector: User, supervisor: User, address: str, who: str, budget: int
) -> None:
    place(collector, make_team("team-a"), stages=[1, 2])
    pay(held(collector), 5, "10.00")
    set_by_hand({collector: "1000.00"})
    client = client_as({"supervisor": supervisor, "collector": collector}[who])
    url = address.format(person=collector.pk)
    few = own_queries(client, url)
    Target.objects.all().delete()
    TargetSet.objects.all().delete()
    set_by_hand(grow(collector))
    many = own_queries(client, url)
    assert len(many) <= len(few), "neither people nor cases may cost queries"
    assert len(many) <= budget, "\n".join(many)
