"""How many queries the lists of referrals and suggestions make, whatever the number of rows."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.models import User
from compliance.suggestions.filing import file_suggestion, second
from tests.budgets.test_book_queries import own_queries
from tests.cases.builders import make_case
from tests.compliance.routing.cast import asked, department

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@pytest.mark.parametrize("shown", ["to_me", "all"])
def test_the_list_of_referrals_costs_the_same_for_many(
    client_as: Callable[[User], Client], supervisor: User, shown: str
) -> None:
    to, case = department(supervisor), make_case()
    client, url = client_as(supervisor), f"{reverse('compliance:referrals')}?show={shown}"

    def add(number: int) -> None:
        for _one in range(number):
            asked(to, supervisor, case=case, now=clock.now())

    add(1)
    few = own_queries(client, url)
    add(30)
    many = own_queries(client, url)
    assert len(many) <= 4, "\n".join(many)
    assert len(many) <= len(few)


def test_the_list_of_suggestions_costs_the_same_for_many(
    client_as: Callable[[User], Client], collector: User, supervisor: User
) -> None:
    client, url = client_as(supervisor), reverse("compliance:suggestions")

    def add(number: int) -> None:
        for _one in range(number):
            one = file_suggestion(area="system", text="慢", actor=collector, now=clock.now())
            second(suggestion=one, actor=supervisor, now=clock.now())

    add(1)
    few = own_queries(client, url)
    add(30)
    many = own_queries(client, url)
    assert len(many) <= 2, "\n".join(many)
    assert len(many) <= len(few)
