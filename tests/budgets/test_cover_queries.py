"""How many queries the pages of covers make, whatever the number of people, absences and cases."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse

from agents.models import Cover, Leave
from cases.models import Case
from cases.services.promises import make_promise
from collection_ops.core import clock
from collection_ops.core.models import User
from tests.agents.cover.conftest import arranged as arranged
from tests.agents.cover.conftest import at, collector_named, march
from tests.agents.cover.conftest import case_of as case_of
from tests.agents.cover.conftest import helper as helper
from tests.agents.cover.conftest import owner as owner
from tests.budgets.test_book_queries import own_queries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    for name in ("now", "database_now"):
        monkeypatch.setattr(clock, name, lambda: at(9))


def absent(user: User, case_of: Callable[..., Case], cases: int) -> Leave:
    for _n in range(cases):
        case = case_of(user)
        make_promise(case=case, amount=Decimal("500.00"), due_on=march(11), actor=user, now=at(9))
    return Leave.objects.create(
        user=user, kind="annual", first_day=march(10), last_day=march(12), state="approved", asked_at=at(1)
    )


def test_the_calendar_and_arranging_cost_the_same_for_many_people_and_cases(
    client_as, team_leader, owner, helper, case_of
):
    leave = absent(owner, case_of, 1)
    client = client_as(team_leader)
    pages = {"calendar": reverse("cover:calendar"), "arrange": reverse("cover:arrange")}
    pages["arrange"] += f"?owner={owner.pk}&leave={leave.pk}"
    budgets = {"calendar": 13, "arrange": 29}
    few = {name: own_queries(client, url) for name, url in pages.items()}
    absent(helper, case_of, 3)
    for n in range(6):
        absent(collector_named(f"many.{n}", f"多人{n}"), case_of, 2)
        case_of(owner)
    collector_named("free.one", "有空的")
    for name, url in pages.items():
        many = own_queries(client, url)
        assert len(many) <= budgets[name], f"{name}: {len(many)}\n" + "\n".join(many)
        assert len(many) <= len(few[name]), f"{name}: {len(few[name])} → {len(many)}"


def test_a_covers_page_costs_the_same_for_many_cases(client_as, team_leader, owner, helper, arranged, case_of):
    absent(owner, case_of, 1)
    [cover] = arranged(helper, first=9)
    client, url = client_as(team_leader), reverse("cover:cover", args=[cover.pk])
    few = own_queries(client, url)
    Cover.objects.filter(pk=cover.pk).update(state="ended", ended_at=at(9))
    cover.lent.update(until=at(9), fate="returned")
    for _n in range(12):
        case_of(owner)
    Leave.objects.all().delete()
    [other] = arranged(helper, first=9)
    many = own_queries(client, reverse("cover:cover", args=[other.pk]))
    assert len(many) <= 32, f"{len(many)}\n" + "\n".join(many)
    assert len(many) <= len(few), f"{len(few)} → {len(many)}"
