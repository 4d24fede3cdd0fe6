"""How many queries the registers of breaches and of incidents make, whatever their size."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.models import User
from compliance.breaching import handling
from compliance.incidents.register import CameFrom, Told, register_incident
from compliance.models import BreachCase
from tests.budgets.test_book_queries import own_queries
from tests.compliance.breaching.test_list_page import night_call
from tests.compliance.conftest import person as person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def test_the_registers_cost_the_same_for_one_row_as_for_many(
    client_as, person, collector: User, supervisor: User, compliance_officer: User, manager: User
):
    now = clock.now()

    def add(first: int, last: int) -> None:
        for minute in range(first, last):
            night_call(person, f"22:{minute}", actor=collector, org="own")
            told = Told(type="media", known_at=now, what="视频")
            register_incident(told=told, came_from=CameFrom(), owner=manager, actor=manager, now=now)

    add(10, 11)
    first = BreachCase.objects.get()
    handling.take(row=first, owner=supervisor, actor=compliance_officer, now=now)
    client = client_as(compliance_officer)
    pages = {
        reverse("compliance:breaches"): 5,
        reverse("compliance:breach", args=[first.pk]): 8,
        reverse("compliance:incidents"): 5,
    }
    few = {url: own_queries(client, url) for url in pages}
    add(11, 25)
    for url, budget in pages.items():
        many = own_queries(client, url)
        assert len(many) <= min(budget, len(few[url])), f"{url}: {len(many)}\n" + "\n".join(many)
