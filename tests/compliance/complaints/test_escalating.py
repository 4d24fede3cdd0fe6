"""Time running out: who is told at which part of it, once, and never whoever the complaint is about."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Case
from collection_ops.core.access import Role
from collection_ops.core.models import Notification, User
from collection_ops.core.notification_texts import sentence
from collection_ops.core.services.accounts import create_user
from compliance.complaints.escalating import Due, People, decide, escalate, reached
from compliance.complaints.handling import assign, extend
from compliance.complaints.register import Accused
from compliance.models import About, Complexity
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.test_from_intake_to_closed import MONDAY, complained, days


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(desk=desk_of(collector))


def due(**columns: object) -> Due:
    first = dt.date(2026, 3, 2)
    usual: dict[str, object] = {
        "round_id": 1, "complaint_id": 1, "number": "TS20260302-1", "started_on": first,
        "due_on": first + dt.timedelta(days=15), "told": 0, "handler_id": 5,
    }  # fmt: skip
    return Due(**{**usual, **columns})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("passed", "step"), [(0, 0), (7, 0), (8, 50), (11, 50), (12, 80), (14, 80), (15, 100), (16, 101), (90, 101)]
)
def test_a_step_is_reached_with_its_part_of_the_days(passed: int, step: int) -> None:
    assert reached(due(), dt.date(2026, 3, 2) + dt.timedelta(days=passed))[0] == step


@pytest.mark.parametrize(
    ("passed", "columns", "told"),
    [
        (8, {}, {5}),
        (8, {"told": 50}, None),
        (8, {"handler_id": None}, {1, 2}),
        (8, {"handler_id": None, "accused": frozenset({1})}, {2}),
        (8, {"handler_id": None, "leads": frozenset({2})}, {1}),
        (12, {"told": 50}, {5, 2, 3}),
        (12, {"told": 50, "accused": frozenset({3})}, {5, 2}),
        (15, {"told": 80}, {5, 2, 3, 4}),
        (16, {"told": 100}, {5, 2, 3, 4}),
        (30, {"told": 101}, None),
    ],
)
def test_whom_it_concerns(passed: int, columns: dict[str, object], told: set[int] | None) -> None:
    people = People(handlers=[1, 2], assigners=[2, 3], managers=[4])
    found = decide([due(**columns)], people, today=dt.date(2026, 3, 2) + dt.timedelta(days=passed))
    assert [set(one.people) for one in found] == ([] if told is None else [told])


@pytest.mark.django_db
def test_a_complaint_runs_out_of_time(
    case: Case, collector: User, compliance_officer: User, supervisor: User, manager: User
) -> None:
    one = complained(case, Accused(About.COLLECTOR, collector), actor=compliance_officer)
    Notification.objects.all().delete()

    def told(day: int) -> dict[str, set[User]]:
        Notification.objects.all().delete()
        escalate(now=days(day))
        found: dict[str, set[User]] = {}
        for row in Notification.objects.select_related("user"):
            found.setdefault(row.kind, set()).add(row.user)
        return found

    assert told(7) == {}
    assert told(8) == {"complaint.unassigned": {compliance_officer, supervisor}}
    assert told(9) == {} and told(8) == {}, "once a step"
    assign(complaint=one, handler=supervisor, actor=manager, now=days(9))
    assert told(12) == {"complaint.running_out": {supervisor, compliance_officer, manager}}
    assert sentence("complaint.running_out", Notification.objects.first().params) == (
        f"投诉 {one.number} 期限已过 80%，须在 2026-03-17 前办结"
    )
    # More time begins the steps anew, counted on the longer clock.
    extend(complaint=one, complexity=Complexity.COMPLEX, reason="须调取录音", actor=supervisor, now=days(13))
    assert told(14) == {}
    assert told(16) == {"complaint.running_out": {supervisor}}
    assert told(30) == {"complaint.last_day": {supervisor, compliance_officer, manager}}
    assert told(31) == {"complaint.overdue": {supervisor, compliance_officer, manager}}
    assert told(60) == {}
    assert list(one.steps.filter(kind="escalated").order_by("pk").values_list("data__percent", flat=True)) == [
        53, 80, 53, 100, 103,
    ]  # fmt: skip


@pytest.mark.django_db
def test_whom_it_is_about_hears_nothing_even_as_a_manager(
    case: Case, collector: User, compliance_officer: User, supervisor: User, manager: User
) -> None:
    lead = create_user(
        username="lead.both", display_name="双职", password="a-password-for-tests", unit="team-a",
        roles=[Role.TEAM_LEADER, Role.SUPERVISOR], actor=None,
    )  # fmt: skip
    complained(case, Accused(About.COLLECTOR, manager))
    complained(case, Accused(About.COLLECTOR, collector), type="hours")
    Notification.objects.all().delete()
    escalate(now=days(16))
    told = set(Notification.objects.values_list("user", "url"))
    about_manager, about_collector = sorted({url for _user, url in told})
    assert {user for user, url in told if url == about_manager} == {compliance_officer.pk, supervisor.pk, lead.pk}
    assert {user for user, url in told if url == about_collector} == {
        compliance_officer.pk, supervisor.pk, manager.pk
    }  # fmt: skip


@pytest.mark.django_db
def test_it_costs_the_same_for_many(case: Case, compliance_officer: User, manager: User, collector: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert escalate(now=days(13)) > 0
        return len(captured)

    complained(case, Accused(About.COLLECTOR, collector), now=MONDAY)
    few = queries()
    for _number in range(12):
        complained(case, Accused(About.COLLECTOR, collector), now=MONDAY)
    assert queries() <= few <= 12
