"""How many queries the dashboards make, whatever the number of rows. When a number changes: look, then re-record.

Most are KPIs: each is asked of the month, of the period before and of the months of its trend, in three statements (which
version, which files, the figures), and a question that two parts of the page share is asked once.
"""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.urls import reverse

from tests.budgets.test_book_queries import own_queries
from tests.cases.builders import AS_OF, add_position, desk_of, make_case
from tests.reports.dashboards.conftest import MARCH, _tenth_of_april, agency_desk, pay  # noqa: F401
from tests.staff import make_team, place


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@pytest.mark.parametrize(
    ("route", "arguments", "who", "budget"),
    [
        ("reports:overview", [], "supervisor", 64),
        ("reports:overview", [], "team_leader", 64),
        ("reports:overview_part", ["today"], "supervisor", 23),
        ("reports:overview_part", ["ahead"], "supervisor", 8),
        ("reports:overview_part", ["activity"], "supervisor", 15),
        ("reports:overview_part", ["movement"], "supervisor", 9),
        ("reports:rollers", [], "supervisor", 6),
        ("reports:manager", [], "manager", 142),
        ("reports:intake", [], "clerk", 10),
        ("reports:mine", [], "collector", 44),
    ],
)
def test_a_dashboard_costs_the_same_for_four_cases_as_for_forty(
    client_as: Callable, collector, request, route, arguments, who, budget
):
    place(collector, make_team("team-a"))
    client, url = client_as(request.getfixturevalue(who)), reverse(route, args=arguments)

    def add(number: int) -> None:
        for at in range(number):
            desk = (desk_of(collector), agency_desk())[at % 2]
            case = make_case(days=20 + at, as_of=MARCH, desk=desk, product=f"产品{at % 3}", total="100.00")
            add_position(case, AS_OF.replace(month=4, day=10), days=30 * (at % 3 + 1), total="90.00")
            pay(case, "10.00", 2)

    add(4)
    few = own_queries(client, url)
    add(36)
    many = own_queries(client, url)
    assert len(many) <= budget, "\n".join(many)
    assert len(many) - len(few) <= 1, "rows must not cost queries"


@pytest.mark.parametrize("name", ["recovery_rate", "roll_forward_rate", "stage_distribution", "entered", "money_in"])
def test_rows_cost_the_same_for_four_as_for_forty(client_as: Callable, supervisor, name):
    client, url = client_as(supervisor), reverse("reports:rows", args=[name])

    def add(number: int) -> None:
        for at in range(number):
            case = make_case(days=20 + at, as_of=MARCH)
            add_position(case, AS_OF.replace(month=4, day=10), days=31 + at, total="90.00")
            pay(case, "10.00", 2)

    add(4)
    few = own_queries(client, url)
    add(36)
    many = own_queries(client, url)
    assert len(many) == len(few) <= 20, "\n".join(many)
