"""Units dealt out one after the other; each to the desk with the lowest score (see plan.py)."""

from dataclasses import dataclass

import numpy as np

from agents.assignment.eligibility import NOBODY, Kinds
from agents.assignment.facts import CENTS, DESK, Inputs
from agents.assignment.rules import Values
from agents.assignment.units import Units, lots

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


class Dealer:
    """The state while units are dealt: what each desk has, and its score so far."""

    def __init__(
        self, inputs: Inputs, values: Values, cases: np.ndarray, expected: np.ndarray, units: Units, kinds: Kinds
    ) -> None:
        desks = inputs.desks
        self.desks, self.values, self.units, self.kinds, self.seed = desks, values, units, kinds, inputs.seed
        self.count = [desk.count for desk in desks]
        self.cents = [desk.cents for desk in desks]
        # What is dealt anew does not lie on its desk while it is dealt; what nobody at all can take stays there all along.
        self.lying: dict[int, list[tuple[int, int]]] = {}
        own = np.isin(cases[:, DESK], np.array(sorted(units.index), dtype=np.int64))
        rows = zip(units.of_case[own].tolist(), cases[own, DESK].tolist(), cases[own, CENTS].tolist(), strict=True)
        for unit, desk, cents in rows:
            if kinds.able(int(units.group[unit])).any():
                self.lying.setdefault(unit, []).append((units.index[desk], cents))
                self._put(units.index[desk], -1, -cents)
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

    def _put(self, n: int, count: int, cents: int) -> None:
        self.count[n] += count
        self.cents[n] += cents

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
            one = self._one(buffer, sizes[unit], cents[unit], pins[unit], whys, unit, group, banned or {})
            if one.desk < 0:
                for desk, lying in self.lying.get(unit, ()):  # it stays where it lies
                    self._put(desk, 1, lying)
                    self.load[self.place[desk]] = self._load(desk)
            else:
                self._put(one.desk, sizes[unit], cents[unit])
                self.dealt[one.desk] += money[unit]
                self.load[self.place[one.desk]] = self._load(one.desk)
            chosen[unit] = one
        return chosen

    def _one(
        self, score: np.ndarray, size: int, cents: int, pin: int, whys: dict[int, str], unit: int, group: int,
        banned: dict[int, str],
    ) -> Chosen:  # fmt: skip
        """Where one unit goes. `score`: by desk in the order of the draw; used up."""
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
