"""How many queries the team board and a person's day make, whatever the number of people and of contacts."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.models import User
from compliance.reference import seed_codes
from compliance.services.log import record_past
from tests.agents.people.test_board import a_morning, case_of, colleague
from tests.budgets.test_book_queries import own_queries
from tests.compliance.conftest import monday
from tests.staff import place

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _eleven(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    seed_codes()
    monkeypatch.setattr(clock, "now", lambda: monday("11:00"))


def test_the_board_costs_the_same_for_three_people_and_for_thirty(
    client_as: Callable[[User], Client], collector: User, supervisor: User
) -> None:
    place(collector)
    a_morning(collector)
    people = [colleague(name=f"同事{number}") for number in range(2)]
    client, url = client_as(supervisor), reverse("people:team_board")
    few = own_queries(client, url)
    people += [colleague(f"team-{number % 3}", f"同事{number}") for number in range(2, 29)]
    for person in people:
        case = case_of(person)
        for hour in (1, 2):
            record_past(
                case=case, point=None, channel="call", result="right_party", actor=person, now=monday("11:00"),
                started_at=monday("11:00") - dt.timedelta(hours=hour),
            )  # fmt: skip
    many = own_queries(client, url)
    assert len(many) <= 16, "\n".join(many)
    assert len(many) <= len(few), "people may not cost queries"


def test_a_day_costs_the_same_for_one_contact_and_for_many(
    client_as: Callable[[User], Client], collector: User, supervisor: User
) -> None:
    place(collector)
    a_morning(collector)
    client, url = client_as(supervisor), reverse("people:day", args=[collector.pk])
    few = own_queries(client, url)
    for number in range(20):
        record_past(
            case=case_of(collector), point=None, channel="call", result="no_answer", actor=collector,
            now=monday("11:00"), started_at=monday("09:00") + dt.timedelta(minutes=number),
        )  # fmt: skip
    many = own_queries(client, url)
    assert len(many) <= 13, "\n".join(many)
    assert len(many) <= len(few)
