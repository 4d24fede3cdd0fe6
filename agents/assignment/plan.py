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

from agents.assignment.eligibility import NOBODY, Kinds, kinds_of
from agents.assignment.facts import CASE, CENTS, DEBTOR, DESK, HOLDER, LINKED, STAGE, Inputs
from agents.assignment.rules import Values, read_values
from agents.expected import BANDS, WHOLE

NEVER = 1 << 60
SOFT = 1 << 45
"""Added to the score of who is over the soft capacity: more than anybody can be dealt (cents)."""


@dataclass(frozen=True)
class Chosen:
    """Why one unit went where it went. `desk`: index, -1 nowhere, then `code` says what kept it. `parts`: codes with
    points; `over`: up to two others (index, code, points). Points are the scores, in cents."""

    desk: int
    code: str
    points: int
    over: tuple[tuple[int, str, int], ...]


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
    units = _Units(cases, expected, kinds, inputs)
    dealer = _Dealer(inputs, values, cases, expected, units, kinds)
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


class _Units:
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


class _Dealer:
    """The state while units are dealt: what each desk has, and its score so far."""

    def __init__(
        self, inputs: Inputs, values: Values, cases: np.ndarray, expected: np.ndarray, units: _Units, kinds: Kinds
    ) -> None:
        desks = inputs.desks
        self.desks, self.values, self.units, self.kinds, self.seed = desks, values, units, kinds, inputs.seed
        self.count = [desk.count for desk in desks]
        self.cents = [desk.cents for desk in desks]
        # What is dealt anew does not lie on its desk while it is dealt.
        own = np.isin(cases[:, DESK], np.array(sorted(units.index), dtype=np.int64))
        for desk, cents in zip(cases[own, DESK].tolist(), cases[own, CENTS].tolist(), strict=True):
            self.count[units.index[desk]] -= 1
            self.cents[units.index[desk]] -= cents
        self.weights = [max(desk.soft_count, 1) * max(desk.present, 1) for desk in desks]
        able = [n for n, desk in enumerate(desks) if not desk.why_not]
        self.mean_weight = max(sum(self.weights[n] for n in able) // max(len(able), 1), 1)
        pot = int(expected.sum()) // max(len(able), 1)
        # A balance of many days is paid back in as many: a run deals nobody more than another share on its account.
        self.carried = [max(-pot, min(pot, desk.carried)) for desk in desks]
        self.band = pot * values.band_percent // 100
        self.dealt = [0] * len(desks)
        self.load = np.array([self._load(n) for n in range(len(desks))], dtype=np.int64)
        self.open_at_first = self.load < SOFT
        self.penalties: dict[int, np.ndarray] = {}

    def _load(self, n: int) -> int:
        desk = self.desks[n]
        if self.count[n] >= desk.hard_count or (desk.hard_cents is not None and self.cents[n] >= desk.hard_cents):
            return NEVER
        load = (self.carried[n] + self.dealt[n]) * self.mean_weight // self.weights[n]
        full = self.count[n] >= desk.soft_count or (desk.soft_cents is not None and self.cents[n] >= desk.soft_cents)
        return load + SOFT if full else load

    def _penalty(self, group: int) -> np.ndarray:
        found = self.penalties.get(group)
        if found is None:
            spare = self.kinds.spare_levels(group)
            found = spare * (self.band // 4)
            found[~self.kinds.able(group)] = NEVER
            self.penalties[group] = found
        return found

    def deal(self) -> list[Chosen]:
        units, kinds = self.units, self.kinds
        chosen: list[Chosen] = [Chosen(-1, NOBODY, 0, ())] * units.n
        if not self.desks or not units.n:
            return chosen
        pinned = self._pinned()
        able = np.array([int(kinds.able(group).sum()) for group in range(kinds.groups)], dtype=np.int64)
        order = np.lexsort((lots(self.seed, units.debtors), -units.expected, able[units.group], pinned[0] < 0))
        # Equal desks are told apart by lot: the first of them in this order wins.
        draw = np.argsort(lots(self.seed + 1, np.array([desk.id for desk in self.desks])), kind="stable")
        place = np.empty_like(draw)
        place[draw] = np.arange(len(draw))
        self.draw, self.place = draw.tolist(), place.tolist()
        self.load = self.load[draw]
        groups, sizes = units.group.tolist(), units.size.tolist()
        cents, money, at = units.cents.tolist(), units.expected.tolist(), units.at.tolist()
        pins, whys = pinned[0].tolist(), pinned[1]
        drawn: dict[int, np.ndarray] = {}
        buffer = np.empty(len(self.desks), dtype=np.int64)
        forbidden = self._forbidden()
        for unit in order.tolist():
            group = groups[unit]
            penalty = drawn.get(group)
            if penalty is None:
                penalty = drawn[group] = self._penalty(group)[draw]
            np.add(self.load, penalty, out=buffer)
            banned = forbidden.get(unit)
            if banned:
                for desk in banned:
                    buffer[self.place[desk]] = NEVER
            if at[unit] >= 0:
                buffer[self.place[at[unit]]] -= self.band
            chosen[unit] = self._one(
                buffer, penalty, sizes[unit], cents[unit], money[unit], pins[unit], whys, unit, group, banned or {}
            )
        return chosen

    def _one(
        self, score: np.ndarray, penalty: np.ndarray, size: int, cents: int, money: int, pin: int,
        whys: dict[int, str], unit: int, group: int, banned: dict[int, str],
    ) -> Chosen:  # fmt: skip
        first, code = -1, "lightest"
        full: list[int] = []
        if pin >= 0:
            there = self.place[pin]
            if score[there] < NEVER // 2 and self._fits(pin, size, cents):
                first, code = there, whys[unit]
        while first < 0:
            there = int(score.argmin())
            if score[there] >= NEVER // 2:
                return self._kept(group, banned, full)
            if self._fits(self.draw[there], size, cents):
                first = there
            else:
                full.append(self.draw[there])
                score[there] = NEVER
        desk = self.draw[first]
        points, load = int(score[first]), int(self.load[first])
        over = []
        score[first] = NEVER
        for _other in (1, 2):
            there = int(score.argmin())
            other = int(score[there])
            if other >= NEVER // 2:
                break
            if code != "lightest":
                lost = "not_" + code
            elif other >= SOFT > points:
                lost = "over_soft"
            elif other == points:
                lost = "lot"
            elif self.load[there] > load:
                lost = "heavier"
            else:
                lost = "spare_level"
            over.append((self.draw[there], lost, other))
            score[there] = NEVER
        if len(over) < 2:
            over += self._near(group, banned, full, {desk, *(one[0] for one in over)})[: 2 - len(over)]
        self.count[desk] += size
        self.cents[desk] += cents
        self.dealt[desk] += money
        self.load[first] = self._load(desk)
        return Chosen(desk, code, points, tuple(over))

    def _fits(self, n: int, size: int, cents: int) -> bool:
        desk = self.desks[n]
        return self.count[n] + size <= desk.hard_count and (
            desk.hard_cents is None or self.cents[n] + cents <= desk.hard_cents
        )

    def _kept(self, group: int, banned: dict[int, str], full: list[int]) -> Chosen:
        """Nobody can take it: what stood in the way of those who came nearest."""
        able = set(np.flatnonzero(self.kinds.able(group)).tolist())
        if not able:
            code = self.kinds.nobody(group)
        elif able <= set(banned):
            code = "complaint"
        else:
            code = "full"
        return Chosen(-1, code, 0, tuple(self._near(group, banned, full, set())[:2]))

    def _near(self, group: int, banned: dict[int, str], full: list[int], but: set[int]) -> list[tuple[int, str, int]]:
        """Desks that could not take it, with why: those that only lack room or have a complaint first."""
        near = [(desk, code, 0) for desk, code in sorted(banned.items()) if self.kinds.able(group)[desk]]
        near += [(desk, "full", 0) for desk in full if desk not in banned]
        known = {one[0] for one in near}
        for desk in np.flatnonzero(self.kinds.able(group)).tolist():
            if len(near) >= 4:
                break
            if desk not in known and self.load[self.place[desk]] >= NEVER // 2:
                near.append((desk, "full", 0))
                known.add(desk)
        near += [(desk, code, 0) for desk, code in self.kinds.nearest(group) if desk not in known]
        return [one for one in near if one[0] not in but]

    def _pinned(self) -> tuple[np.ndarray, dict[int, str]]:
        """By unit the desk it belongs with (-1 none), and the code why."""
        pins = np.full(self.units.n, -1, dtype=np.int64)
        whys: dict[int, str] = {}
        if not self.values.stickiness:
            return pins, whys
        named = np.flatnonzero((self.units.holder >= 0) | (self.units.linked > 0)).tolist()
        for unit in named:
            holder, linked = int(self.units.holder[unit]), self.units.index.get(int(self.units.linked[unit]), -1)
            able = self.kinds.able(int(self.units.group[unit]))
            if linked >= 0 and able[linked]:  # a person's debts with one desk come before anything that may be broken
                pins[unit], whys[unit] = linked, "linked"
            elif holder >= 0:
                pins[unit], whys[unit] = holder, "holder"
        return pins, whys

    def _forbidden(self) -> dict[int, dict[int, str]]:
        found: dict[int, dict[int, str]] = {}
        for one in sorted(self.kinds.forbidden, key=lambda one: (one.debtor, one.desk, one.code)):
            unit, desk = self.units.number.get(one.debtor), self.units.index.get(one.desk)
            if unit is not None and desk is not None:
                found.setdefault(unit, {}).setdefault(desk, one.code)
        return found


def _shares(
    units: _Units, kinds: Kinds, cases: np.ndarray, expected: np.ndarray, chosen: list[Chosen], dealer: _Dealer
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
