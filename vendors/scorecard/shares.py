"""The share of new placements that is proposed for each agency. Pure. A proposal: people place.

Shares are per cent of two places and add up to 100 exactly. The aim is in proportion to the scores; whoever cannot be told
apart is taken for the mean of those who can, and whoever is vetoed or may be given no cases aims at nought. Then all go the
same part of the way from where they are, so far that nobody moves more than the month allows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from collection_ops.core.money import split

WHOLE = Decimal(100)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Claim:
    """An agency's part: what it holds now (yuan), its score; `told_apart` False: the score rests on too little."""

    agency: int
    held: Decimal
    score: Decimal
    told_apart: bool = True
    may_receive: bool = True


def shares(claims: Sequence[Claim], most: int) -> dict[int, tuple[Decimal, Decimal]]:
    """By agency: the share now, and the proposed one. `most`: percentage points that a share may move in the month."""
    if not claims:
        return {}
    now = _now(claims)
    aims = _aims(claims, now)
    furthest = max(abs(aims[one.agency] - now[one.agency]) for one in claims)
    part = min(Decimal(1), most / furthest) if furthest else ZERO
    moved = [max(now[one.agency] + part * (aims[one.agency] - now[one.agency]), ZERO) for one in claims]
    proposed = split(WHOLE, moved)
    return {one.agency: (now[one.agency], share) for one, share in zip(claims, proposed, strict=True)}


def _now(claims: Sequence[Claim]) -> Mapping[int, Decimal]:
    """By amount in hand; where nothing is in hand, all alike."""
    weights = [max(one.held, ZERO) for one in claims]
    parts = split(WHOLE, weights if any(weights) else [1] * len(claims))
    return {one.agency: part for one, part in zip(claims, parts, strict=True)}


def _aims(claims: Sequence[Claim], now: Mapping[int, Decimal]) -> Mapping[int, Decimal]:
    told = [one.score for one in claims if one.told_apart and one.may_receive]
    mean = sum(told, ZERO) / len(told) if told else WHOLE
    weights = {one.agency: (one.score if one.told_apart else mean) if one.may_receive else ZERO for one in claims}
    whole = sum(weights.values(), ZERO)
    if not whole:
        return now
    return {agency: WHOLE * weight / whole for agency, weight in weights.items()}
