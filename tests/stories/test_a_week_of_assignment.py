"""A week in a department: a starter, somebody who falls ill, an upheld complaint, a hard case, and a debt of work repaid.

Everything goes through the doors that people use. Monday to Friday of the coming week, since custody of the test's cases
begins when they are made.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from agents.assignment.gather import carried_by
from agents.assignment.runs import apply_run, approve_run, plan_run, replay, undo_run
from agents.models import AssignmentRun, FairnessEntry, Leave, LeaveState
from cases.models import Case
from cases.services.custody import move_cases
from collection_ops.core.models import User
from tests.agents.assignment.cast import assert_assignment_holds, crew
from tests.cases.builders import desk_of, make_case, pool_desk
from tests.compliance.complaints.builders import a_complaint

pytestmark = pytest.mark.django_db


class Week:
    """`day(1)` is Monday; on each a run from the pool is planned by the supervisor and put in force by the manager."""

    def __init__(self, supervisor: User, manager: User) -> None:
        self.supervisor, self.manager = supervisor, manager
        today = timezone.localdate()
        self.monday = today + dt.timedelta(days=7 - today.weekday())
        self.runs: list[AssignmentRun] = []

    def day(self, number: int) -> dt.date:
        return self.monday + dt.timedelta(days=number - 1)

    def at(self, number: int, hour: int = 9) -> dt.datetime:
        return timezone.make_aware(dt.datetime.combine(self.day(number), dt.time(hour)))

    def deal(self, number: int, *, hour: int = 9, **asked: Any) -> AssignmentRun:
        now = self.at(number, hour)
        given: dict[str, Any] = {"cases": None, "chosen": {}, "unit": "", "day": self.day(number), "seed": None}
        run = plan_run(**{**given, **asked}, actor=self.supervisor, now=now)
        approve_run(run=run, actor=self.manager, now=now)
        self.runs.append(apply_run(run=run, actor=self.manager, now=now))
        return self.runs[-1]

    def balance(self, number: int, *people: User) -> dict[int, int]:
        """Of the ledger on the evening of a day, in cents."""
        return carried_by([person.pk for person in people], self.day(number), 30)


@pytest.fixture
def week(supervisor: User, manager: User) -> Week:
    return Week(supervisor, manager)


def held(person: User) -> set[int]:
    return set(Case.objects.filter(desk=desk_of(person)).values_list("pk", flat=True))


def test_a_week_of_assignment(week: Week) -> None:
    (old,), (mid,), (other,) = crew(1), crew(1, start=1, level_set=3), crew(1, unit="team-b", level_set=4)
    (starter,) = crew(1, start=5, level_set=None, joined_on=week.day(1), soft_count=40, hard_count=50)

    # Monday: the starter gets easy work, and as much of it as her room says; the hard M3 case goes to somebody able.
    easy = [make_case(days=10, total=str(900 + n)) for n in range(44)]
    hard = make_case(days=75, total="30000")
    run = week.deal(1)
    assert run.move_count == 45
    assert hard.pk in held(old) | held(other)
    assert hard.pk not in held(mid) | held(starter), "level 3 and 1 are not enough for M3 of 30,000 yuan"
    assert 1 <= len(held(starter)) < len(held(mid)), "room for 40 beside 200"
    level = next(line for line in run.totals["desks"] if line["user"] == starter.pk)["level"]
    assert level == 1
    assert run.moves.get(case=hard).level == 4

    # Tuesday: one is ill. Nothing goes to her, and the ledger owes her nothing for it.
    before = week.balance(1, mid)
    Leave.objects.create(
        user=mid,
        kind="sick",
        first_day=week.day(2),
        last_day=week.day(2),
        state=LeaveState.APPROVED,
        asked_at=week.at(1),
    )
    mine = held(mid)
    for n in range(12):
        make_case(days=12, total=str(1200 + n))
    run = week.deal(2)
    assert run.move_count == 12
    assert held(mid) == mine
    assert next(line for line in run.totals["desks"] if line["user"] == mid.pk)["why_not"] == "away"
    assert week.balance(2, mid) == before

    # Wednesday: a complaint about the old hand is upheld. The case comes back and goes to another team.
    case = Case.objects.filter(pk__in=held(old), days_past_due=10).order_by("pk")[0]
    a_complaint(debtor=case.loan.debtor, about=old, upheld=True, received_at=week.at(2, 15))
    move_cases(cases=[case.pk], desk=pool_desk(), reason="pool", actor=week.manager, now=week.at(2, 16))
    run = week.deal(3)
    assert case.pk in held(other), "neither the collector nor the team"
    over = {desk: code for desk, code, *_points in run.moves.get(case=case).why["over"]}
    assert over[desk_of(old).pk] == "complaint"

    # Thursday: what nobody else could take on Wednesday was more than the other team's share; today the others get theirs.
    make_case(days=100, total="90000", name="大额")
    run = week.deal(4)
    lucky = next(person for person in (old, other) if Case.objects.filter(desk=desk_of(person), total=90000).exists())
    owed = week.balance(4, lucky)[lucky.pk]
    assert owed > 0

    # Friday: her surplus is paid back with the others' deficit.
    for n in range(30):
        make_case(days=70, total=str(21000 + n))
    run = week.deal(5)
    paid = {entry.user_id: entry.dealt - entry.share for entry in FairnessEntry.objects.filter(run=run)}
    assert paid[lucky.pk] < 0
    assert abs(week.balance(5, lucky)[lucky.pk]) < owed
    assert sum(paid.values(), Decimal(0)) == 0

    assert all(replay(one).equal for one in week.runs)
    assert_assignment_holds()
    assert len(easy) + 1 + 12 + 1 + 30 == Case.objects.exclude(desk=pool_desk()).count()


def test_a_case_that_nobody_can_take_waits_in_the_pool_and_says_why(week: Week) -> None:
    crew(1, level_set=2)
    hard, easy = make_case(days=75), make_case(days=5)
    run = week.deal(1)
    assert Case.objects.get(pk=easy.pk).desk != pool_desk()
    assert Case.objects.get(pk=hard.pk).desk == pool_desk()
    assert run.moves.get(case=hard).why["stays"] == "no_level"


def test_a_day_that_was_dealt_wrongly_is_taken_back_with_its_ledger(week: Week) -> None:
    (one, two) = crew(2)
    for n in range(6):
        make_case(days=10, total=str(1000 * (n + 1)))
    run = week.deal(1)
    assert any(week.balance(1, one, two).values())
    undo_run(run=run, reason="文件有误", actor=week.manager, now=week.at(1, 10))
    assert not FairnessEntry.objects.exists()
    assert Case.objects.filter(desk=pool_desk()).count() == 6
    week.deal(1, hour=11, seed=99)
    assert_assignment_holds()


def test_a_certificate_that_is_revoked_between_approval_and_apply_keeps_the_cases_away(week: Week) -> None:
    (one, *_others) = crew(6)
    for n in range(30):
        make_case(days=10, total=str(1000 + n))
    now = week.at(1)
    run = plan_run(cases=None, chosen={}, unit="", day=week.day(1), seed=1, actor=week.supervisor, now=now)
    approve_run(run=run, actor=week.manager, now=now)
    one.certificates.update(revoked_at=now, revoke_reason="作弊")
    run = apply_run(run=run, actor=week.manager, now=week.at(1, 10))
    assert not held(one)
    assert set(run.totals["applied"]["left_out"]) == {"left_desk"}
    assert_assignment_holds()
