"""Shares of new placements: by the score, step by step, to 100 per cent exactly."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from vendors.scorecard.shares import Claim, shares


def claim(number: int, held: int, score: int, **about: bool) -> Claim:
    return Claim(number, Decimal(held), Decimal(score), **about)


def proposed(*claims: Claim, most: int) -> list[str]:
    return [str(share) for _now, share in shares(claims, most).values()]


def test_shares_go_with_the_scores_and_no_further_than_the_month_allows() -> None:
    even = claim(1, 500, 90), claim(2, 500, 60)
    assert proposed(*even, most=100) == ["60.00", "40.00"]
    assert proposed(*even, most=4) == ["54.00", "46.00"]
    assert proposed(*even, most=0) == ["50.00", "50.00"]


def test_whoever_cannot_be_told_apart_is_taken_for_the_mean() -> None:
    lucky = claim(1, 300, 99, told_apart=False)
    told = claim(2, 300, 80), claim(3, 300, 40)
    assert proposed(lucky, *told, most=100) == ["33.33", "44.45", "22.22"], "60, 80 and 40 of 180"
    low = claim(1, 300, 1, told_apart=False)
    assert proposed(lucky, *told, most=100) == proposed(low, *told, most=100), "its own score says nothing"


def test_whoever_may_be_given_nothing_goes_down_to_nought() -> None:
    barred = claim(1, 300, 95, may_receive=False)
    others = claim(2, 300, 80), claim(3, 400, 80)
    assert proposed(barred, *others, most=100) == ["0.00", "50.00", "50.00"]
    assert proposed(barred, *others, most=5)[0] == "25.00"
    assert proposed(claim(1, 100, 50, may_receive=False), most=5) == ["100.00"], "there is nobody else"


claims = st.lists(
    st.tuples(
        st.decimals(0, 10**9, places=2), st.decimals(0, 100, places=2), st.booleans(), st.booleans()
    ),
    min_size=1,
    max_size=25,
)  # fmt: skip


@given(claims, st.integers(0, 100))
def test_they_add_up_to_a_hundred_and_keep_within_the_limit(
    given_claims: list[tuple[Decimal, Decimal, bool, bool]], most: int
) -> None:
    found = shares([Claim(n, *one) for n, one in enumerate(given_claims)], most)
    assert sum(now for now, _share in found.values()) == 100
    assert sum(share for _now, share in found.values()) == 100
    assert all(0 <= share <= 100 and abs(share - now) <= most for now, share in found.values())
