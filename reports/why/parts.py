"""Decide: a change of a rate into parts that add up to it exactly.

A rate R = Σ N ÷ Σ D over groups (say stage × product). With w a group's share of the denominator, r its own rate and R̄ the
mean of the two overall rates, the change R₁ − R₀ is the sum over groups of

    rate        (r₁ − r₀) × (w₀ + w₁) ÷ 2           the group itself does better or worse
    mix         (w₁ − w₀) × ((r₀ + r₁) ÷ 2 − R̄)    more or less of it than before
    population  (w₁ − w₀) × (r − R̄)                 it is there in one of the periods only

Symmetric in the two periods (neither is the base), and exact because the shares add up to one in both. A group without a
denominator in both periods but with a numerator (money of debts whose balance was nought) has no rate: what it adds is
population. Computed in fractions; rounded once, the last millionths to the largest remainders.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

MILLIONTH = Fraction(1, 1_000_000)
NONE = Decimal("0.000000")
EFFECTS = ("rate", "mix", "population")
Pair = tuple[Decimal, Decimal]
"""Numerator and denominator."""


@dataclass(frozen=True)
class Part:
    """What one group adds to the change. Millionths as Decimals with six places."""

    key: tuple[str, ...]
    rate: Decimal
    mix: Decimal
    population: Decimal
    before: Pair
    after: Pair

    @property
    def total(self) -> Decimal:
        return self.rate + self.mix + self.population


@dataclass(frozen=True)
class Change:
    """`before`, `after`: the overall rates; None where there was nothing to divide by, and then there are no parts."""

    before: Decimal | None
    after: Decimal | None
    parts: tuple[Part, ...] = ()

    @property
    def difference(self) -> Decimal | None:
        """Six places; what the parts add up to."""
        return None if self.before is None or self.after is None else self.after - self.before

    def to_json(self, by: Iterable[str]) -> dict[str, Any]:
        """`by`: the names of what the keys of the parts are values of."""
        names = list(map(str, by))
        return {
            "before": _text(self.before),
            "after": _text(self.after),
            "difference": _text(self.difference),
            **{name: str(self.sum_of(name)) for name in EFFECTS},
            "parts": [
                {
                    "key": dict(zip(names, part.key, strict=True)),
                    **{name: str(getattr(part, name)) for name in EFFECTS},
                    "before": list(map(str, part.before)),
                    "after": list(map(str, part.after)),
                }
                for part in self.parts
            ],
        }

    def sum_of(self, name: str) -> Decimal:
        """`rate`, `mix` or `population` of all groups."""
        return sum((getattr(part, name) for part in self.parts), NONE)


def take_apart(before: Mapping[tuple[str, ...], Pair], after: Mapping[tuple[str, ...], Pair]) -> Change:
    """Groups of the two periods, largest contribution first."""
    whole0, whole1 = _whole(before), _whole(after)
    if not whole0[1] or not whole1[1]:
        return Change(_rounded(whole0), _rounded(whole1))
    rate0, rate1 = whole0[0] / whole0[1], whole1[0] / whole1[1]
    middle = (rate0 + rate1) / 2
    exact: list[tuple[tuple[str, ...], str, Fraction]] = []
    for key in sorted(before.keys() | after.keys()):
        (n0, d0), (n1, d1) = (_fractions(one.get(key)) for one in (before, after))
        w0, w1 = d0 / whole0[1], d1 / whole1[1]
        if d0 and d1:
            r0, r1 = n0 / d0, n1 / d1
            exact.append((key, "rate", (r1 - r0) * (w0 + w1) / 2))
            exact.append((key, "mix", (w1 - w0) * ((r0 + r1) / 2 - middle)))
        else:
            # In one period only: its share of that rate, less what the same share would have brought on average.
            here = (n1 / whole1[1] - w1 * middle) - (n0 / whole0[1] - w0 * middle)
            exact.append((key, "population", here))
    first, last = _rounded(whole0), _rounded(whole1)
    assert first is not None and last is not None
    rounded = _add_up([value for _key, _name, value in exact], Fraction(last - first))
    found: dict[tuple[str, ...], dict[str, Decimal]] = {}
    for (key, name, _value), value in zip(exact, rounded, strict=True):
        found.setdefault(key, {})[name] = value
    nothing = (Decimal("0.00"), Decimal("0.00"))
    parts = [
        Part(
            key=key,
            rate=one.get("rate", NONE),
            mix=one.get("mix", NONE),
            population=one.get("population", NONE),
            before=before.get(key, nothing),
            after=after.get(key, nothing),
        )
        for key, one in found.items()
    ]
    return Change(first, last, tuple(sorted(parts, key=lambda part: (-abs(part.total), part.key))))


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _whole(groups: Mapping[tuple[str, ...], Pair]) -> tuple[Fraction, Fraction]:
    return (
        sum((Fraction(n) for n, _d in groups.values()), Fraction(0)),
        sum((Fraction(d) for _n, d in groups.values()), Fraction(0)),
    )


def _fractions(pair: Pair | None) -> tuple[Fraction, Fraction]:
    return (Fraction(pair[0]), Fraction(pair[1])) if pair else (Fraction(0), Fraction(0))


def _rounded(whole: tuple[Fraction, Fraction]) -> Decimal | None:
    """As `Line.value` rounds."""
    if not whole[1]:
        return None
    return (_decimal(whole[0]) / _decimal(whole[1])).quantize(Decimal("0.000001"))


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def _add_up(values: list[Fraction], total: Fraction) -> list[Decimal]:
    """Each rounded down to a millionth, and what is left to reach `total` given to the largest remainders."""
    floors = [value // MILLIONTH for value in values]
    left = int(total / MILLIONTH) - sum(floors)
    order = sorted(range(len(values)), key=lambda i: (floors[i] - values[i] / MILLIONTH, i))
    step = 1 if left >= 0 else -1
    for turn in range(abs(left)):
        floors[order[turn % len(order)]] += step
    return [Decimal(floor).scaleb(-6) for floor in floors]
