"""The demo's part of the day: a new user sees living pages, and the desks are not emptied."""

import datetime as dt
from random import Random

import pytest
from django.utils import timezone

from agents.demo_moves import ACCEPTED, ASKED, RETURNS, STILL_LISTED, move_by_hand
from agents.models import AssistRequest, IdleCase
from cases.demo.play import Staff
from cases.models import Case, Custody
from collection_ops.core.models import User
from tests.agents.moves.test_move import colleague
from tests.cases.builders import desk_of, make_case

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 6, 1)


def test_the_last_days_of_the_story(collector: User, team_leader: User, supervisor: User, clerk: User) -> None:
    staff = Staff(clerk=clerk, supervisor=supervisor, collectors=[collector, colleague()])
    for _number in range(14):
        make_case(desk=desk_of(collector))
    Custody.objects.update(started_at=timezone.make_aware(dt.datetime(2026, 4, 1, 9)))
    for days_left in (RETURNS, ACCEPTED, ASKED):
        move_by_hand(day=DAY - dt.timedelta(days=days_left), days_left=days_left, staff=staff, random=Random(1))
    assert sorted(AssistRequest.objects.values_list("state", flat=True)) == ["accepted", "asked"]
    assert Case.objects.filter(desk=desk_of(collector)).count() == 11
    assert IdleCase.objects.filter(state="listed").count() == STILL_LISTED
    assert IdleCase.objects.filter(state="exempted").count() == 11 - STILL_LISTED
