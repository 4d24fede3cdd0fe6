"""Which talks are drawn. Pure, and the same for the same facts and seed, in whatever order the talks come.

A stratum is one person's (one agency's) talks of one week. Of each, `share` per cent are drawn, rounded up, at least
`least` and for a person at most `most`; what an earlier batch drew of it counts. Within a stratum the draw is weighted
and without replacement (Efraimidis and Spirakis 2006): each talk gets the moment −ln(u) / weight, u from a hash of the
seed and its own number, and the earliest moments are drawn.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal
from hashlib import blake2b
from math import exp, log

_TURNS = 60


@dataclass(frozen=True)
class Terms:
    """What a plan says; `weights` by reason."""

    collector_share: Decimal
    agency_share: Decimal
    least: int
    most: int
    weights: Mapping[str, int]


@dataclass(frozen=True)
class Talk:
    """One talk: whose (`user` of the lender's own people, else None and the agency's `org`), in which week (its Monday), and
    what makes it likelier. `taken`: an earlier batch drew it."""

    attempt: int
    user: int | None
    org: str
    week: date
    reasons: tuple[str, ...] = ()
    taken: bool = False


@dataclass(frozen=True)
class Drawn:
    """`why`: reasons with what each added to the weight 1. `probability` of being drawn, 0 to 1 (see `_probability`)."""

    talk: Talk
    weight: int
    why: tuple[tuple[str, int], ...]
    probability: float


@dataclass(frozen=True)
class Stratum:
    """`wanted`: by the plan, of all `talks`; `taken` of these were drawn before, `drawn` now. `capped`: the most a
    person may have is less than the share."""

    user: int | None
    org: str
    week: date
    talks: int
    wanted: int
    taken: int
    drawn: int
    capped: bool


@dataclass(frozen=True)
class Sample:
    drawn: tuple[Drawn, ...]
    strata: tuple[Stratum, ...] = field(default=())


def draw(talks: Iterable[Talk], *, terms: Terms, seed: str) -> Sample:
    """The sample, in the order of the talks' numbers; strata by person, agency and week."""
    groups: defaultdict[tuple[int, str, date], list[Talk]] = defaultdict(list)
    for talk in talks:
        groups[talk.user or 0, "" if talk.user is not None else talk.org, talk.week].append(talk)
    drawn: list[Drawn] = []
    strata: list[Stratum] = []
    for key in sorted(groups):
        found, stratum = _of_stratum(groups[key], terms, seed)
        drawn += found
        strata.append(stratum)
    return Sample(tuple(sorted(drawn, key=lambda one: one.talk.attempt)), tuple(strata))


def wanted(talks: int, *, share: Decimal, least: int, most: int | None) -> int:
    """How many of so many talks."""
    by_share = int((share * talks / 100).to_integral_value(ROUND_CEILING))
    number = max(by_share, least)
    return min(talks, number if most is None else min(number, most))


def _of_stratum(talks: list[Talk], terms: Terms, seed: str) -> tuple[list[Drawn], Stratum]:
    one = talks[0]
    is_person = one.user is not None
    share = terms.collector_share if is_person else terms.agency_share
    number = wanted(len(talks), share=share, least=terms.least, most=terms.most if is_person else None)
    taken = sum(talk.taken for talk in talks)
    free = [talk for talk in talks if not talk.taken]
    take = max(0, min(number - taken, len(free)))
    parts = [tuple((reason, terms.weights.get(reason, 0)) for reason in talk.reasons) for talk in free]
    weights = [1 + sum(weight for _reason, weight in part) for part in parts]
    moment = [
        (-log(_chance(seed, talk.attempt)) / weight, talk.attempt) for talk, weight in zip(free, weights, strict=True)
    ]
    chosen = sorted(range(len(free)), key=moment.__getitem__)[:take]
    likely = _probability(weights, take)
    found = [
        Drawn(free[i], weights[i], tuple(part for part in parts[i] if part[1]), likely[weights[i]]) for i in chosen
    ]
    capped = is_person and wanted(len(talks), share=share, least=terms.least, most=None) > number
    return found, Stratum(
        one.user, "" if is_person else one.org, one.week, len(talks), number, taken, len(found), capped
    )


def _chance(seed: str, attempt: int) -> float:
    """Between 0 and 1, both out."""
    digest = blake2b(f"{seed}:{attempt}".encode(), digest_size=8).digest()
    return ((int.from_bytes(digest) >> 11) + 0.5) / 2**53


def _probability(weights: list[int], take: int) -> dict[int, float]:
    """By weight, how likely a talk of it is among the `take` earliest: 1 − e^(−weight × t), with t such that these add up to
    `take`. What is known exactly is only their sum; each is right to about one in the number of talks."""
    if take >= len(weights):
        return dict.fromkeys(weights, 1.0)
    if not take:
        return {}
    number: defaultdict[int, int] = defaultdict(int)
    for weight in weights:
        number[weight] += 1
    low, high = 0.0, 1.0

    def expected(t: float) -> float:
        return sum(count * (1 - exp(-weight * t)) for weight, count in number.items())

    while expected(high) < take:
        low, high = high, high * 2
    for _turn in range(_TURNS):
        middle = (low + high) / 2
        low, high = (middle, high) if expected(middle) < take else (low, middle)
    return {weight: 1 - exp(-weight * high) for weight in number}
