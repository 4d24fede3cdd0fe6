"""How many queries the pages of KPIs make, whatever there is in them."""

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from reports.models import KpiInput
from reports.reference import seed_kpis
from tests.budgets.test_book_queries import own_queries
from tests.cases.builders import make_source

pytestmark = pytest.mark.django_db


def test_the_list_of_definitions_costs_one_query_for_all_versions(client_as, manager):
    cache.clear()
    client, url = client_as(manager), reverse("reports:kpi_definitions")
    few = own_queries(client, url)
    seed_kpis()
    assert len(own_queries(client, url)) == len(few) <= 2


def test_one_definition_costs_the_same_with_its_versions(client_as, manager):
    cache.clear()
    client, url = client_as(manager), reverse("reports:kpi_definition", args=["effective_talk_rate"])
    few = own_queries(client, url)
    seed_kpis()
    assert len(own_queries(client, url)) == len(few) <= 6


def test_inputs_cost_the_same_for_one_as_for_thirty(client_as, finance):
    cache.clear()
    client, url = client_as(finance), reverse("reports:kpi_inputs")

    def add(count):
        KpiInput.objects.bulk_create(
            KpiInput(
                month="2026-03-01", what="amount_due", source=make_source(), yuan=n, entered_by=finance,
                entered_at=timezone.now(),
            )
            for n in range(count)
        )  # fmt: skip

    add(1)
    few = own_queries(client, url)
    add(30)
    assert len(own_queries(client, url)) == len(few) <= 6
