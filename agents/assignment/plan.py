"""Who gets which case: pure, deterministic, a second for a hundred thousand cases. No database.

One person's chosen cases are a unit and go to one desk. Units are dealt one after the other: first those that belong with
somebody (a live promise or plan, other open cases of the person), then those that few desks can take, and among these the
largest expected money first. Each goes to the desk with the lowest score:

    what was dealt to the person in this run and carried over from the days before, per weight (room × part of the day
    present) + within the band, a quarter of it for every level that the person has more than the case wants
    + behind everybody else, once the soft capacity is reached

Never to a desk that cannot take it (certificate, presence, skill, level, hard capacity, upheld complaint). Everything is an
integer; among equals the lot decides, a hash of the seed and the ids.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from agents.assignment.dealing import Chosen, Dealer
from agents.assignment.eligibility import Kinds, kinds_of
from agents.assignment.facts import CASE, CENTS, STAGE, Inputs
from agents.assignment.rules import read_values
from agents.assignment.units import Units, expected_cents


@dataclass(frozen=True)
class Plan:
    """By case, in the order of `cases` (sorted by id): `unit`, `level` wanted, `line`, `expected` cents. By unit: `chosen`.
    `shares`: expected cents that each desk should have had of each stage, [desk, stage]."""

    inputs: Inputs
    cases: np.ndarray
    unit: np.ndarray
    level: np.ndarray
    line: np.ndarray
    expected: np.ndarray
    chosen: list[Chosen]
    shares: np.ndarray

    @property
    def to_desk(self) -> np.ndarray:
        """Id of the desk each case is given to, 0 for none. It may be the one on which it lies."""
        ids = np.array([desk.id for desk in self.inputs.desks] + [0], dtype=np.int64)
        return ids[np.fromiter((one.desk for one in self.chosen), np.int64, len(self.chosen))[self.unit]]

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of which case goes where."""
        table = np.stack([self.cases[:, CASE], self.to_desk]) if len(self.cases) else np.empty((2, 0), np.int64)
        left = ",".join(f"{code}:{count}" for code, count in sorted(self.unassigned().items()))
        return hashlib.sha256(table.astype("<i8").tobytes() + left.encode()).hexdigest()

    def unassigned(self) -> Counter[str]:
        """Cases by what kept them."""
        found: Counter[str] = Counter()
        sizes = np.bincount(self.unit, minlength=len(self.chosen)).tolist() if len(self.cases) else []
        for size, one in zip(sizes, self.chosen, strict=True):
            if one.desk < 0:
                found[one.code] += size
        return found


def decide(inputs: Inputs) -> Plan:
    """The plan; the order in which cases, desks and complaints are given makes no difference."""
    values = read_values(inputs.values)
    desks = sorted(inputs.desks, key=lambda desk: desk.id)
    inputs = Inputs(**{**vars(inputs), "desks": desks})
    cases = inputs.cases[np.argsort(inputs.cases[:, CASE], kind="stable")]
    kinds = kinds_of(inputs, cases)
    expected = expected_cents(cases[:, STAGE], cases[:, CENTS], inputs.rates)
    units = Units(cases, expected, kinds, inputs)
    dealer = Dealer(inputs, values, cases, expected, units, kinds)
    chosen = dealer.deal()
    return Plan(
        inputs=inputs,
        cases=cases,
        unit=units.of_case,
        level=kinds.level_of_case,
        line=kinds.line_of_case,
        expected=expected,
        chosen=chosen,
        shares=_shares(units, kinds, cases, expected, chosen, dealer),
    )


def _shares(
    units: Units, kinds: Kinds, cases: np.ndarray, expected: np.ndarray, chosen: list[Chosen], dealer: Dealer
) -> np.ndarray:
    """What was dealt of each group and stage, shared out by weight among those who could have taken it and had room."""
    shares = np.zeros((len(dealer.desks), 8), dtype=np.float64)
    if not len(cases) or not dealer.desks:
        return shares.astype(np.int64)
    went = np.fromiter((one.desk >= 0 for one in chosen), bool, len(chosen))[units.of_case]
    dealt: np.ndarray = np.zeros((kinds.groups, 8), dtype=np.int64)
    np.add.at(dealt, (units.group[units.of_case][went], np.clip(cases[went, STAGE], 0, 7)), expected[went])
    weights = np.array(dealer.weights, dtype=np.float64)
    for group in np.flatnonzero(dealt.sum(axis=1)).tolist():
        room = kinds.able(group) & dealer.open_at_first
        if not room.any():
            room = kinds.able(group)
        part = np.where(room, weights, 0.0)
        shares += np.outer(part / part.sum(), dealt[group])
    whole: np.ndarray = np.rint(shares).astype(np.int64)
    return whole


def yuan(cents: Any) -> str:
    """Cents as text in yuan."""
    return str(Decimal(int(cents)).scaleb(-2).quantize(Decimal("0.01")))
