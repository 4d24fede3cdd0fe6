"""How many queries the complaint desk and the intake form make, whatever the number of complaints."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Desk
from collection_ops.core.models import User
from compliance.complaints.register import Said, Whose, receive
from compliance.models import Complaint, ComplaintRound, ComplaintSubject
from tests.budgets.test_book_queries import own_queries
from tests.cases.builders import desk_of, make_case

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def grow(case: Case, collector: User, count: int) -> None:
    """Complaints of several people about a collector, an agency and a fee, half of them by this case's customer."""
    now, today = timezone.now(), timezone.localdate()
    others = [make_case(desk=case.desk).loan.debtor for _number in range(4)]
    made = Complaint.objects.bulk_create(
        Complaint(
            debtor=case.loan.debtor if number % 2 else others[number % 4], source="hotline", type="service",
            category="service", severity=1 + number % 3, received_at=now, received_on=today, narrative="样例",
            due_on=today, recorded_by=collector, recorded_at=now,
        )
        for number in range(count)
    )  # fmt: skip
    ComplaintRound.objects.bulk_create(
        ComplaintRound(complaint=one, number=1, started_on=today, due_on=today) for one in made
    )
    ComplaintSubject.objects.bulk_create(
        [ComplaintSubject(complaint=one, about="collector", user=collector) for one in made]
        + [ComplaintSubject(complaint=one, about="agency", org="agency-1") for one in made]
    )


@pytest.fixture
def case(collector: User) -> Case:
    Desk.objects.create(code="agency-1", name="诚信委外", kind="agency")
    return make_case(desk=desk_of(collector))


@pytest.mark.parametrize(
    ("query", "budget"), [("", 7), ("?state=all", 7), ("?about=agency&handler=none&due=soon&severity=3", 7)]
)
def test_the_desk_costs_the_same_for_two_hundred(
    client_as: Callable[[User], Client], case: Case, collector: User, team_leader: User, query: str, budget: int
) -> None:
    client, url = client_as(team_leader), reverse("compliance:complaints") + query
    grow(case, collector, 4)
    few = own_queries(client, url)
    grow(case, collector, 200)
    many = own_queries(client, url)
    assert len(many) <= budget, "\n".join(many)
    assert len(many) <= len(few)


def test_the_form_costs_the_same_whatever_was_complained_of_before(
    client_as: Callable[[User], Client], case: Case, collector: User, compliance_officer: User
) -> None:
    client, url = client_as(compliance_officer), reverse("compliance:complaint_new_for", args=[case.pk])
    now = timezone.now()
    receive(
        said=Said(source="hotline", type="service", narrative="样例", received_at=now),
        whose=Whose(debtor=case.loan.debtor, case=case), accused=(), actor=None, now=now,
    )  # fmt: skip
    few = own_queries(client, url)
    grow(case, collector, 40)
    many = own_queries(client, url)
    assert len(many) <= 17, "\n".join(many)
    assert len(many) <= len(few) + 2, "names of people and agencies complained about"


def test_the_first_page_of_the_desk_is_read_from_its_index(case: Case, collector: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        plan = Complaint.objects.open().order_by("due_on", "-severity", "pk")[:51].explain()
    assert "complaint_desk_idx" in plan
