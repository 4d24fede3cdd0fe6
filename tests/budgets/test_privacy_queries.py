"""How many queries the pages about looking, keeping and requests make, whatever the number of rows."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.keeping.legal import place_legal_hold
from compliance.keeping.requests import Asked, receive_request
from compliance.keeping.runs import draft_run
from tests.budgets.test_book_queries import own_queries
from tests.cases.builders import desk_of, make_case
from tests.compliance.disclosure.test_watch import TUESDAY, at, looked
from tests.compliance.keeping.test_retention import RECORDED, contacted, settle

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


@pytest.mark.parametrize(
    ("route", "budget"), [("retention", 5), ("legal_holds", 5), ("data_requests", 5), ("retention_run", 10)]
)
def test_lists_of_keeping_cost_the_same_for_few_and_for_many(
    client_as: Callable[[User], Client], compliance_officer: User, collector: User, route: str, budget: int
) -> None:
    client = client_as(compliance_officer)
    now = at("11:00", day=dt.date(2026, 3, 2))

    def grow(count: int) -> None:
        for _number in range(count):
            case = settle(make_case(desk=desk_of(collector)))
            if route == "retention_run":
                contacted(case, at("10:00", day=RECORDED))
            else:
                place_legal_hold(debtor=case.loan.debtor, reason="诉讼", actor=compliance_officer, now=now)
                asked = Asked(kind="copy", details="请提供副本", received_at=now)
                receive_request(debtor=case.loan.debtor, asked=asked, actor=compliance_officer, now=now)

    def counted() -> list[str]:
        ids = [draft_run(actor=compliance_officer, now=now).pk] if route == "retention_run" else []
        return own_queries(client, reverse(f"compliance:{route}", args=ids))

    grow(1)
    few = counted()
    grow(6)
    cache.clear()
    many = counted()
    assert len(many) == len(few), "\n".join(query[:200] for query in many)
    assert len(many) <= budget, "\n".join(query[:200] for query in many)
