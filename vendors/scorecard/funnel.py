"""Money observed and expected, and between which limits the one falls by chance. Pure.

**Expected** (indirect standardisation): the pool's rate of each group of strata, yuan for a yuan-day, times the agency's
own yuan-days. The pool is all agencies, the agency itself among them, as is usual; so what is expected of all adds up to
what all brought in, to the cent. A large agency pulls its own expectation towards itself; the limits take that into
account.

**Chance**. Money is not a count: most cases pay nothing and a few pay all, so that two payments more or less may be a
large part of a small agency's month. With y the money and x the yuan-days of a case, r the rate of its group, the second
moments of the whole group tell how far cases stray, as if every agency had drawn its cases from the pool: Σ (y − r x)². A
case strays by the square of its balance and by its days (twice the days, twice the chance that it pays): u = balance² ×
days, and v = Σ (y − r x)² ÷ Σ u. Of an agency with U of the group's u and the share w of its yuan-days, r being estimated
from the same cases:

    Var(O − E) = v (U (1 − w)² + (Σ u − U) w²)      summed over the groups

**Dispersion**: agencies differ for reasons that nobody can call chance or merit (staff, towns). As usual for funnel plots
(Spiegelhalter, Statistics in Medicine 2005; 24: 1185-1202) the variance is multiplied by φ, the mean of z² = (O − E)² ÷ Var
over agencies with the extreme tenth at either end drawn in, and never less than 1. From few agencies it cannot be
estimated: of three, no z can be further out than √(3φ), whatever it did. Below a set number of agencies φ is 1.

**Limits**: a sum of few large payments leans to the right. It is taken for a gamma variable with mean E and variance φ Var,
whose quantiles are near E (1 − 1/(9k) ± z/(3√k))³ with k = E² ÷ (φ Var) (Wilson and Hilferty, PNAS 1931; 17: 684-688; Byar's
limits of a count are the same formula). They never fall below nought and come to E ± z√(φ Var) for large sums.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from operator import attrgetter

from collection_ops.core.money import round_money, split
from vendors.scorecard.criteria import Untold, Verdict
from vendors.scorecard.facts import AgencyFacts, Cell, MonthFacts
from vendors.scorecard.limits import Limits
from vendors.scorecard.strata import Group, Stratum, merged

Z95, Z998 = Decimal("1.959964"), Decimal("3.090232")
RATIO_PLACES = Decimal("0.0001")
MOST = Decimal("999999.9999")
"""What a ratio column holds; beyond it nobody reads a figure."""
RATE_PLACES = Decimal("0.000001")
EXACT = Context(prec=40)
"""Sums of squares have up to thirty digits; the same facts give the same figures on every machine."""
ZERO = Decimal(0)


@dataclass(frozen=True)
class Part:
    """An agency's cell with what is expected of it. `pool_cases`, `rate` (yuan for one in hand all month): its group's."""

    stratum: Stratum
    cell: Cell
    group: Group
    expected: Decimal
    expected_rolled: Decimal
    pool_cases: int
    rate: Decimal


@dataclass(frozen=True)
class Standing:
    """An agency's money beside the pool's. Yuan, two places; ratios four. `lower` to `upper998` are ratios, None where
    nothing can be expected."""

    parts: tuple[Part, ...]
    days: int
    cases: int
    placed: Decimal
    exposed: Decimal
    observed: Decimal
    expected: Decimal
    roll_base: Decimal
    rolled: Decimal
    expected_rolled: Decimal
    variance: Decimal
    dispersion: Decimal = Decimal(1)
    ratio: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    lower998: Decimal | None = None
    upper998: Decimal | None = None
    verdict: Verdict = Verdict.CANNOT_TELL
    why: Untold | None = None


@dataclass
class _Pool:
    """A group of strata over all agencies. `sizes`: Σ u, `spread`: v."""

    cells: list[tuple[int, Stratum, Cell]]
    cases: int = 0
    exposed: Decimal = ZERO
    observed: Decimal = ZERO
    sizes: Decimal = ZERO
    spread: Decimal = ZERO


def standings(facts: MonthFacts) -> dict[int, Standing]:
    """By id of the agency."""
    with localcontext(EXACT):
        groups, pools = _pooled(facts)
        parts = _parts(facts, groups, pools)
        rough = {one.agency: _summed(one, parts[one.agency], pools, facts.days) for one in facts.agencies}
        phi = dispersion(list(rough.values()), facts.limits)
        return {agency: _limited(one, phi, len(rough), facts.limits) for agency, one in rough.items()}


def _pooled(facts: MonthFacts) -> tuple[dict[Stratum, Group], dict[Group, _Pool]]:
    cases: dict[Stratum, int] = defaultdict(int)
    for agency in facts.agencies:
        for stratum, cell in agency.cells.items():
            cases[stratum] += cell.cases
    groups = merged(cases, facts.limits.stratum_least)
    pools: dict[Group, _Pool] = defaultdict(lambda: _Pool([]))
    for agency in facts.agencies:
        for stratum, cell in sorted(agency.cells.items()):
            pools[groups[stratum]].cells.append((agency.agency, stratum, cell))
    for pool in pools.values():
        _sum_up(pool)
    return groups, pools


def _total(cells: Iterable[Cell], name: str) -> Decimal:
    return sum(map(attrgetter(name), cells), ZERO)


def _sum_up(pool: _Pool) -> None:
    cells = [cell for _agency, _stratum, cell in pool.cells]
    pool.cases = sum(cell.cases for cell in cells)
    pool.exposed, pool.observed = _total(cells, "exposed"), _total(cells, "observed")
    pool.sizes = _total(cells, "sizes")
    if pool.sizes and pool.exposed:
        rate = pool.observed / pool.exposed
        squares = (
            _total(cells, "squares")
            - 2 * rate * _total(cells, "cross")
            + rate * rate * _total(cells, "exposed_squares")
        )
        pool.spread = max(squares, ZERO) / pool.sizes


def _shared(whole: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`whole` yuan in proportion, adding up to it; nothing where there is nothing to go by."""
    return split(whole, weights) if any(weights) else [Decimal("0.00")] * len(weights)


def _parts(facts: MonthFacts, groups: Mapping[Stratum, Group], pools: Mapping[Group, _Pool]) -> dict[int, list[Part]]:
    found: dict[int, list[Part]] = {one.agency: [] for one in facts.agencies}
    for group, pool in pools.items():
        expected = _shared(pool.observed, [cell.exposed for _a, _s, cell in pool.cells])
        rolled = _shared(
            _total((cell for _a, _s, cell in pool.cells), "rolled"), [cell.roll_base for _a, _s, cell in pool.cells]
        )
        rate = pool.observed * facts.days / pool.exposed if pool.exposed else ZERO
        for (agency, stratum, cell), money, roll in zip(pool.cells, expected, rolled, strict=True):
            found[agency].append(Part(stratum, cell, group, money, roll, pool.cases, rate.quantize(RATE_PLACES)))
    return {agency: sorted(parts, key=attrgetter("stratum")) for agency, parts in found.items()}


def _summed(agency: AgencyFacts, parts: list[Part], pools: Mapping[Group, _Pool], days: int) -> Standing:
    cells = [part.cell for part in parts]
    return Standing(
        parts=tuple(parts),
        days=days,
        cases=sum(cell.cases for cell in cells),
        placed=_total(cells, "amount"),
        exposed=round_money(_total(cells, "exposed") / days),
        observed=_total(cells, "observed"),
        expected=sum((part.expected for part in parts), ZERO),
        roll_base=_total(cells, "roll_base"),
        rolled=_total(cells, "rolled"),
        expected_rolled=sum((part.expected_rolled for part in parts), ZERO),
        variance=_variance(parts, pools),
    )


def _variance(parts: Iterable[Part], pools: Mapping[Group, _Pool]) -> Decimal:
    """Var(O − E) of an agency, φ left out."""
    sizes: dict[Group, Decimal] = defaultdict(lambda: ZERO)
    exposed: dict[Group, Decimal] = defaultdict(lambda: ZERO)
    for part in parts:
        sizes[part.group] += part.cell.sizes
        exposed[part.group] += part.cell.exposed
    whole = ZERO
    for group, own in sizes.items():
        pool = pools[group]
        if pool.exposed:
            w = exposed[group] / pool.exposed
            whole += pool.spread * (own * (1 - w) ** 2 + (pool.sizes - own) * w**2)
    return whole


def dispersion(found: Sequence[Standing], limits: Limits) -> Decimal:
    """φ: of the agencies that have enough cases and a spread; 1 where they are too few to tell."""
    squares = sorted(
        (one.observed - one.expected) / one.variance.sqrt()
        for one in found
        if one.variance > 0 and one.cases >= limits.least_cases
    )
    if len(squares) < limits.dispersion_least:
        return Decimal(1)
    cut = len(squares) // 10
    low, high = squares[cut], squares[-1 - cut]
    drawn_in = [min(max(z, low), high) for z in squares]
    return max(Decimal(1), sum((z * z for z in drawn_in), ZERO) / len(drawn_in))


def band(expected: Decimal, variance: Decimal, z: Decimal) -> tuple[Decimal, Decimal]:
    """Limits of observed ÷ expected; `expected` above nought."""
    if not variance:
        return Decimal(1), Decimal(1)
    k = expected * expected / variance
    middle, reach = 1 - 1 / (9 * k), z / (3 * k.sqrt())
    return max(middle - reach, ZERO) ** 3, max(middle + reach, ZERO) ** 3


def _limited(one: Standing, phi: Decimal, agencies: int, limits: Limits) -> Standing:
    said = {name: value for name, value in vars(one).items() if name not in _OF_LIMITS} | {
        "dispersion": phi.quantize(RATIO_PLACES)
    }
    if one.expected <= 0:
        return Standing(**said, why=Untold.NO_RATE)
    ratio = one.observed / one.expected
    ends = [_kept(end) for z in (Z95, Z998) for end in band(one.expected, phi * one.variance, z)]
    said |= {"ratio": _kept(ratio)} | dict(zip(("lower", "upper", "lower998", "upper998"), ends, strict=True))
    why = _untold(one, ends[1] - ends[0], agencies, limits)
    verdict = Verdict.CANNOT_TELL if why else _verdict(said["ratio"], ends[0], ends[1])
    return Standing(**said, verdict=verdict, why=why)


def _kept(ratio: Decimal) -> Decimal:
    return min(max(ratio, -MOST), MOST).quantize(RATIO_PLACES)


_OF_LIMITS = ("dispersion", "ratio", "lower", "upper", "lower998", "upper998", "verdict", "why")


def _untold(one: Standing, width: Decimal, agencies: int, limits: Limits) -> Untold | None:
    """Why its money says nothing. `width`: of the 95 % limits."""
    if agencies < 2 or not one.variance:
        return Untold.ALONE
    if one.cases < limits.least_cases:
        return Untold.FEW_CASES
    return Untold.WIDE if width * 50 > limits.widest_percent else None


def _verdict(ratio: Decimal, lower: Decimal, upper: Decimal) -> Verdict:
    """By the 95 % limits: of twenty agencies that are all alike, one falls outside."""
    if ratio > upper:
        return Verdict.BETTER
    return Verdict.WORSE if ratio < lower else Verdict.AS_EXPECTED
