"""How many queries one complaint and what belongs to it cost, whatever has been done about it."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.complaints.ending import close_answered
from compliance.complaints.handling import note
from compliance.complaints.register import Accused
from compliance.models import About, Complaint, ComplaintSubject
from tests.budgets.test_book_queries import own_queries
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.builders import complained, decided, handled

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cold() -> None:
    cache.clear()


@pytest.fixture
def one(collector: User, compliance_officer: User, manager: User) -> Complaint:
    now = timezone.now()
    made = complained(make_case(desk=desk_of(collector)), Accused(About.COLLECTOR, collector), now=now, received_at=now)
    handled(made, compliance_officer, by=manager, now=now)
    return decided(made, compliance_officer, now=now)


def grow(one: Complaint, officer: User) -> None:
    """Fifty steps more, ten people more, each with a task; a contract and a duplicate more."""
    for number in range(50):
        note(complaint=one, words=f"第 {number} 次核查", actor=officer, now=timezone.now())
    for number in range(10):
        user = create_user(
            username=f"c{number}", display_name=f"催收{number}", password="x", roles=[Role.COLLECTOR], actor=None,
            unit="team-x",
        )  # fmt: skip
        ComplaintSubject.objects.create(complaint=one, about="collector", user=user)
    decided(one, officer, now=timezone.now())
    for _number in range(3):
        case = make_case(debtor=one.debtor)
        one.loans.add(case.loan)


@pytest.mark.parametrize(
    ("route", "budget"),
    [("complaint", 18), ("complaint_decide", 6), ("complaint_correct", 9), ("complaint_blast", 16)],
)
def test_a_page_of_one_complaint_costs_the_same_for_much_as_for_little(
    client_as: Callable[[User], Client], one: Complaint, compliance_officer: User, route: str, budget: int
) -> None:
    client, url = client_as(compliance_officer), reverse(f"compliance:{route}", args=[one.pk])
    few = own_queries(client, url)
    grow(one, compliance_officer)
    many = own_queries(client, url)
    assert len(many) == len(few), "\n".join(many)
    assert len(few) <= budget, "\n".join(few)


@pytest.mark.parametrize(("route", "budget"), [("staff_tasks", 4), ("complaint_follow_ups", 3)])
def test_a_list_costs_the_same_for_one_and_for_many(
    client_as: Callable[[User], Client], one: Complaint, compliance_officer: User, manager: User, collector: User,
    route: str, budget: int,
) -> None:  # fmt: skip
    def close(made: Complaint) -> None:
        close_answered(
            complaint=made, answered="电话", without_letter="要求", actor=compliance_officer, now=timezone.now()
        )

    close(one)
    client, url = client_as(compliance_officer), reverse(f"compliance:{route}") + "?show=all"
    few = own_queries(client, url)
    for _number in range(4):
        now = timezone.now()
        more = complained(None, Accused(About.COLLECTOR, collector), now=now, received_at=now)
        handled(more, compliance_officer, by=manager, now=now)
        close(decided(more, compliance_officer, now=now))
    many = own_queries(client, url)
    assert len(many) == len(few), "\n".join(many)
    assert len(few) <= budget, "\n".join(few)
