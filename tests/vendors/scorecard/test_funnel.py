"""Money beside what the pool would have brought in with the same cases, and whether the difference says anything."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from collection_ops.core.money import split
from tests.vendors.scorecard.house import ALONE, M2, M3, agency, cell, month, of_payments, three
from vendors.scorecard.criteria import Untold, Verdict
from vendors.scorecard.facts import MonthFacts
from vendors.scorecard.funnel import Standing, band, dispersion, standings
from vendors.scorecard.limits import Limits
from vendors.scorecard.strata import LEVELS, Stratum, merged


def test_a_month_of_three_agencies_by_hand() -> None:
    """M2: 15,000 of 100,000 yuan is 15 %. M3: 8,000 of 100,000 is 8 %.

    By plain rates agency 3 (12 %) is better than agency 2 (7,000 of 90,000, 7.8 %). But agency 2 has the hard cases.
    """
    found = standings(three())
    told = {number: (one.observed, one.expected, one.ratio) for number, one in found.items()}
    assert told == {
        1: (Decimal(10_000), Decimal(7_600), Decimal("1.3158")),  # 40,000 × 15 % + 20,000 × 8 %
        2: (Decimal(7_000), Decimal(7_900), Decimal("0.8861")),  # 10,000 × 15 % + 80,000 × 8 %
        3: (Decimal(6_000), Decimal(7_500), Decimal("0.8000")),  # 50,000 × 15 %
    }
    assert [part.rate for part in found[1].parts] == [Decimal("0.150000"), Decimal("0.080000")]


def test_the_limits_of_the_first_by_hand() -> None:
    """A case of M2 spreads 1,000² × 0.15 × 0.85 = 127,500, of M3 2,000² × 0.08 × 0.92 = 294,400. Agency 1 has 0.4 of M2:
    127,500 × (40 × 0.6² + 60 × 0.4²) = 3,060,000; 0.2 of M3: 294,400 × (10 × 0.8² + 40 × 0.2²) = 2,355,200."""
    one = standings(three())[1]
    assert round(one.variance) == 5_415_200
    assert one.dispersion == 1, "of three agencies it cannot be told"
    # k = 7,600² ÷ 5,415,200 = 10.666; (1 − 1/9k ∓ 1.96 ÷ 3√k)³
    assert (one.lower, one.upper) == (Decimal("0.4922"), Decimal("1.6836"))
    assert one.lower998 is not None and one.lower998 < one.lower and one.upper998 > one.upper
    assert (one.verdict, one.why) == (Verdict.AS_EXPECTED, None)


def test_what_rolled_is_held_against_the_same_pool() -> None:
    """M2: 20 of 100 rolled, M3: 10 of 50."""
    found = standings(three())
    assert [one.expected_rolled for one in found.values()] == [Decimal(12_000), Decimal(18_000), Decimal(10_000)]
    assert [one.rolled for one in found.values()] == [Decimal(10_000), Decimal(17_000), Decimal(13_000)]


def test_a_case_counts_for_the_days_it_was_in_hand() -> None:
    """100 cases all month, 100 recalled after ten days: the second agency is asked for a third."""
    whole, third = cell(100, "300.00", paid=30), cell(100, "300.00", paid=10, days=10)
    found = standings(month(agency(1, {M2: whole}), agency(2, {M2: third})))
    assert [one.expected for one in found.values()] == [Decimal(9_000), Decimal(3_000)]
    assert [one.exposed for one in found.values()] == [Decimal(30_000), Decimal(10_000)]
    assert [one.placed for one in found.values()] == [Decimal(30_000), Decimal(30_000)]


def test_money_in_days_of_grace_counts_though_no_case_is_in_hand() -> None:
    gone = cell(0, "0.00")
    late = agency(2, {M3: gone.__class__(0, Decimal(0), Decimal(0), Decimal(500), Decimal(250_000))})
    found = standings(month(agency(1, {M2: cell(100, "100.00", paid=10)}), late))
    assert found[2].observed == 500
    assert sum(one.expected for one in found.values()) == sum(one.observed for one in found.values()) == 1_500


# Too little --------------------------------------------------------------------------------------------------------


def test_ten_cases_are_noise_and_a_thousand_are_not() -> None:
    small, large = cell(10, "100.00", paid=9), cell(1000, "100.00", paid=200)
    better = cell(1000, "100.00", paid=400)
    found = standings(
        month(agency(1, {M2: small}), agency(2, {M2: large}), agency(3, {M2: better}), limits=Limits(stratum_least=1))
    )
    assert (found[1].verdict, found[1].why) == (Verdict.CANNOT_TELL, Untold.FEW_CASES)
    assert (found[2].verdict, found[3].verdict) == (Verdict.WORSE, Verdict.BETTER)


def test_one_large_payment_makes_the_limits_too_wide_to_say_anything() -> None:
    """The same money in one payment and in a hundred."""
    in_one = of_payments([Decimal(50_000)] + [Decimal(0)] * 99, Decimal(60_000))
    in_many = of_payments([Decimal(500)] * 100, Decimal(60_000))
    rest = of_payments([Decimal(250)] * 300, Decimal(60_000))
    limits = Limits(stratum_least=1)
    lumpy = standings(month(agency(1, {M2: in_one}), agency(2, {M2: rest}), limits=limits))[1]
    steady = standings(month(agency(1, {M2: in_many}), agency(2, {M2: rest}), limits=limits))[1]
    assert lumpy.observed == steady.observed and lumpy.ratio == steady.ratio
    assert (lumpy.verdict, lumpy.why) == (Verdict.CANNOT_TELL, Untold.WIDE)
    assert steady.verdict == Verdict.BETTER


def test_nobody_to_compare_with_and_nothing_to_expect() -> None:
    alone = standings(month(agency(1, {M2: cell(100, "100.00", paid=10)})))[1]
    assert (alone.ratio, alone.verdict, alone.why) == (Decimal(1), Verdict.CANNOT_TELL, Untold.ALONE)
    apart = standings(month(agency(1, {M2: cell(100, "1.00", paid=9)}), agency(2, {M3: cell(100, "1.00", paid=1)})))
    assert {one.why for one in apart.values()} == {Untold.ALONE}, "no kind of case that both have"
    dry = standings(month(agency(1, {M2: cell(100, "100.00")}), agency(2, {M2: cell(100, "100.00")})))[1]
    assert (dry.ratio, dry.lower, dry.why) == (None, None, Untold.NO_RATE)


# Sparse strata -----------------------------------------------------------------------------------------------------


def test_sparse_strata_are_put_together_in_a_fixed_order() -> None:
    def kind(**changed: object) -> Stratum:
        return Stratum(**{"stage": 2, "age": 0, "balance": 1, "product": "甲", "earlier": 0, **changed})

    cases = {
        kind(): 60,
        kind(product="乙"): 35, kind(product="丙"): 35,  # together without the product
        kind(product="乙", earlier=1): 20, kind(product="丙", earlier=2): 35,  # and without the earlier placements
        kind(balance=2): 49,  # of its stage and age nobody else is left: goes up to the end, then to the nearest
        kind(stage=3, age=1): 25, kind(stage=3, age=2): 25,  # without the age
    }  # fmt: skip
    levels = {stratum: group[0] for stratum, group in merged(cases, 50).items()}
    assert levels == {
        kind(): 0, kind(product="乙"): 1, kind(product="丙"): 1, kind(product="乙", earlier=1): 2,
        kind(product="丙", earlier=2): 2, kind(balance=2): 1, kind(stage=3, age=1): 4, kind(stage=3, age=2): 4,
    }  # fmt: skip
    assert merged({kind(): 1, kind(stage=3): 2}, 50) == dict.fromkeys((kind(), kind(stage=3)), (LEVELS, ()))


def test_with_few_cases_all_are_one_kind_and_the_card_says_so() -> None:
    found = standings(month(*three().agencies, limits=Limits(stratum_least=1_000)))
    assert {part.group[0] for one in found.values() for part in one.parts} == {LEVELS}
    assert {part.rate for one in found.values() for part in one.parts} == {Decimal("0.115000")}


# More than was expected, by far ------------------------------------------------------------------------------------

RESULTS = """group,cases,each,observed_to_expected
1,3,12000.00,0.00
2,8,3500.00,1.62
3,45,8000.00,0.63
4,120,5000.00,1.27
5,380,5000.00,0.74
6,900,2500.00,1.81
7,1500,4000.00,1.04
8,3000,3000.00,
"""
"""Made up, in the shape in which lenders publish their agencies: from 3 to 3,000 cases, from 63 to 181 %. Every case is
expected to bring in a fifth; the last group has what makes the pool come out so."""


def published() -> tuple[MonthFacts, dict[int, Decimal]]:
    """The facts that such a table is made from, a fifth of the cases paying; and the table's last column."""
    told, cells, rest = {}, {}, Decimal(0)
    for row in csv.DictReader(io.StringIO(RESULTS)):
        number, cases, each = int(row["group"]), int(row["cases"]), Decimal(row["each"])
        expected = cases * each / 5
        told[number] = Decimal(row["observed_to_expected"] or (expected + rest) / expected)
        rest += expected - told[number] * expected
        payers = max(cases // 5, 1)
        paid = split(told[number] * expected, [2 + n % 3 for n in range(payers)])
        cells[number] = of_payments([*paid, *[Decimal("0.00")] * (cases - payers)], each)
    return month(*(agency(number, {M2: one}) for number, one in cells.items()), limits=Limits()), told


def test_groups_from_three_to_three_thousand_cases_and_from_63_to_181_per_cent() -> None:
    facts, told = published()
    found = standings(facts)
    assert {number: one.ratio for number, one in found.items()} == {n: round(ratio, 4) for n, ratio in told.items()}
    assert [found[number].why for number in (1, 2)] == [Untold.FEW_CASES] * 2, "0 and 162 %, and no rank"
    assert found[3].verdict == Verdict.CANNOT_TELL and found[3].why == Untold.WIDE, "63 % of 45 cases is no news"
    assert [found[number].verdict for number in (5, 6)] == [Verdict.WORSE, Verdict.BETTER]
    width = {number: (one.upper or 0) - (one.lower or 0) for number, one in found.items()}
    assert width[1] > width[2] > width[3] > width[4] > width[5] > width[7] > width[8], "a funnel"


def test_more_money_than_was_placed_has_a_ratio_and_limits() -> None:
    paid_twice = of_payments([Decimal(200)] * 40 + [Decimal(0)] * 60, Decimal(100))
    usual = of_payments([Decimal(120)] * 150 + [Decimal(0)] * 50, Decimal(100))
    found = standings(month(agency(1, {M2: paid_twice}), agency(2, {M2: usual}), limits=Limits(least_cases=1)))
    assert found[2].observed > found[2].placed / 2 and found[1].ratio is not None and found[2].ratio is not None
    assert found[1].ratio < 1 < found[2].ratio


# Differences that nobody can call chance ---------------------------------------------------------------------------


def _like(z: str, number: int) -> Standing:
    """Observed so many standard deviations from an expected 1,000."""
    zero, variance = Decimal(0), Decimal(10_000)
    return Standing(
        parts=(), days=30, cases=100 + number, placed=zero, exposed=zero, observed=1_000 + 100 * Decimal(z),
        expected=Decimal(1_000), roll_base=zero, rolled=zero, expected_rolled=zero, variance=variance,
    )  # fmt: skip


def test_agencies_that_differ_beyond_chance_widen_the_limits_and_few_agencies_do_not() -> None:
    spread = [_like(z, n) for n, z in enumerate(("-9", "-3", "-3", "-2", "-1", "1", "2", "3", "3", "9"))]
    # The tenth at either end drawn in: −9 to −3, 9 to 3. (6 × 9 + 2 × 4 + 2 × 1) ÷ 10
    assert dispersion(spread, ALONE) == Decimal("6.4")
    assert dispersion(spread[:9], ALONE) == 1, "nine are too few to say"
    assert dispersion([_like("0.5", n) for n in range(10)], ALONE) == 1, "never below 1"
    assert dispersion(spread, Limits(least_cases=105)) == 1, "small ones do not speak"


def test_limits_are_the_quantiles_of_a_gamma_variable() -> None:
    """Of mean and variance 100: half of what the table of χ² has for 200 degrees, 162.73 and 241.06. Of 4: 8 degrees, 2.18
    and 17.53. The normal ones would be 0.08 and 7.92."""
    for mean, low, high in ((100, "0.814", "1.205"), (4, "0.27", "2.19")):
        found = band(Decimal(mean), Decimal(mean), Decimal("1.959964"))
        assert tuple(round(end, len(low) - 2) for end in found) == (Decimal(low), Decimal(high))


# Whatever the month ------------------------------------------------------------------------------------------------

amounts = st.decimals(min_value=0, max_value=90_000, places=2)


@st.composite
def months(draw: st.DrawFn) -> MonthFacts:
    def cells() -> Iterator[tuple[Stratum, object]]:
        for _n in range(draw(st.integers(1, 4))):
            kind = Stratum(
                draw(st.integers(1, 7)), draw(st.integers(0, 4)), draw(st.integers(0, 4)),
                draw(st.sampled_from("甲乙丙")), draw(st.integers(0, 2)),
            )  # fmt: skip
            each = draw(st.decimals(min_value=1, max_value=60_000, places=2))
            yield kind, of_payments(draw(st.lists(amounts, min_size=1, max_size=8)), each, draw(st.integers(1, 30)))

    agencies = [agency(n, dict(cells())) for n in range(draw(st.integers(1, 5)))]  # type: ignore[arg-type]
    return month(*agencies, limits=Limits(stratum_least=draw(st.integers(1, 20)), least_cases=1))


@settings(max_examples=60, deadline=None)
@given(months())
def test_what_is_expected_of_all_is_what_all_brought_in(facts: MonthFacts) -> None:
    found = standings(facts)
    assert sum(one.expected for one in found.values()) == sum(one.observed for one in found.values())
    assert sum(one.cases for one in found.values()) == sum(
        cell.cases for one in facts.agencies for cell in one.cells.values()
    )
    for one in found.values():
        assert one.variance >= 0
        if one.lower is not None and one.upper is not None and one.lower998 is not None and one.upper998 is not None:
            assert 0 <= one.lower998 <= one.lower <= one.upper <= one.upper998


@settings(max_examples=30, deadline=None)
@given(months())
def test_the_order_in_which_facts_are_read_changes_nothing(facts: MonthFacts) -> None:
    turned = month(
        *(agency(one.agency, dict(reversed(one.cells.items()))) for one in facts.agencies), limits=facts.limits
    )
    assert standings(turned) == standings(facts)
