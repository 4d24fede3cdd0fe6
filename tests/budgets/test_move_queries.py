"""How many queries the pages of moves make, whatever the number of cases."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from agents.moves.choice import choose
from cases.models import Case
from collection_ops.core import clock
from collection_ops.core.models import User
from tests.access.parts.moves import _assist, _idle
from tests.agents.moves.test_move import colleague
from tests.budgets.test_book_queries import own_queries
from tests.cases.builders import desk_of, make_case

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def test_choosing_costs_the_same_for_many_cases_and_desks(
    client_as: Callable[[User], Client], collector: User, supervisor: User
) -> None:
    client, url = client_as(supervisor), reverse("moves:select")
    make_case(desk=desk_of(collector))
    few = own_queries(client, url)
    for number in range(30):
        make_case(desk=desk_of(collector))
        if number % 6 == 0:
            make_case(desk=desk_of(colleague(f"colleague-{number}")))
    many = own_queries(client, url)
    assert len(many) <= 10, "\n".join(many)
    assert len(many) <= len(few)


def test_a_preview_costs_the_same_for_many_cases(
    client_as: Callable[[User], Client], collector: User, supervisor: User
) -> None:
    client, other = client_as(supervisor), colleague()

    def page(cases: int) -> list[str]:
        for _number in range(cases):
            make_case(debtor=make_case(desk=desk_of(collector)).loan.debtor)
        chosen = Case.objects.filter(desk=desk_of(collector))
        choice = choose(cases=chosen, desk=desk_of(other), reason="调整", actor=supervisor, now=clock.now())
        return own_queries(client, reverse("moves:choice", args=[choice.pk]))

    few = page(1)
    many = page(25)
    assert len(many) <= 15, "\n".join(many)
    assert len(many) <= len(few)


@pytest.mark.parametrize(("route", "budget"), [("moves:rotation", 3), ("moves:assists", 3)])
def test_a_list_costs_the_same_for_many_lines(
    client_as: Callable[[User], Client], collector: User, team_leader: User, supervisor: User, route: str, budget: int
) -> None:
    cast = {"collector": collector, "team_leader": team_leader, "supervisor": supervisor}
    client, url = client_as(supervisor), reverse(route)

    def add(number: int) -> None:
        for _one in range(number):
            _idle(cast)
            _assist(cast)

    add(1)
    few = own_queries(client, url)
    add(12)
    many = own_queries(client, url)
    assert len(many) <= budget, "\n".join(many)
    assert len(many) <= len(few)
