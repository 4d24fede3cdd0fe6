"""How many queries reviews, appraisals and rewards make, whatever the number of people."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agents.reviews.month_facts import month_facts
from tests.access.parts.reviews import last_month, make_appraisal, make_reward, make_week
from tests.agents.reviews.month import APRIL, MARCH, at, breach, call, case_of, complain, hired, pay
from tests.budgets.test_book_queries import own_queries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def grow(leader, manager, first: int, last: int) -> None:
    for number in range(first, last):
        user = hired(f"many.{number}", f"人员{number}")
        make_week(user, leader)
        make_week(user, leader, week=dt.date(2026, 3, 2), state="acknowledged")
        make_appraisal(user, leader)
        make_reward(user, leader, manager)


@pytest.mark.parametrize(("route", "budget"), [("weeks", 6), ("appraisals", 6), ("rewards", 6)])
def test_a_list_costs_the_same_for_two_people_as_for_twelve(client_as, supervisor, team_leader, manager, route, budget):
    client, url = client_as(supervisor), f"{reverse(f'reviews:{route}')}?month={last_month():%Y-%m}"
    grow(team_leader, manager, 0, 2)
    few = own_queries(client, url)
    grow(team_leader, manager, 2, 12)
    many = own_queries(client, url)
    assert len(many) <= min(budget, len(few)), "\n".join(many)


def test_one_week_one_appraisal_and_one_reward_have_a_fixed_price(client_as, supervisor, team_leader, manager):
    user = hired("one", "一人")
    week = make_week(user, team_leader, state="draft")
    row, reward = make_appraisal(user, team_leader), make_reward(user, team_leader, manager)
    client = client_as(supervisor)
    for url, budget in (
        (reverse("reviews:week", args=[user.pk, week.week.isoformat()]), 9),
        (reverse("reviews:appraisal", args=[row.pk]), 4),
        (reverse("reviews:reward", args=[reward.pk]), 3),
    ):
        queries = own_queries(client, url)
        assert len(queries) <= budget, "\n".join(queries)


def test_a_month_of_twelve_people_is_gathered_with_as_many_queries_as_that_of_two():
    people = [hired(f"many.{number}", f"人员{number}") for number in range(12)]
    for user in people:
        case = case_of(user)
        pay(case, 5, "100.00")
        breach(call(case, user, at(4)))
        complain(case, user, at(6))
    spent = []
    for users in (people[:2], people):
        month_facts(month=MARCH, users=[user.pk for user in users], now=APRIL)
        with CaptureQueriesContext(connection) as captured:
            month_facts(month=MARCH, users=[user.pk for user in users], now=APRIL)
        spent.append(len(captured))
    assert spent[0] == spent[1] <= 18
