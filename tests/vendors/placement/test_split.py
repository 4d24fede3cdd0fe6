"""Properties of the split, with made-up cases and no database."""

from collections import Counter, defaultdict
from decimal import Decimal

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from vendors.models import PlacementBatch
from vendors.placement.decide import CaseFact, decide, intakes, still_go, why_stays
from vendors.placement.rule import PlacementRefused, Rule
from vendors.placement.selectors import rule_lines, shares_said, split_table

RULE = Rule.read({"shares": {"a": "100"}})
AGENCIES = (11, 12, 13)
SHARES = st.sampled_from(
    [
        {11: Decimal(100)},
        {11: Decimal(70), 12: Decimal(30)},
        {11: Decimal("33.33"), 12: Decimal("33.33"), 13: Decimal("33.34")},
        {11: Decimal(80), 12: Decimal("10.5"), 13: Decimal("9.5")},
    ]
)


@st.composite
def books(draw: st.DrawFn, *, with_reasons: bool = True, with_past: bool = True) -> list[CaseFact]:
    """Up to forty persons with one to three debts each."""
    found: list[CaseFact] = []
    for debtor in range(1, draw(st.integers(1, 40)) + 1):
        for _debt in range(draw(st.integers(1, 3))):
            number = len(found) + 1
            found.append(
                CaseFact(
                    id=number,
                    loan_id=number,
                    debtor_id=debtor,
                    stage=draw(st.integers(3, 5)),
                    product=draw(st.sampled_from(["信用卡", "消费贷"])),
                    amount=Decimal(draw(st.integers(1, 80_000))),
                    days=draw(st.integers(61, 150)),
                    chosen=draw(st.booleans()),
                    reason=draw(st.sampled_from(["", "", "", "", "on_hold", "with_agency"])) if with_reasons else "",
                    been=draw(st.frozensets(st.sampled_from(AGENCIES), max_size=3)) if with_past else frozenset(),
                )
            )
    return found


@settings(max_examples=150, deadline=None)
@given(books(), SHARES, st.integers(0, 2**53), st.randoms(use_true_random=False))
def test_the_same_facts_and_seed_give_the_same_split_in_whatever_order_they_are_read(book, shares, seed, chance):
    shuffled = list(book)
    chance.shuffle(shuffled)
    first, second = decide(book, RULE, shares, seed), decide(shuffled, RULE, shares, seed)
    assert (first.assigned, first.left_out) == (second.assigned, second.left_out)


@settings(max_examples=200, deadline=None)
@given(books(), SHARES, st.integers(0, 2**53))
def test_nobody_goes_twice_or_is_forgotten_or_split_or_comes_back_to_an_agency(book, shares, seed):
    plan = decide(book, RULE, shares, seed)
    went = [case for some in plan.assigned.values() for case in some]
    assert len(went) == len(set(went))
    assert not set(went) & set(plan.left_out)
    assert {case.id for case in book if case.chosen} <= set(went) | set(plan.left_out)
    by_id = {case.id: case for case in book}
    debts: dict[int, set[int]] = defaultdict(set)
    for case in book:
        debts[case.debtor_id].add(case.id)
    for agency, some in plan.assigned.items():
        for one in some:
            case = by_id[one]
            assert debts[case.debtor_id] <= set(some), "all debts of a person, at one agency"
            assert not case.reason and agency not in case.been


@settings(max_examples=200, deadline=None)
@given(books(with_past=False), SHARES, st.integers(0, 2**53))
def test_each_stratum_gives_each_agency_its_share_within_one_person_and_the_whole_does_not_drift(book, shares, seed):
    plan = decide(book, RULE, shares, seed)
    debtor_of = {case.id: case.debtor_id for case in book}
    persons: dict[object, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for agency, some in plan.assigned.items():
        for case in some:
            persons[plan.stratum_of[case]][agency].add(debtor_of[case])
    for by_agency in persons.values():
        size = sum(map(len, by_agency.values()))
        for agency, share in shares.items():
            assert abs(len(by_agency[agency]) - share * size / 100) < 1
    total = Counter({agency: len({debtor_of[case] for case in some}) for agency, some in plan.assigned.items()})
    for agency, share in shares.items():
        # What a stratum owed is made good by the next: small strata do not all round to the same agency.
        assert abs(total[agency] - share * total.total() / 100) < len(shares)


def test_another_seed_gives_another_split_of_the_same_sizes() -> None:
    book = [CaseFact(n, n, n, 4, "信用卡", Decimal(1000), 95) for n in range(1, 101)]
    shares = {11: Decimal(70), 12: Decimal(30)}
    splits = [decide(book, RULE, shares, seed).assigned for seed in (1, 2)]
    assert splits[0] != splits[1]
    assert [[len(one[11]), len(one[12])] for one in splits] == [[70, 30], [70, 30]]


def test_a_person_stays_with_all_debts_when_one_may_not_leave_and_each_says_why() -> None:
    held = CaseFact(1, 1, 7, 4, "信用卡", Decimal(1), 95, reason="promise")
    free = CaseFact(2, 2, 7, 4, "信用卡", Decimal(1), 95)
    away = CaseFact(3, 3, 8, 4, "信用卡", Decimal(1), 95, chosen=False, reason="with_agency")
    other = CaseFact(4, 4, 8, 4, "信用卡", Decimal(1), 95)
    plan = decide([held, free, away, other], RULE, {11: Decimal(100)}, 1)
    assert plan.left_out == {1: "promise", 2: "companion", 4: "other_agency"}
    assert plan.count == 0


def test_who_was_with_all_of_them_stays_and_who_was_with_one_goes_to_the_other() -> None:
    both = CaseFact(1, 1, 1, 4, "信用卡", Decimal(1), 95, been=frozenset({11, 12}))
    one = CaseFact(2, 2, 2, 4, "信用卡", Decimal(1), 95, been=frozenset({11}))
    plan = decide([both, one], RULE, {11: Decimal(90), 12: Decimal(10)}, 1)
    assert (plan.left_out, plan.assigned) == ({1: "been_everywhere"}, {11: [], 12: [2]})
    assert why_stays([both], [11, 12]) == {1: "been_everywhere"}


def test_what_changed_since_the_preview_stays_and_the_rest_of_the_persons_debts_with_it() -> None:
    planned = {1: 11, 2: 11, 3: 11, 5: 11, 6: 12, 7: 11}
    now = [
        CaseFact(1, 1, 1, 4, "", Decimal(1), 95),
        CaseFact(2, 2, 2, 4, "", Decimal(1), 95, reason="with_collector"),
        CaseFact(3, 3, 2, 4, "", Decimal(1), 95),
        CaseFact(5, 5, 3, 4, "", Decimal(1), 95),
        CaseFact(4, 4, 3, 4, "", Decimal(1), 95),
        CaseFact(6, 6, 4, 4, "", Decimal(1), 95, been=frozenset({12})),
    ]
    going, stays = still_go(now, planned)
    assert going == {1: 11}
    assert stays == {2: "moved", 3: "companion", 5: "changed", 6: "been_there", 7: "closed"}


def test_an_intake_that_is_lopsided_says_by_how_much() -> None:
    book = [CaseFact(n, n, n, 4, "", Decimal(100 if n < 3 else 300), 100, been=frozenset()) for n in (1, 2, 3, 4)]
    even, odd = intakes(book, {11: [1, 2], 12: [3, 4]}, {11: Decimal(50), 12: Decimal(50)})
    assert (even.count_off, even.amount_off, even.days_off) == (Decimal(0), Decimal("-50.0"), Decimal(0))
    assert even.lopsided == odd.lopsided == ["amount"]
    assert odd.amount_off == Decimal("50.0")


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"shares": {"a": "60", "b": "39.99"}}, "shares", "99.99"),
        ({"shares": {}}, "shares", "1 到"),
        ({"shares": {"a": "-1", "b": "101"}}, "shares", "0 与 100"),
        ({"shares": {"a": "NaN"}}, "shares", "0 与 100"),
        ({"shares": {"a": "100"}, "stages": [9]}, "stages", "9"),
        ({"shares": {"a": "100"}, "amount_from": "5", "amount_to": "4"}, "amount_to", "下限"),
        ({"shares": {"a": "100"}, "pool_days_from": "-3"}, "pool_days_from", "天数"),
        ({"shares": {"a": "100"}, "bands": ["5", "5"]}, "bands", "从小到大"),
        ({"shares": {"a": "100"}, "places": ["agency"]}, "places", "案件池"),
        ({"shares": {"a": "100"}, "colour": "red"}, "rule", "colour"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_field(given, field, said) -> None:
    with pytest.raises(PlacementRefused) as refused:
        Rule.read(given)
    assert refused.value.field == field and said in str(refused.value)


def test_a_rule_reads_what_it_wrote() -> None:
    rule = Rule.read(
        {
            "shares": {"a": "70.5", "b": 29.5}, "stages": ["4", 5], "amount_from": "1,000", "pool_days_to": 30,
            "places": ["pool", "collector"], "bands": ["1000", "2000.50"], "products": ["信用卡"],
        }
    )  # fmt: skip
    assert Rule.read(rule.to_json()) == rule
    assert [rule.band_label(rule.band_of(Decimal(x))) for x in ("999.99", "1000", "2000.50")] == [
        "<1000", "1000–2000.5", "≥2000.5",
    ]  # fmt: skip


def test_a_difference_says_which_way_it_goes_and_names_are_joined_as_the_reader_does() -> None:
    row = {
        "agency": 1, "name": "甲公司", "share": "45", "champion": True, "persons": 1, "count": 1, "amount": "1000.00",
        "mean_days": "90.0", "count_off": "0.0", "amount_off": "21.8", "days_off": "-5.5", "lopsided": ["amount", "days"],
        "stages": {},
    }  # fmt: skip
    table = split_table([row, {**row, "name": "乙公司", "share": "55", "count_off": None, "lopsided": []}])
    assert [(one.row["count_off"], one.row["amount_off"], one.row["days_off"]) for one in table.lines] == [
        ("0.0", "+21.8", "−5.5"),
        (None, "+21.8", "−5.5"),
    ]
    assert "+21.8%" in table.sentences[0] and "−5.5%" in table.sentences[1]
    batch = PlacementBatch(totals={"agencies": [row, {**row, "name": "乙公司", "share": "55"}]})
    assert shares_said(batch) == "甲公司 45%、乙公司 55%"
    rule = Rule(shares=(), stages=(4, 5), amount_from=Decimal(20_000))
    shown = dict(rule_lines(rule, ""))
    assert shown["金额分档（元）"] == "<5,000、5,000–20,000、20,000–50,000、≥50,000"
    assert shown["逾期总额（元）"] == "20,000 – "
    with override("en"):
        assert shares_said(batch) == "甲公司 45%, 乙公司 55%"
        assert dict(rule_lines(rule, ""))["Stage"] == "M4, M5"
