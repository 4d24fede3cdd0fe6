"""What each criterion came to, the points for it, and what would change them. Pure, and exact: a score is a formula.

A criterion without data is not judged: its weight is spread over the others in proportion, so that nobody gains or loses by
what nobody knows. Money that cannot be told apart from luck is not judged either.

Complaints of an agency that told of too few contacts for a rate count as if it had contacted the least number of customers:
else not telling would be the way to be rid of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Decimal

from collection_ops.core.money import round_money, split
from vendors.scorecard.criteria import HIGHER_IS_BETTER, WHOLE, Criterion, Grade, Item, Scheme, share_at
from vendors.scorecard.facts import AgencyFacts
from vendors.scorecard.funnel import Standing

VALUE_PLACES = Decimal("0.0001")
ZERO = Decimal("0.00")

NO_DATA, FEW_CONTACTS, UNTOLD, NO_ROLL = "no_data", "few_contacts", "cannot_tell", "no_positions"
"""Why a criterion is not judged; words for them in wording.py."""

VALUED: Mapping[Criterion, Decimal] = {
    Criterion.RECOVERY: Decimal("0.001"),
    Criterion.ROLL: Decimal("0.001"),
    Criterion.QUALITY: Decimal("0.1"),
}
"""Criteria that change by their value, and the smallest change that is looked for; the others change by pieces (`unit`) of
their numerator, of which the value is made."""
USUAL_VALUED, USUAL_PIECES = (10, 50), (1, 2, 5)
"""Changes that are always told. Of contacts 1 % and 5 % of the cases."""


@dataclass(frozen=True)
class Measured:
    """A criterion's value. `unit`: one piece of the numerator; `least`, `most`: to what changes alone can bring it (fewer
    breaches undo no critical one). Not judged: no value, and `why`."""

    criterion: Criterion
    value: Decimal | None = None
    expected: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    why: str = ""
    unit: Decimal = Decimal(1)
    least: Decimal = Decimal(0)
    most: Decimal | None = None


@dataclass(frozen=True)
class Change:
    """What one change alone would make of the score: the value (VALUED) or else the numerator plus `by`. `to`: the value
    then. `grade_step`: the smallest one that reaches a better grade."""

    by: Decimal
    to: Decimal
    score: Decimal
    grade: Grade
    gain: Decimal
    grade_step: bool = False

    def to_json(self) -> dict[str, str | bool]:
        return {
            "by": f"{self.by.normalize():f}",
            "to": f"{self.to.normalize():f}",
            "score": str(self.score),
            "grade": self.grade.value,
            "gain": str(self.gain),
            "grade_step": self.grade_step,
        }


@dataclass(frozen=True)
class Judged:
    """A criterion with its part of 100 points; `points` + `lost` = `weight`, which is nought where it is not judged."""

    measured: Measured
    weight: Decimal
    points: Decimal
    lost: Decimal
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Card:
    """`score`: the sum of the points. `grade` is D where a critical breach vetoes, whatever the score."""

    items: tuple[Judged, ...]
    score: Decimal
    grade: Grade
    vetoed: bool = False
    is_judged: bool = field(default=True)
    """False: there is nothing that could be judged, and the score says nothing."""


# What it came to ---------------------------------------------------------------------------------------------------


def measured(facts: AgencyFacts, standing: Standing) -> tuple[Measured, ...]:
    """All criteria, in the order of Criterion."""
    return (
        _recovery(standing),
        _roll(standing),
        _contact(facts, standing),
        _complaints(facts),
        _breaches(facts),
        _quality(facts),
        _valued(Measured(Criterion.SECURITY, numerator=Decimal(sum(facts.shortcomings.values())))),
        _punctuality(facts),
    )


def _recovery(standing: Standing) -> Measured:
    if standing.ratio is None or standing.why is not None:
        return Measured(Criterion.RECOVERY, why=UNTOLD)
    return Measured(Criterion.RECOVERY, standing.ratio, Decimal(1), standing.observed, standing.expected)


def _roll(standing: Standing) -> Measured:
    if standing.expected_rolled <= 0:
        return Measured(Criterion.ROLL, why=NO_ROLL)
    if standing.why is not None:
        return Measured(Criterion.ROLL, why=UNTOLD)
    value = (standing.rolled / standing.expected_rolled).quantize(VALUE_PLACES)
    return Measured(Criterion.ROLL, value, Decimal(1), standing.rolled, standing.expected_rolled)


def _contact(facts: AgencyFacts, standing: Standing) -> Measured:
    if facts.reached is None or not standing.cases:
        return Measured(Criterion.CONTACT, why=NO_DATA)
    reached, cases = Decimal(facts.reached), Decimal(standing.cases)
    return _valued(Measured(Criterion.CONTACT, numerator=reached, denominator=cases, most=cases))


def _complaints(facts: AgencyFacts) -> Measured:
    few = facts.contacted < facts.least_contacted
    if few and not facts.complaints:
        return Measured(Criterion.COMPLAINTS, why=FEW_CONTACTS)
    return _valued(
        Measured(
            Criterion.COMPLAINTS,
            numerator=Decimal(facts.complaints),
            denominator=Decimal(max(facts.contacted, facts.least_contacted)),
            least=Decimal(few),  # without the last one there would be nothing to judge, and other weights
        )
    )


def _breaches(facts: AgencyFacts) -> Measured:
    unit, critical = Decimal(facts.breach_points), Decimal(facts.critical * facts.critical_points)
    points = unit * facts.breaches + critical
    return _valued(Measured(Criterion.BREACHES, numerator=points, unit=unit, least=critical))


def _quality(facts: AgencyFacts) -> Measured:
    """The numerator: the points of all checks together."""
    if facts.quality is None:
        return Measured(Criterion.QUALITY, why=NO_DATA)
    mean, checks = facts.quality
    return Measured(Criterion.QUALITY, mean, numerator=round_money(mean * checks), denominator=Decimal(checks))


def _punctuality(facts: AgencyFacts) -> Measured:
    if not facts.fed_days:
        return Measured(Criterion.PUNCTUALITY, why=NO_DATA)
    late, days = Decimal(facts.late_days), Decimal(facts.fed_days)
    return _valued(Measured(Criterion.PUNCTUALITY, numerator=late, denominator=days))


def _valued(one: Measured) -> Measured:
    """With the value that its numerator makes."""
    assert one.numerator is not None, "a value is made of something"
    of = one.denominator or Decimal(1)
    if one.criterion in _PER:
        return replace(one, value=round_money(one.numerator * _PER[one.criterion] / of))
    return replace(one, value=one.numerator)


_PER: Mapping[Criterion, int] = {Criterion.COMPLAINTS: 10_000, Criterion.CONTACT: 100}


# The points --------------------------------------------------------------------------------------------------------


def judge(found: Iterable[Measured], scheme: Scheme, *, vetoed: bool = False) -> Card:
    """The card of a month; what the scheme does not ask for is left out."""
    by_criterion = {one.criterion: one for one in found}
    given = [(item, by_criterion[item.criterion]) for item in scheme.items]
    judged = [(item, one) for item, one in given if one.value is not None]
    parts = split(WHOLE, [item.weight for item, _one in judged]) if judged else []
    weights = {item.criterion: weight for (item, _one), weight in zip(judged, parts, strict=True)}
    items = tuple(_points(item, one, weights.get(item.criterion, ZERO)) for item, one in given)
    score = sum((one.points for one in items), ZERO)
    return Card(items, score, Grade.D if vetoed else scheme.grade(score), vetoed, bool(judged))


def _points(item: Item, one: Measured, weight: Decimal) -> Judged:
    points = ZERO if one.value is None else round_money(weight * share_at(item.curve, one.value))
    return Judged(one, weight, points, weight - points)


# What would change them --------------------------------------------------------------------------------------------


def with_changes(card: Card, scheme: Scheme) -> Card:
    """The card with what would make it another score, criterion by criterion."""
    items = {item.criterion: item for item in scheme.items}
    told = tuple(
        replace(one, changes=tuple(_changes(card, one, items[one.measured.criterion], scheme))) for one in card.items
    )
    return replace(card, items=told)


def changed(one: Measured, by: Decimal) -> Measured:
    """The criterion as it would be with `by` more of its numerator, or of its value (VALUED)."""
    if one.criterion in VALUED:
        return replace(one, value=(one.value or ZERO) + by)
    return _valued(replace(one, numerator=(one.numerator or ZERO) + by))


def _changes(card: Card, one: Judged, item: Item, scheme: Scheme) -> list[Change]:
    """The usual ones that gain anything, and the smallest that reaches a better grade; by how large they are."""
    if one.measured.value is None or not one.lost:
        return []
    step, most = _step(one.measured), _most_steps(one.measured, item)
    reach = {n: _change(card, one, item, scheme, step * n) for n in _usual(one.measured) if n <= most}
    smallest = None if card.vetoed else _smallest(card, one, item, scheme, step, most)
    if smallest is not None:
        reach[smallest] = replace(_change(card, one, item, scheme, step * smallest), grade_step=True)
    return [change for _n, change in sorted(reach.items()) if change.gain > 0]


def _step(one: Measured) -> Decimal:
    size = VALUED.get(one.criterion, one.unit)
    return size if one.criterion in HIGHER_IS_BETTER else -size


def _usual(one: Measured) -> Sequence[int]:
    if one.criterion in VALUED:
        return USUAL_VALUED
    if one.criterion == Criterion.CONTACT:
        cases = int(one.denominator or 0)
        return -(-cases // 100), -(-cases // 20)
    return USUAL_PIECES


def _most_steps(one: Measured, item: Item) -> int:
    """How many steps there are until nothing more is to be had."""
    if one.criterion in VALUED:
        best = item.curve[-1].value if one.criterion in HIGHER_IS_BETTER else item.curve[0].value
        away = abs(best - (one.value or ZERO)) / VALUED[one.criterion]
        return int(away.to_integral_value(ROUND_CEILING))
    now = one.numerator or ZERO
    end = (one.most or now) if one.criterion in HIGHER_IS_BETTER else one.least
    return int(abs(end - now) // one.unit) if one.unit else 0


def _change(card: Card, one: Judged, item: Item, scheme: Scheme, by: Decimal) -> Change:
    after = changed(one.measured, by)
    assert after.value is not None
    gain = _points(item, after, one.weight).points - one.points
    score = card.score + gain
    return Change(by, after.value, score, Grade.D if card.vetoed else scheme.grade(score), gain)


def _smallest(card: Card, one: Judged, item: Item, scheme: Scheme, step: Decimal, most: int) -> int | None:
    """The fewest steps to a better grade; points never fall on the way, so that it is found by halving."""

    def reaches(steps: int) -> bool:
        return _change(card, one, item, scheme, step * steps).grade.value < card.grade.value

    if not most or not reaches(most):
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high
