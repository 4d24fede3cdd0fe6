"""Lists by cursor."""

import pytest

from cases.models import Case
from tests.api.conftest import program
from tests.cases.builders import desk_of, make_case

pytestmark = pytest.mark.django_db


def walked(crm, limit: int, **query) -> list[int]:
    found: list[int] = []
    cursor = None
    while True:
        page = crm.get("cases/", {"limit": limit, **query, **({"cursor": cursor} if cursor else {})}).json()
        assert len(page["results"]) <= limit
        found += [case["id"] for case in page["results"]]
        cursor = page["next"]
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 200])
def test_page_by_page_every_case_comes_once(world, limit):
    assert walked(program(), limit) == sorted(Case.objects.values_list("pk", flat=True))


def test_what_arrives_meanwhile_puts_no_row_twice_or_out(world, collector):
    crm = program()
    first = crm.get("cases/", {"limit": 2}).json()
    late = make_case(desk=desk_of(collector))
    rest = crm.get("cases/", {"limit": 2, "cursor": first["next"]}).json()
    ids = [case["id"] for case in (*first["results"], *rest["results"])]
    assert ids == sorted({*ids}) and late.pk in ids


def test_filters_narrow(world):
    crm = program()
    make_case(days=200)
    closed = make_case()
    Case.objects.filter(pk=closed.pk).update(closed_on=closed.as_of, close_reason="paid", desk=None)
    assert len(walked(crm, 50, stage="M2")) == 3 and len(walked(crm, 50, stage="M7+")) == 1
    assert walked(crm, 50, status="closed") == [closed.pk] and len(walked(crm, 50, status="all")) == 5
    assert walked(crm, 50, desk="agency-b") == [world.at_b.pk]
    assert walked(crm, 50, updated_since="2026-04-01") == [] and len(walked(crm, 50, updated_since="2026-03-31")) == 4
    assert closed.pk in walked(program(org="own"), 50, status="all")
    assert closed.pk not in walked(program(org="agency-a"), 50, status="all")


def test_a_page_costs_the_same_number_of_queries_however_long_it_is(world, django_assert_num_queries):
    crm = program()
    crm.get("cases/")
    for _more in range(20):
        make_case()
    with django_assert_num_queries(3):  # the token, its count, the page
        assert len(crm.get("cases/").json()["results"]) == 23
    with django_assert_num_queries(4):  # and the contact points
        crm.get(f"cases/{world.own.pk}/")
