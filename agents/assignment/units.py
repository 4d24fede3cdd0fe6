"""What is dealt out: a unit is one person's chosen cases. Their sums, what they are worth, and the desk they belong with."""

import numpy as np

from agents.assignment.eligibility import Kinds
from agents.assignment.facts import CENTS, DEBTOR, DESK, HOLDER, LINKED, Inputs
from agents.expected import BANDS, WHOLE


def expected_cents(stage: np.ndarray, cents: np.ndarray, rates: list[list[int]]) -> np.ndarray:
    """As Rates.expected, half-up to the cent. A case that is not due yet (stage 0) counts as M1."""
    table = np.zeros((8, len(BANDS) + 1), dtype=np.int64)
    for at, place, rate in rates:
        table[at, place] = rate
    table[0] = table[1]
    band = np.searchsorted(np.array(BANDS, dtype=np.int64) * 100, cents, side="right")
    money: np.ndarray = (np.maximum(cents, 0) * table[np.clip(stage, 0, 7), band] + WHOLE // 2) // WHOLE
    return money


def lots(seed: int, ids: np.ndarray) -> np.ndarray:
    """A number for each id that nobody can foresee without the seed (splitmix64)."""
    with np.errstate(over="ignore"):
        x = ids.astype(np.uint64) + np.uint64(seed % 2**64) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed: np.ndarray = x ^ (x >> np.uint64(31))
    return mixed


class Units:
    """One person's cases: sums, the group of their kinds, and the desk they belong with."""

    def __init__(self, cases: np.ndarray, expected: np.ndarray, kinds: Kinds, inputs: Inputs) -> None:
        self.debtors, self.of_case = np.unique(cases[:, DEBTOR], return_inverse=True)
        self.n = len(self.debtors)
        order = np.argsort(self.of_case, kind="stable")
        starts = np.searchsorted(self.of_case[order], np.arange(self.n))
        self.size = np.diff(np.append(starts, len(cases)))
        add = np.add.reduceat
        self.cents = add(cases[order, CENTS], starts) if self.n else np.empty(0, np.int64)
        self.expected = add(expected[order], starts) if self.n else np.empty(0, np.int64)
        self.linked = np.maximum.reduceat(cases[order, LINKED], starts) if self.n else np.empty(0, np.int64)
        self.group = kinds.of_case[order][starts] if self.n else np.empty(0, np.int64)
        for unit in np.flatnonzero(self.size > 1).tolist():
            own = kinds.of_case[order[starts[unit] : starts[unit] + self.size[unit]]]
            if (own != own[0]).any():
                self.group[unit] = kinds.together(tuple(sorted(set(own.tolist()))))
        self.index = {desk.id: n for n, desk in enumerate(inputs.desks)}
        self.holder = self._of_largest(cases, HOLDER)
        self.at = self._of_largest(cases, DESK)
        self.number = {int(debtor): n for n, debtor in enumerate(self.debtors.tolist())} if inputs.forbidden else {}

    def _of_largest(self, cases: np.ndarray, column: int) -> np.ndarray:
        """By unit, index of the desk in `column` of its largest case that names a collector's; -1 none."""
        found = np.full(self.n, -1, dtype=np.int64)
        best = np.full(self.n, -1, dtype=np.int64)
        named = cases[:, column]
        ours = np.array(sorted(self.index), dtype=np.int64)
        for row in np.flatnonzero(np.isin(named, ours)).tolist():
            unit, cents = self.of_case[row], cases[row, CENTS]
            if cents > best[unit]:
                best[unit], found[unit] = cents, self.index[int(named[row])]
        return found
