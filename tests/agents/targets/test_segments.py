"""Where the gap is: by kind of case, by step, and against like people."""

import datetime as dt
from decimal import Decimal

import pytest

from agents.expected import DEFAULTS, Rates
from agents.targets.metrics import BY_CODE
from agents.targets.peers import like_people, place_in_group, place_of
from agents.targets.segments import Steps, lagging_step, segments_of, whole_of
from tests.agents.targets.book import MARCH, TODAY, held, new_collector, pay, set_by_hand
from tests.agents.targets.test_measures import promise, talk
from tests.staff import make_team

RATES = Rates({(stage, band): rate for stage, rate in DEFAULTS.items() for band in range(4)})
LAST = dt.date(2026, 3, 31)


def test_the_step_that_lags_is_the_one_furthest_below_like_people():
    like = Steps(cases=100, contacted=80, reached=40, promised=20, due=20, kept=10)
    assert lagging_step(Steps(cases=10, contacted=8, reached=4, promised=2, due=0), like) == ""  # the same shares
    assert lagging_step(Steps(cases=10, contacted=7, reached=1), like) == "reached"  # 14.3 % against 50 %
    assert lagging_step(Steps(cases=4, contacted=0), like) == ""  # too few to say anything
    assert lagging_step(Steps(cases=10, contacted=0), Steps(cases=4)) == ""


@pytest.mark.django_db
def test_a_person_is_told_which_kind_of_case_lacks_money_and_which_step():
    team = make_team("team-a")
    own, like = new_collector("甲", team), new_collector("乙", team)
    mine, theirs = [held(own) for _n in range(5)], [held(like) for _n in range(5)]
    for case in mine:
        talk(case, own, 3, "no_answer")
    for case in theirs:
        talk(case, like, 3)
        promise(case, like, 5, "kept")
    pay(mine[0], 9, "40.00")
    held(own, "800.00", days=10)
    segments = segments_of(own.pk, {like.pk}, first=MARCH, last=LAST, rates=RATES)
    # M2: 5 × 1,000 × 15 % = 750.00 expected, 40.00 paid; M1: 800 × 35 % = 280.00.
    assert [(one.stage, one.own.expected, one.own.paid, one.gap) for one in segments] == [
        (2, Decimal("750.00"), Decimal("40.00"), Decimal("710.00")),
        (1, Decimal("280.00"), Decimal("0.00"), Decimal("280.00")),
    ]
    assert segments[0].lagging == "reached"
    assert [share for _label, _own, share, _lags in segments[0].shares] == [100, 100, 100, 100]
    assert whole_of(segments).own.cases == 6


def test_among_fewer_than_five_people_nobody_has_a_place():
    assert place_of(1, {1: Decimal(1), 2: Decimal(2), 3: Decimal(0), 4: Decimal(0)}) == (None, 4)
    values = {1: Decimal(1), 2: Decimal(2), 3: Decimal(0), 4: Decimal(1), 5: Decimal(0)}
    assert [place_of(one, values)[0] for one in values] == [2, 1, 4, 2, 4]
    assert place_of(9, values) == (None, 5)


@pytest.mark.django_db
def test_like_people_have_the_same_stages_and_level_and_the_place_is_by_the_own_target():
    team = make_team("team-a")
    five = [new_collector(str(number), team, stages=[1, 2], level_set=3) for number in range(5)]
    new_collector("难", team, stages=[3], level_set=3)
    new_collector("高", team, stages=[1, 2], level_set=5)
    group, level, stages = like_people(five[0].pk, TODAY)
    assert (group, level, stages) == (frozenset(one.pk for one in five), 3, (1, 2))
    version = set_by_hand({one: "1000.00" if number else "100.00" for number, one in enumerate(five)})
    pay(held(five[0]), 5, "90.00")  # 90 % of 100
    pay(held(five[1]), 5, "500.00")  # 50 % of 1,000
    places = [place_in_group(version, BY_CODE["money"], one.pk, day=TODAY, last=LAST) for one in five]
    assert [place.rank for place in places] == [1, 2, 3, 3, 3]
