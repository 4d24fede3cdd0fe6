"""How many queries the pages of the disclosure watch make, whatever the number of people and events."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from tests.budgets.test_book_queries import own_queries
from tests.cases.builders import desk_of, make_case
from tests.compliance.disclosure.test_watch import TUESDAY, at, looked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cold() -> None:
    cache.clear()


@pytest.mark.parametrize(("route", "budget"), [("week", 6), ("person", 9)])
def test_a_page_of_the_watch_costs_the_same_for_few_and_for_many(
    client_as: Callable[[User], Client], collector: User, compliance_officer: User, route: str, budget: int
) -> None:
    from compliance.disclosure.watch import watch

    looked(collector, make_case(desk=desk_of(collector)), at())
    watch(now=at("11:00"))
    client = client_as(compliance_officer)
    url = (
        reverse("compliance:disclosure")
        if route == "week"
        else reverse("compliance:disclosure_person", args=[collector.pk])
    )
    url = f"{url}?week={TUESDAY.isoformat()}"
    few = own_queries(client, url)
    for number in range(12):
        user = create_user(
            username=f"c{number}", display_name=f"催收{number}", password="x", roles=[Role.COLLECTOR], actor=None
        )
        case = make_case(desk=desk_of(user))
        looked(user, case, at("11:00"))
        looked(collector, case, at("11:00") + dt.timedelta(minutes=number))
    watch(now=at("12:00"))
    cache.clear()
    many = own_queries(client, url)
    assert len(many) == len(few), [query[:120] for query in many]
    assert len(many) <= budget, "\n".join(query[:200] for query in many)
