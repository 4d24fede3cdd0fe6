"""The planner by itself, on plain figures: what must be true of every plan."""

import dataclasses
import datetime as dt
import random
from collections import defaultdict
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.assignment.facts import COLUMNS, DeskFacts, Forbidden, Inputs
from agents.assignment.frozen import freeze, thaw
from agents.assignment.plan import Plan, decide
from agents.assignment.rules import DEFAULT_LINES, Line
from agents.assignment.units import expected_cents
from agents.expected import DEFAULTS, Rates

DAY = dt.date(2026, 3, 31)
RATES = Rates({(stage, band): rate for stage, rate in DEFAULTS.items() for band in range(4)})
PLACES = {0: ("信用卡", "浙江省杭州市"), 1: ("消费贷", "新疆维吾尔自治区喀什"), 2: ("现金贷", "浙江省宁波市")}
LINES = (Line("喀什", regions=("新疆",), languages=("维吾尔语",), min_level=2), *DEFAULT_LINES)


def inputs(desks: list[DeskFacts], cases: list[tuple[int, ...]], **more: Any) -> Inputs:
    """Cases as rows of COLUMNS."""
    table = np.array(cases, dtype=np.int64).reshape(-1, len(COLUMNS))
    given = {"day": DAY, "seed": 7, "lines": [line.to_json() for line in LINES], "values": {}, "rates": RATES.to_json()}
    return Inputs(**{**given, "desks": desks, "cases": table, "places": PLACES, **more})


def case(number: int, *, debtor: int = 0, stage: int = 1, cents: int = 100_000, desk: int = 900, **more: int) -> tuple:
    given = {"case": number, "debtor": debtor or number, "stage": stage, "cents": cents, "desk": desk}
    given |= {"holder": 0, "linked": 0, "due": 0, "place": 0} | more
    return tuple(given[name] for name in COLUMNS)


def who(plan: Plan) -> dict[int, int]:
    return dict(zip(plan.cases[:, 0].tolist(), plan.to_desk.tolist(), strict=True))


DESKS = st.lists(
    st.builds(
        DeskFacts,
        id=st.integers(1, 8),
        unit=st.sampled_from(["a", "b"]),
        level=st.integers(1, 5),
        stages=st.sampled_from([(), (1, 2), (3, 4, 5, 6, 7)]),
        products=st.sampled_from([(), ("信用卡",), ("消费贷", "现金贷")]),
        regions=st.sampled_from([(), ("浙江省",)]),
        languages=st.sampled_from([(), ("维吾尔语",)]),
        count=st.integers(0, 3),
        soft_count=st.integers(1, 4),
        hard_count=st.integers(4, 9),
        hard_cents=st.sampled_from([None, 300_000]),
        carried=st.integers(-90_000, 90_000),
        present=st.sampled_from([5, 10]),
        why_not=st.sampled_from(["", "", "", "away", "no_certificate"]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda desk: desk.id,
)


@st.composite
def books(draw: st.DrawFn) -> Inputs:
    desks = draw(DESKS)
    ids = [desk.id for desk in desks]
    numbers = draw(st.lists(st.integers(1, 60), unique=True, max_size=25))
    linked: dict[int, int] = {}
    rows = []
    for number in numbers:
        debtor = draw(st.integers(100, 112))
        linked.setdefault(debtor, draw(st.sampled_from([0, 0, *ids])))
        due = draw(st.sampled_from([0, 0, 20260402]))
        rows.append(
            case(
                number,
                debtor=debtor,
                stage=draw(st.integers(1, 7)),
                cents=draw(st.integers(0, 3_000_000)),
                holder=draw(st.sampled_from(ids)) if due else 0,
                linked=linked[debtor],
                due=due,
                place=draw(st.integers(0, 2)),
            )
        )
    forbidden = draw(
        st.lists(
            st.builds(
                Forbidden,
                debtor=st.integers(100, 112),
                desk=st.sampled_from(ids),
                code=st.sampled_from(["complaint", "complaint_team"]),
            ),
            max_size=6,
        )
    )
    return inputs(desks, rows, forbidden=forbidden, seed=draw(st.integers(0, 9)))


@settings(max_examples=120, deadline=None)
@given(books())
def test_nothing_is_lost_and_nothing_given_twice(book: Inputs) -> None:
    plan = decide(book)
    assert plan.cases[:, 0].tolist() == sorted(book.cases[:, 0].tolist())
    given_out, kept = int((plan.to_desk != 0).sum()), sum(plan.unassigned().values())
    assert given_out + kept == len(book.cases)


@settings(max_examples=120, deadline=None)
@given(books())
def test_certificate_presence_skill_level_and_hard_capacity_are_never_broken(book: Inputs) -> None:
    plan = decide(book)
    desks = {desk.id: desk for desk in book.desks}
    counts, cents = defaultdict(int), defaultdict(int)
    for row, to, line in zip(plan.cases.tolist(), plan.to_desk.tolist(), plan.line.tolist(), strict=True):
        if not to:
            continue
        desk, (product, region) = desks[to], PLACES[row[8]]
        rule = [*LINES, Line("其他")][line]
        assert not desk.why_not
        assert desk.level >= rule.min_level
        assert not desk.stages or row[2] in desk.stages
        assert not desk.products or product in desk.products
        assert not desk.regions or region.startswith(desk.regions)
        assert not rule.languages or set(rule.languages) & set(desk.languages)
        counts[to] += 1
        cents[to] += row[3]
    for number, desk in desks.items():
        assert desk.count + counts[number] <= max(desk.hard_count, desk.count)
        if desk.hard_cents is not None:
            assert cents[number] <= desk.hard_cents


@settings(max_examples=120, deadline=None)
@given(books())
def test_debts_of_one_person_go_together_and_never_to_whom_a_complaint_forbids(book: Inputs) -> None:
    plan = decide(book)
    by_person = defaultdict(set)
    for row, to in zip(plan.cases.tolist(), plan.to_desk.tolist(), strict=True):
        by_person[row[1]].add(to)
    assert all(len(desks) == 1 for desks in by_person.values())
    for one in book.forbidden:
        assert by_person.get(one.debtor) != {one.desk}


@settings(max_examples=100, deadline=None)
@given(books(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_makes_no_difference(book: Inputs, dice: random.Random) -> None:
    plan, (frozen, digest) = decide(book), freeze(book)
    rows, desks, forbidden = book.cases.tolist(), list(book.desks), list(book.forbidden)
    for items in (rows, desks, forbidden):
        dice.shuffle(items)
    again = dataclasses.replace(
        book, cases=np.array(rows, np.int64).reshape(-1, len(COLUMNS)), desks=desks, forbidden=forbidden
    )
    other = decide(again)
    assert (other.hash, who(other), other.chosen) == (plan.hash, who(plan), plan.chosen)
    assert freeze(again) == (frozen, digest)


@settings(max_examples=100, deadline=None)
@given(books())
def test_what_was_frozen_replays_to_the_same_plan(book: Inputs) -> None:
    frozen, digest = freeze(book)
    thawed = thaw(frozen)
    assert freeze(thawed)[1] == digest
    plan, again = decide(book), decide(thawed)
    assert (again.hash, again.chosen) == (plan.hash, plan.chosen)


@settings(max_examples=80, deadline=None)
@given(books())
def test_every_share_of_a_stage_adds_up_to_what_was_dealt_of_it(book: Inputs) -> None:
    plan = decide(book)
    for stage in range(1, 8):
        dealt = int(plan.expected[(plan.cases[:, 2] == stage) & (plan.to_desk != 0)].sum())
        assert abs(int(plan.shares[:, stage].sum()) - dealt) <= len(book.desks)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 7), st.integers(0, 10**9)), max_size=30))
def test_expected_money_is_that_of_the_table_of_rates_to_the_cent(rows: list[tuple[int, int]]) -> None:
    from decimal import Decimal

    stage, cents = (np.array([row[n] for row in rows], dtype=np.int64) for n in (0, 1))
    ours = expected_cents(stage, cents, RATES.to_json()).tolist()
    assert ours == [int(RATES.expected(s, Decimal(c) / 100) * 100) for s, c in rows]


def test_a_hundred_equal_cases_are_dealt_evenly_and_the_seed_says_to_whom_which() -> None:
    desks = [DeskFacts(id=n) for n in (1, 2, 3, 4)]
    rows = [case(n) for n in range(1, 101)]
    plans = [decide(inputs(desks, rows, seed=seed)) for seed in (1, 2)]
    for plan in plans:
        counts = [list(who(plan).values()).count(desk) for desk in (1, 2, 3, 4)]
        assert counts == [25, 25, 25, 25]
    assert who(plans[0]) != who(plans[1])


def test_expected_money_is_balanced_within_the_band_whatever_the_sizes() -> None:
    desks = [DeskFacts(id=n) for n in range(1, 6)]
    rows = [case(n, cents=50_000 + 7_919 * n % 90_000, stage=n % 2 + 1) for n in range(1, 401)]
    plan = decide(inputs(desks, rows))
    money = [int(plan.expected[plan.to_desk == desk.id].sum()) for desk in desks]
    assert (max(money) - min(money)) / (sum(money) / 5) < 0.1


def test_somebody_dealt_too_little_before_gets_it_now() -> None:
    desks = [DeskFacts(id=1, carried=-50_000), DeskFacts(id=2, carried=50_000)]
    plan = decide(inputs(desks, [case(n) for n in range(1, 21)]))
    money = {desk: int(plan.expected[plan.to_desk == desk].sum()) for desk in (1, 2)}
    assert 65_000 <= money[1] - money[2] <= 135_000, "100,000 owed, in steps of 35,000"


def test_easy_cases_go_to_starters_first_and_hard_ones_never() -> None:
    desks = [DeskFacts(id=1, level=5), DeskFacts(id=2, level=1)]
    rows = [case(1, stage=3), *(case(n) for n in range(2, 8))]
    plan = decide(inputs(desks, rows, values={"band_percent": 50}))
    assert who(plan)[1] == 1
    assert list(who(plan).values()).count(2) >= 3


def test_a_case_stays_with_the_holder_of_its_promise_unless_the_rules_say_otherwise() -> None:
    desks = [DeskFacts(id=1, carried=30_000), DeskFacts(id=2)]
    rows = [case(n, holder=1, due=20260402) for n in range(1, 4)]
    plan = decide(inputs(desks, rows))
    assert set(who(plan).values()) == {1}
    assert {one.code for one in plan.chosen} == {"holder"}
    assert plan.chosen[0].over[0][1] == "not_holder"
    assert 2 in who(decide(inputs(desks, rows, values={"stickiness": 0}))).values()


def test_a_case_joins_the_persons_other_cases_when_their_collector_can_take_it() -> None:
    desks = [DeskFacts(id=1, level=1, carried=10_000), DeskFacts(id=2, level=5)]
    plan = decide(inputs(desks, [case(1, linked=1), case(2, linked=1, stage=3)]))
    assert who(plan) == {1: 1, 2: 2}, "an M3 case is beyond the level of the first"


def test_a_full_desk_and_a_complaint_are_told_among_those_who_lost() -> None:
    desks = [DeskFacts(id=1, count=220), DeskFacts(id=2), DeskFacts(id=3)]
    plan = decide(inputs(desks, [case(1)], forbidden=[Forbidden(1, 3, "complaint")]))
    assert who(plan) == {1: 2}
    assert {(plan.inputs.desks[desk].id, code) for desk, code, _points in plan.chosen[0].over} == {
        (3, "complaint"),
        (1, "full"),
    }


def test_what_nobody_can_take_says_why() -> None:
    def kept(desks: list[DeskFacts], row: tuple, **more: Any) -> dict[str, int]:
        return dict(decide(inputs(desks, [row], **more)).unassigned())

    assert kept([DeskFacts(id=1, why_not="away")], case(1)) == {"nobody_today": 1}
    assert kept([DeskFacts(id=1, level=1)], case(1, stage=4)) == {"no_level": 1}
    assert kept([DeskFacts(id=1, stages=(1,))], case(1, stage=4)) == {"no_skill": 1}
    assert kept([DeskFacts(id=1)], case(1, place=1)) == {"no_skill": 1}
    assert kept([DeskFacts(id=1, count=220)], case(1)) == {"full": 1}
    assert kept([DeskFacts(id=1)], case(1), forbidden=[Forbidden(1, 1, "complaint")]) == {"complaint": 1}


def test_two_of_a_person_that_do_not_fit_together_stay_together() -> None:
    plan = decide(inputs([DeskFacts(id=1, count=219)], [case(1, debtor=5), case(2, debtor=5)]))
    assert who(plan) == {1: 0, 2: 0}


def test_beyond_the_soft_capacity_only_when_everybody_is() -> None:
    desks = [DeskFacts(id=1, count=200), DeskFacts(id=2, carried=35_000)]
    assert who(decide(inputs(desks, [case(1)]))) == {1: 2}
    both = [dataclasses.replace(desk, count=200) for desk in desks]
    assert who(decide(inputs(both, [case(1)]))) == {1: 1}


def test_what_stays_on_a_desk_takes_its_room_there() -> None:
    """Two M4 cases that nobody can take lie on a desk with room for three: one more goes there, and no second."""
    desks = [DeskFacts(id=1, level=1, count=2, soft_count=3, hard_count=3)]
    rows = [case(1, stage=4, desk=1), case(2, stage=4, desk=1), case(3), case(4)]
    plan = decide(inputs(desks, rows))
    assert sorted(who(plan).values()) == [0, 0, 0, 1]
    assert dict(plan.unassigned()) == {"no_level": 2, "full": 1}
