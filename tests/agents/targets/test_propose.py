"""How a company's target becomes everybody's: arithmetic that adds up, whatever the people."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.targets.metrics import BY_CODE
from agents.targets.propose import (
    ABSENT,
    NO_CASES,
    Hand,
    ProposalRefused,
    learning_factor,
    months_of_service,
    propose,
)

MONEY, RECOVERY, CONTACTS = BY_CODE["money"], BY_CODE["recovery"], BY_CODE["contacts"]
STEPS = [Decimal("0.5"), Decimal("0.75"), Decimal("0.9")]


def hand(user: int, team: int = 1, expected: str = "100.00", days: str = "20", factor: str = "1") -> Hand:
    return Hand(user, team, Decimal(expected), Decimal(days), Decimal(factor))


def test_money_goes_by_what_is_in_hand_the_days_there_and_what_a_starter_has_learned():
    shared = propose(MONEY, Decimal("1000.00"), [hand(1), hand(2, days="10"), hand(3, 2, factor="0.5")])
    assert shared.people == {1: Decimal("500.00"), 2: Decimal("250.00"), 3: Decimal("250.00")}
    assert shared.teams == {1: Decimal("750.00"), 2: Decimal("250.00")}


def test_who_is_away_all_month_gets_nothing_and_the_reason_is_kept():
    shared = propose(MONEY, Decimal("10.00"), [hand(1), hand(2, days="0"), hand(3, expected="0")])
    assert shared.people == {1: Decimal("10.00"), 2: 0, 3: 0}
    assert shared.notes == {2: ABSENT, 3: NO_CASES}


def test_a_team_that_is_away_hands_down_nothing():
    shared = propose(MONEY, Decimal("10.00"), [hand(1), hand(2, team=2, days="0")])
    assert shared.teams == {1: Decimal("10.00"), 2: 0}


def test_a_rate_is_the_same_for_everybody_who_is_there():
    shared = propose(RECOVERY, Decimal("12.50"), [hand(1), hand(2, 2), hand(3, 2, days="0")])
    assert shared.teams == {1: Decimal("12.50"), 2: Decimal("12.50")}
    assert shared.people == {1: Decimal("12.50"), 2: Decimal("12.50"), 3: 0}


def test_contacts_go_by_days_there_in_whole_pieces():
    shared = propose(CONTACTS, Decimal(100), [hand(1, expected="0"), hand(2), hand(3)])
    assert sorted(shared.people.values()) == [33, 33, 34]


def test_with_nobody_to_give_it_to_it_is_refused():
    with pytest.raises(ProposalRefused, match="编入小组"):
        propose(MONEY, Decimal(1), [])
    with pytest.raises(ProposalRefused, match="手中有案件"):
        propose(MONEY, Decimal(1), [hand(1, expected="0")])


@pytest.mark.parametrize(
    ("joined", "number"),
    [
        ((2026, 3, 1), 1),
        ((2026, 3, 20), 1),
        ((2026, 2, 2), 1),
        ((2026, 2, 1), 2),
        ((2026, 1, 15), 2),
        ((2025, 3, 1), 13),
    ],
)
def test_months_of_service_begin_with_the_first(joined, number):
    assert months_of_service(dt.date(*joined), dt.date(2026, 3, 1)) == number


def test_a_starter_is_asked_for_less_until_three_months_have_passed():
    month = dt.date(2026, 3, 1)
    starts = [dt.date(2026, 3, 1), dt.date(2026, 2, 1), dt.date(2026, 1, 1), dt.date(2025, 12, 1)]
    assert [learning_factor(start, month, STEPS) for start in starts] == [*STEPS, 1]


hands = st.lists(
    st.builds(
        Hand,
        user_id=st.integers(1, 10**6),
        team_id=st.integers(1, 5),
        expected=st.decimals(0, 10**7, places=2),
        days=st.integers(0, 46).map(lambda halves: Decimal(halves) / 2),
        factor=st.sampled_from([*STEPS, Decimal(1)]),
    ),
    unique_by=lambda one: one.user_id,
    min_size=1,
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(
    people=hands,
    amount=st.decimals(0, 10**9, places=2),
    code=st.sampled_from(["money", "contacts"]),
    order=st.randoms(),
)
def test_parts_add_up_and_the_order_of_the_people_does_not_matter(people, amount, code, order):
    metric = BY_CODE[code]
    amount = amount if code == "money" else Decimal(int(amount))
    shuffled = list(people)
    order.shuffle(shuffled)
    try:
        shared = propose(metric, amount, people)
    except ProposalRefused:
        return
    assert sum(shared.people.values()) == sum(shared.teams.values()) == amount
    for team, total in shared.teams.items():
        assert sum(shared.people[one.user_id] for one in people if one.team_id == team) == total
    assert all(part >= 0 for part in shared.people.values())
    assert all(not shared.people[user] for user in shared.notes)
    assert propose(metric, amount, shuffled) == shared
