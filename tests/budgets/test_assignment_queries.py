"""How many queries the pages of assignment make, whatever the number of cases, desks and moves."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.models import FairnessEntry, RunState
from collection_ops.core.models import User
from tests.agents.assignment.by_hand import run_by_hand
from tests.agents.assignment.cast import crew
from tests.budgets.test_book_queries import own_queries
from tests.cases.builders import desk_of, make_case

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def grow(supervisor: User, *, start: int, people: int, cases: int) -> None:
    """More collectors with cases, a pool of several stages, and runs with their ledger."""
    desks = [desk_of(person) for person in crew(people, start=start)]
    for number in range(cases):
        make_case(days=10 + number % 200, total=f"{number % 30}00.00")
        make_case(days=20 + number, desk=desks[number % len(desks)])
    run = run_by_hand(
        [make_case() for _case in range(cases)], desks, kept=[make_case()], planned_by=supervisor,
        state=RunState.APPLIED, applied_at=timezone.now(),
    )  # fmt: skip
    run_by_hand([make_case()], desks[:1], planned_by=supervisor)
    today = timezone.localdate()
    FairnessEntry.objects.bulk_create(
        FairnessEntry(run=run, user=desk.owner, day=today, stage=1, dealt="5.00", share="4.00") for desk in desks
    )


@pytest.mark.parametrize(
    ("route", "budget"), [("board", 18), ("run", 10), ("fairness", 4), ("rules", 4)], ids=lambda v: str(v)
)
def test_a_page_costs_the_same_for_a_small_house_and_a_large_one(
    client_as: Callable[[User], Client], supervisor: User, route: str, budget: int
) -> None:
    grow(supervisor, start=0, people=2, cases=3)
    run = run_by_hand([make_case()], [desk_of(crew(1, start=90)[0])])
    client = client_as(supervisor)
    few = own_queries(client, reverse(f"assignment:{route}", args=[run.pk] if route == "run" else []))
    grow(supervisor, start=10, people=12, cases=45)
    if route == "run":
        run = run_by_hand([make_case() for _n in range(60)], [desk_of(one) for one in crew(9, start=50)])
    many = own_queries(client, reverse(f"assignment:{route}", args=[run.pk] if route == "run" else []))
    assert len(many) <= budget, "\n".join(many)
    assert len(many) <= len(few) + 1, "\n".join(many)
