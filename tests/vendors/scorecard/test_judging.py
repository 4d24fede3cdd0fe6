"""Points by curve and weight, what is not judged, the veto, and what would change the score to the cent."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vendors.scorecard.house import M2, agency, cell, month, three
from vendors.scorecard.criteria import SHIPPED, Criterion, Grade, Item, Point, Scheme, shipped_scheme
from vendors.scorecard.decide import Scored, card_of, decide
from vendors.scorecard.facts import AgencyFacts, MonthFacts
from vendors.scorecard.funnel import standings
from vendors.scorecard.judging import Card, Change, Judged, Measured, changed, judge, measured, with_changes
from vendors.scorecard.limits import Limits

CLEAN: dict[str, Any] = {
    "reached": 30, "contacted": 1_000, "least_contacted": 50, "quality": (Decimal("88.00"), 10), "fed_days": 20,
}  # fmt: skip


def scored(**about: Any) -> Scored:
    """The first of the three agencies, with what is told of it."""
    first, *others = three().agencies
    return decide(month(replace(first, **{**CLEAN, **about}), *others))[0]


def item(card: Card, criterion: Criterion) -> Judged:
    return next(one for one in card.items if one.measured.criterion == criterion)


def values(card: Card) -> dict[str, tuple[str, str, str]]:
    return {
        one.measured.criterion.value: (str(one.measured.value), str(one.points), str(one.lost)) for one in card.items
    }


def test_a_card_by_hand() -> None:
    card = scored(complaints=3, breaches=2, late_days=1, shortcomings={"assessment": 1}).card
    assert values(card) == {
        "recovery": ("1.3158", "40.00", "0.00"),  # beyond the last point of the curve
        "roll": ("0.8333", "9.58", "0.42"),  # 1 − 0.25 × 0.0333 ÷ 0.2 = 0.958375
        "contact": ("60.00", "5.00", "0.00"),  # 30 of 50
        "complaints": ("30.00", "6.00", "9.00"),  # 3 for 1,000; 0.6 − 0.6 × 10 ÷ 30 = 0.4
        "breaches": ("10", "6.00", "4.00"),  # two of five points
        "quality": ("88.00", "8.13", "1.87"),  # 0.6 + 0.4 × 8 ÷ 15 = 0.81333
        "security": ("1", "2.00", "3.00"),
        "punctuality": ("1", "4.00", "1.00"),
    }
    assert (card.score, card.grade) == (Decimal("80.71"), Grade.B)


def test_two_fewer_complaints_and_a_little_more_recovery_to_the_cent() -> None:
    card = scored(complaints=3, breaches=2).card
    fewer = {int(one.by): one for one in item(card, Criterion.COMPLAINTS).changes}
    assert (fewer[-2].to, fewer[-2].gain, fewer[-2].score) == (Decimal("10.00"), Decimal("6.00"), card.score + 6)
    assert not item(card, Criterion.RECOVERY).changes, "it has all its points"
    assert [one.by for one in item(card, Criterion.BREACHES).changes] == [-5, -10], "points of one and of two breaches"


def test_the_smallest_step_to_the_next_grade_is_told() -> None:
    card = scored(complaints=3, breaches=2, late_days=2, shortcomings={"assessment": 1}).card
    assert card.grade == Grade.B
    steps = {one.measured.criterion: change for one in card.items for change in one.changes if change.grade_step}
    assert set(steps) == {Criterion.COMPLAINTS}, "nothing else alone is worth the points that an A lacks"
    change = steps[Criterion.COMPLAINTS]
    assert change.grade == Grade.A and change.score >= 85
    one_less = next(one for one in item(card, Criterion.COMPLAINTS).changes if one.by == change.by + 1)
    assert one_less.grade == Grade.B


def test_a_grade_that_is_reached_at_the_very_end_of_a_curve_is_told() -> None:
    """0.9995: the last step is a fraction of a tenth of a point, and is there all the same."""
    curve = (Point(Decimal(0), Decimal(0)), Point(Decimal(1), Decimal(1)))
    scheme = Scheme(2, (Item(Criterion.RECOVERY, Decimal(100), curve),), grade_a=Decimal(100))
    card = judge([Measured(Criterion.RECOVERY, Decimal("0.9995"))], scheme)
    [change] = [one for one in with_changes(card, scheme).items[0].changes if one.grade_step]
    assert (card.grade, change.by, change.score, change.grade) == (
        Grade.B,
        Decimal("0.001"),
        Decimal("100.00"),
        Grade.A,
    )


# Not judged --------------------------------------------------------------------------------------------------------


def test_what_nobody_knows_takes_and_gives_no_points() -> None:
    known = scored(breaches=2)
    card = scored(breaches=2, reached=None, quality=None, fed_days=0, contacted=0).card
    unjudged = {one.measured.criterion.value: one.measured.why for one in card.items if one.measured.value is None}
    assert unjudged == {
        "contact": "no_data", "complaints": "few_contacts", "quality": "no_data", "punctuality": "no_data",
    }  # fmt: skip
    weights = {one.measured.criterion.value: one.weight for one in card.items}
    # 65 points of the scheme are judged: 40 ÷ 65, 10 ÷ 65, 5 ÷ 65 of a hundred.
    assert weights["recovery"] == Decimal("61.54") and weights["contact"] == 0
    assert sum(weights.values()) == 100 == sum(one.weight for one in known.card.items)
    assert card.score == sum(one.points for one in card.items)


def test_complaints_count_though_too_few_contacts_were_told() -> None:
    """Else not telling would be the way to be rid of them."""
    said = item(scored(complaints=2, contacted=3).card, Criterion.COMPLAINTS).measured
    assert (said.denominator, said.value) == (50, Decimal("400.00"))
    silent = item(scored(complaints=0, contacted=3).card, Criterion.COMPLAINTS).measured
    assert (silent.value, silent.why) == (None, "few_contacts")


def test_luck_is_not_judged() -> None:
    small = month(agency(1, {M2: cell(5, "100.00", paid=4)}, **CLEAN), agency(2, {M2: cell(500, "100.00", paid=50)}),
                  limits=Limits(stratum_least=1))  # fmt: skip
    card = decide(small)[0].card
    assert item(card, Criterion.RECOVERY).measured.why == "cannot_tell"
    assert item(card, Criterion.RECOVERY).weight == 0


def test_a_month_without_anything_to_judge_says_so() -> None:
    scheme = Scheme(2, tuple(one for one in shipped_scheme().items if one.criterion == Criterion.QUALITY))
    card = judge(measured(three().agencies[0], standings(three())[1]), scheme)
    assert not card.is_judged and card.score == 0
    assert judge(measured(replace(three().agencies[0], **CLEAN), standings(three())[1]), scheme).is_judged


# The veto ----------------------------------------------------------------------------------------------------------


def test_a_critical_breach_is_a_d_whatever_the_score_and_no_small_change_helps() -> None:
    free, vetoed = scored().card, scored(critical=1).card
    assert (free.grade, free.vetoed) == (Grade.A, False)
    assert (vetoed.grade, vetoed.vetoed) == (Grade.D, True) and vetoed.score > 60
    assert not any(change.grade_step for one in vetoed.items for change in one.changes)
    assert item(vetoed, Criterion.BREACHES).measured.value == 20
    facts = month(replace(three().agencies[0], critical=1, **CLEAN), limits=Limits(veto_on_critical=False))
    lenient = card_of(facts.agencies[0], standings(facts)[1], facts)
    assert not lenient.vetoed and lenient.grade == facts.scheme.grade(lenient.score) != Grade.D


# Exactly -----------------------------------------------------------------------------------------------------------


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    """The shipped curves under weights of all sorts."""
    some = draw(st.lists(st.sampled_from(list(Criterion)), min_size=1, unique=True))
    curves = {one.criterion: one.curve for one in shipped_scheme().items}
    return Scheme(2, tuple(Item(one, Decimal(draw(st.integers(1, 60))), curves[one]) for one in some))


abouts = st.fixed_dictionaries({
    "reached": st.none() | st.integers(0, 50),
    "complaints": st.integers(0, 12),
    "contacted": st.integers(0, 3_000),
    "least_contacted": st.just(50),
    "breaches": st.integers(0, 9),
    "critical": st.sampled_from((0, 0, 1)),
    "quality": st.none() | st.tuples(st.decimals(0, 100, places=2), st.integers(1, 40)),
    "late_days": st.integers(0, 8),
    "fed_days": st.sampled_from((0, 20)),
    "shortcomings": st.dictionaries(st.sampled_from(("agreement", "leak")), st.integers(1, 3)),
})  # fmt: skip


def again(facts: MonthFacts, found: AgencyFacts, change: Change, criterion: Criterion) -> Card:
    """The card when the change has happened: in the facts where it is one of facts, else in what was measured."""
    standing = standings(facts)[found.agency]
    by = int(change.by)
    after = {
        Criterion.COMPLAINTS: lambda: replace(found, complaints=found.complaints + by),
        Criterion.BREACHES: lambda: replace(found, breaches=found.breaches + by // found.breach_points),
        Criterion.PUNCTUALITY: lambda: replace(found, late_days=found.late_days + by),
        Criterion.CONTACT: lambda: replace(found, reached=(found.reached or 0) + by),
        Criterion.SECURITY: lambda: replace(found, shortcomings={"": sum(found.shortcomings.values()) + by}),
    }.get(criterion)
    vetoed = found.critical > 0
    if after is not None:
        return judge(measured(after(), standing), facts.scheme, vetoed=vetoed)
    values = [changed(one, change.by) if one.criterion == criterion else one for one in measured(found, standing)]
    return judge(values, facts.scheme, vetoed=vetoed)


@settings(max_examples=120, deadline=None)
@given(schemes(), abouts)
def test_what_would_change_the_score_does(scheme: Scheme, about: dict[str, Any]) -> None:
    first, *others = three().agencies
    found = replace(first, **about)
    facts = month(found, *others, scheme=scheme)
    card = card_of(found, standings(facts)[1], facts)
    for one in card.items:
        steps = [change for change in one.changes if change.grade_step]
        assert len(steps) <= 1
        for change in one.changes:
            after = again(facts, found, change, one.measured.criterion)
            assert (after.score, after.grade) == (change.score, change.grade)
            assert item(after, one.measured.criterion).measured.value == change.to
            assert change.score - card.score == change.gain > 0
        for change in steps:
            assert change.grade.value < card.grade.value


@settings(max_examples=120, deadline=None)
@given(schemes(), abouts)
def test_points_and_what_was_lost_add_up_to_a_hundred(scheme: Scheme, about: dict[str, Any]) -> None:
    first, *others = three().agencies
    facts = month(replace(first, **about), *others, scheme=scheme)
    card = card_of(facts.agencies[0], standings(facts)[1], facts)
    whole = Decimal(100) if card.is_judged else Decimal(0)
    assert sum(one.points + one.lost for one in card.items) == whole
    assert card.score == sum(one.points for one in card.items)
    assert all(one.points >= 0 and one.lost >= 0 for one in card.items)


def test_every_criterion_has_a_weight_and_a_curve_of_its_own() -> None:
    assert list(SHIPPED) == list(Criterion)
