"""Which talks are drawn: the shares, the weights, the same again for the same seed."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from random import Random

import pytest

from compliance.quality.drawing import Sample, Talk, Terms, draw, wanted
from compliance.quality.frozen import freeze, thaw

WEEK = dt.date(2026, 3, 2)
TERMS = Terms(Decimal(5), Decimal(10), 2, 6, {"complaint": 8, "late_note": 2})


def talks(count: int, *, user: int | None = 1, org: str = "own", start: int = 1, **more: object) -> list[Talk]:
    return [Talk(start + n, user, org, WEEK, **more) for n in range(count)]  # type: ignore[arg-type]


def numbers(sample: Sample) -> list[int]:
    return [one.talk.attempt for one in sample.drawn]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, 0),
        (1, 1),  # fewer than the least: all of them
        (30, 2),  # 1.5 rounds up
        (41, 3),  # 2.05 rounds up
        (60, 3),
        (200, 6),  # 10 by the share, but 6 at most
    ],
)
def test_the_share_is_rounded_up_between_the_least_and_the_most(count: int, expected: int) -> None:
    assert wanted(count, share=TERMS.collector_share, least=TERMS.least, most=TERMS.most) == expected
    assert len(draw(talks(count), terms=TERMS, seed="s").drawn) == expected


def test_each_person_and_each_agency_has_a_share_of_its_own_and_each_week() -> None:
    book = [
        *talks(60, user=1),
        *talks(3, user=2, start=1000),
        *talks(100, user=None, org="songfeng", start=2000),  # 10 %, and no most: an agency is not one person
        *[Talk(5000 + n, 1, "own", WEEK + dt.timedelta(days=7)) for n in range(30)],
    ]
    sample = draw(book, terms=TERMS, seed="s")
    assert Counter((one.talk.user, one.talk.org, one.talk.week) for one in sample.drawn) == {
        (1, "own", WEEK): 3,
        (2, "own", WEEK): 2,
        (None, "songfeng", WEEK): 10,
        (1, "own", WEEK + dt.timedelta(days=7)): 2,
    }
    capped = draw(talks(200), terms=TERMS, seed="s").strata[0]
    assert (capped.talks, capped.wanted, capped.drawn, capped.capped) == (200, 6, 6, True)


def test_the_same_facts_and_seed_draw_the_same_in_whatever_order_and_another_seed_does_not() -> None:
    book = talks(500, user=1, reasons=("late_note",)) + talks(500, user=2, start=1000)
    shuffled = list(book)
    Random(1).shuffle(shuffled)
    assert draw(book, terms=TERMS, seed="a") == draw(shuffled, terms=TERMS, seed="a")
    assert numbers(draw(book, terms=TERMS, seed="a")) != numbers(draw(book, terms=TERMS, seed="b"))


def test_a_talk_more_of_another_person_changes_nothing_for_this_one() -> None:
    alone = draw(talks(80), terms=TERMS, seed="a")
    assert set(numbers(alone)) <= set(numbers(draw([*talks(80), *talks(50, user=2, start=900)], terms=TERMS, seed="a")))


def test_what_was_drawn_before_counts_and_is_not_drawn_again() -> None:
    first = draw(talks(60), terms=TERMS, seed="a")
    taken = set(numbers(first))
    again = [Talk(t.attempt, t.user, t.org, t.week, taken=t.attempt in taken) for t in talks(60)]
    assert draw(again, terms=TERMS, seed="b").drawn == ()
    more = draw([*again, *talks(40, start=500)], terms=TERMS, seed="b")  # 5 of 100 now
    assert len(more.drawn) == 2
    assert not taken & set(numbers(more))


def test_the_probability_that_is_told_is_how_often_it_really_is_drawn() -> None:
    """40 talks, 5 of them of a debtor who complained (weight 9 against 1), 4 drawn; 3,000 seeds."""
    terms = Terms(Decimal(10), Decimal(10), 1, 9, {"complaint": 8})
    book = [*talks(5, reasons=("complaint",)), *talks(35, start=100)]
    often: Counter[bool] = Counter()
    told: dict[bool, float] = {}
    for seed in range(3000):
        for one in draw(book, terms=terms, seed=str(seed)).drawn:
            often[one.weight == 9] += 1
            told[one.weight == 9] = one.probability
    assert often[True] / 5 / 3000 == pytest.approx(told[True], abs=0.03)
    assert often[False] / 35 / 3000 == pytest.approx(told[False], abs=0.01)
    assert told[True] > 5 * told[False]
    assert 5 * told[True] + 35 * told[False] == pytest.approx(4)


def test_why_it_was_drawn_names_each_reason_with_its_weight() -> None:
    (one,) = draw(talks(1, reasons=("complaint", "late_note", "unknown")), terms=TERMS, seed="s").drawn
    assert (one.weight, one.why, one.probability) == (11, (("complaint", 8), ("late_note", 2)), 1.0)


def test_what_was_looked_at_is_kept_whole() -> None:
    book = [*talks(4, reasons=("complaint",)), *talks(2, user=None, org="songfeng", start=50, taken=True)]
    assert thaw(freeze(book, TERMS)) == (book, TERMS)
