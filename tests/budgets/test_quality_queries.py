"""How many queries the list of quality checks makes: the same for three checks and for three hundred."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collection_ops.core.models import User
from compliance.models import QualityCheck, SamplingPlan
from compliance.quality.plans import plan_on
from compliance.quality.reference import seed_quality
from tests.budgets.test_book_queries import own_queries
from tests.compliance.quality.builders import drawn, week_of_talks

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("role", "show"), [("officer", "all"), ("officer", "queue"), ("collector", "done")])
def test_the_list_costs_the_same_for_three_checks_and_for_three_hundred(
    client_as: Callable[[User], Client], collector: User, compliance_officer: User, role: str, show: str
) -> None:
    def counted() -> int:
        cache.clear()
        client = client_as(compliance_officer if role == "officer" else collector)
        return len(own_queries(client, f"{reverse('compliance:quality')}?show={show}"))

    def have(number: int) -> None:
        week_of_talks(collector, number)
        drawn()
        if show == "done":
            QualityCheck.objects.update(
                state="done", score=90, passed=True, first_score=90, first_passed=True, done_at=timezone.now(),
                checker=compliance_officer,
            )  # fmt: skip

    seed_quality()
    whole = plan_on(timezone.localdate())
    SamplingPlan.objects.create(
        valid_from=whole.valid_from, collector_share=100, agency_share=100, least=0, most=1000, weights={}, reason="全检",
        saved_at=timezone.now(),
    )  # fmt: skip
    have(3)
    few = counted()
    have(297)
    assert QualityCheck.objects.count() == 300
    assert counted() <= few <= 13
