"""Decide: which values, and which pairs of values, go with another rate than everybody else. Pure: a frame in, findings out.

A frame has one row a loan: a column for each attribute (codes as text, `?` for unknown), and for each outcome a column
of True, False or missing (not at risk of it). Every single value and pair with enough support is tested against the rest of
the cohort, both outcomes together in one correction, so that of what is shown at most a tenth is expected to be chance. A
pair is told only where it says more than each of its parts. Rows in another order give the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from reports.patterns.attributes import ATTRIBUTES, UNKNOWN, Attribute, is_usable, may_be_described
from reports.patterns.stats import benjamini_hochberg, newcombe, two_shares, wilson

OUTCOMES = ("cured", "rolled")
LEAST_SUPPORT = 30
"""Loans of a group, and of the others: below it nothing is shown. Also keeps a group from being a person."""
FALSE_DISCOVERIES = 0.10
Part = tuple[str, str]
"""(attribute, value)"""
Stability = Literal["stable", "unstable", "thin", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One group and one outcome. `low` to `high`: 95 % interval of its share; `difference`: to everybody else, with its
    interval. `q` after correction. `stability`: against the cohort before. `is_protected`: described only."""

    outcome: str
    parts: tuple[Part, ...]
    size: int
    hits: int
    pool_size: int
    pool_hits: int
    p: float
    q: float = 1.0
    stability: Stability = "unknown"
    before: tuple[int, int] | None = None
    is_protected: bool = False

    @property
    def share(self) -> float:
        return self.hits / self.size

    @property
    def pool_share(self) -> float:
        return self.pool_hits / self.pool_size

    @property
    def lift(self) -> float:
        return self.share / self.pool_share

    @property
    def interval(self) -> tuple[float, float]:
        """Of the lift: the interval of the share over the share of all."""
        low, high = wilson(self.hits, self.size)
        return low / self.pool_share, high / self.pool_share

    @property
    def difference(self) -> tuple[float, float]:
        """To everybody else, as an interval."""
        return newcombe(self.hits, self.size, self.pool_hits - self.hits, self.pool_size - self.size)

    @property
    def is_found(self) -> bool:
        return self.q <= FALSE_DISCOVERIES

    @property
    def order(self) -> tuple[object, ...]:
        return (self.outcome, -abs(self.share - self.pool_share), -self.size, self.parts)


@dataclass(frozen=True)
class Patterns:
    """`tested`: how many comparisons were made. `size`, `rates` (hits, at risk): of the whole cohort by outcome."""

    size: int
    rates: dict[str, tuple[int, int]]
    tested: int
    findings: list[Finding] = field(default_factory=list)

    def of(self, outcome: str) -> list[Finding]:
        return [one for one in self.findings if one.outcome == outcome]


def find_patterns(
    frame: pd.DataFrame,
    before: pd.DataFrame | None = None,
    *,
    attributes: Sequence[Attribute] = ATTRIBUTES,
    least: int = LEAST_SUPPORT,
) -> Patterns:
    """The findings of the cohort, held against the one before where it is given."""
    tested: list[Finding] = []
    rates: dict[str, tuple[int, int]] = {}
    for outcome in OUTCOMES:
        at_risk = frame[frame[outcome].notna()]
        hits = int(at_risk[outcome].astype(bool).sum())
        rates[outcome] = (hits, len(at_risk))
        if 0 < hits < len(at_risk):
            tested += _tests(at_risk, outcome, attributes, least, hits)
    q_values = benjamini_hochberg([one.p for one in tested])
    corrected = [_with(one, q=q) for one, q in zip(tested, q_values, strict=True)]
    found = [one for one in corrected if one.is_found]
    told = _once([one for one in found if len(one.parts) == 1 or _says_more(one, corrected)], attributes)
    if before is not None:
        told = [_against(one, before, least) for one in told]
    return Patterns(len(frame), rates, len(tested), sorted(told, key=lambda one: one.order))


def _tests(frame: pd.DataFrame, outcome: str, attributes: Sequence[Attribute], least: int, hits: int) -> list[Finding]:
    looked_at = [one for one in attributes if one.code in frame.columns and may_be_described(one.code)]
    usable = [one for one in looked_at if is_usable(one.code)]
    groups: list[tuple[str, ...]] = [(one.code,) for one in looked_at]
    groups += [(a.code, b.code) for a, b in combinations(usable, 2) if a.family != b.family]
    hit = frame[outcome].astype(bool).to_numpy()
    # Each value as a number, once: a pair is then one number for each loan, and counting is one pass over them.
    coded = {one.code: np.unique(frame[one.code].astype(str).to_numpy(), return_inverse=True) for one in looked_at}
    found = []
    for codes in groups:
        values, numbers = [coded[code][0] for code in codes], [coded[code][1] for code in codes]
        cells = numbers[0] if len(codes) == 1 else numbers[0] * len(values[1]) + numbers[1]
        sizes, sums = np.bincount(cells), np.bincount(cells[hit], minlength=int(cells.max()) + 1)
        for cell in np.flatnonzero(sizes >= least).tolist():
            at = (cell,) if len(codes) == 1 else divmod(cell, len(values[1]))
            names = tuple(str(some[n]) for some, n in zip(values, at, strict=True))
            size, group_hits = int(sizes[cell]), int(sums[cell])
            # More than half of the cohort is «everybody»: what is special about it is the rest.
            if UNKNOWN in names or size * 2 > len(frame):
                continue
            found.append(
                Finding(
                    outcome=outcome,
                    parts=tuple(zip(codes, names, strict=True)),
                    size=size,
                    hits=group_hits,
                    pool_size=len(frame),
                    pool_hits=hits,
                    p=two_shares(group_hits, size, hits - group_hits, len(frame) - size),
                    is_protected=any(not is_usable(code) for code in codes),
                )
            )
    return found


def _says_more(pair: Finding, tested: Iterable[Finding]) -> bool:
    """Whether the pair differs from each of its parts by more than chance: their shares lie outside its interval, and it is
    not simply one of them again."""
    low, high = wilson(pair.hits, pair.size)
    parts = [
        one for one in tested if one.outcome == pair.outcome and len(one.parts) == 1 and one.parts[0] in pair.parts
    ]
    return len(parts) == 2 and all(
        not low <= one.share <= high
        and one.size - pair.size >= LEAST_SUPPORT
        and (pair.share - pair.pool_share) * (pair.share - one.share) > 0
        for one in parts
    )


def _once(findings: list[Finding], attributes: Sequence[Attribute]) -> list[Finding]:
    """Without groups that are another one under another name: M7+ and over 180 days are the same loans."""
    families = {one.code: one.family for one in attributes}
    seen: set[tuple[object, ...]] = set()
    kept = []
    for one in findings:
        name = (one.outcome, one.size, one.hits, tuple(sorted(families[code] for code, _value in one.parts)))
        if name not in seen:
            seen.add(name)
            kept.append(one)
    return kept


def _against(finding: Finding, before: pd.DataFrame, least: int) -> Finding:
    """The same group in the cohort before: the same direction and intervals of the lift that overlap are stable."""
    at_risk = before[before[finding.outcome].notna()]
    mine = at_risk
    for code, value in finding.parts:
        mine = mine[mine[code] == value] if code in mine.columns else mine.iloc[:0]
    size, hits = len(mine), int(mine[finding.outcome].astype(bool).sum()) if len(mine) else 0
    pool_hits = int(at_risk[finding.outcome].astype(bool).sum()) if len(at_risk) else 0
    if size < least or len(at_risk) - size < least or not pool_hits:
        return _with(finding, stability="thin", before=(hits, size))
    pool_share = pool_hits / len(at_risk)
    low, high = (limit / pool_share for limit in wilson(hits, size))
    now_low, now_high = finding.interval
    same_side = (hits / size - pool_share) * (finding.share - finding.pool_share) > 0
    stable = same_side and low <= now_high and now_low <= high
    return _with(finding, stability="stable" if stable else "unstable", before=(hits, size))


def _with(finding: Finding, **changed: object) -> Finding:
    return replace(finding, **changed)  # type: ignore[arg-type]
