"""How many queries the compliance desk makes, whatever waits on it."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from collection_ops.core.models import User
from compliance.models import QualityCheck
from compliance.quality import appeals
from compliance.quality.checking import save_opinion
from tests.budgets.test_book_queries import own_queries
from tests.compliance.quality.builders import NEXT_WEEK, checker, drawn, given, week_of_talks
from tests.compliance.quality.test_from_check_to_appeal import share

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def test_the_desk_asks_the_same_for_two_checks_and_for_many(
    collector: User, compliance_officer: User, client_as: Callable[[User], Client]
) -> None:
    share(100)
    week_of_talks(collector, 160)
    client, other = client_as(checker("b")), checker("c")
    checks = list(drawn().checks.order_by("pk"))
    counts = []
    for some in (checks[:2], checks[2:]):
        for number, check in enumerate(some):
            save_opinion(check=check, kind="first", given=given(1), submit=True, actor=other, now=NEXT_WEEK)
            if number % 2:
                appeals.make_appeal(check=check, reason="不服", actor=collector, now=NEXT_WEEK)
        client.get(reverse("compliance:desk"))
        counts.append(len(own_queries(client, reverse("compliance:desk"))))
    assert QualityCheck.objects.filter(appeal__isnull=False).count() > 2
    assert counts[0] == counts[1] <= 12, counts
