"""Who goes where, and who stays and why. Pure: facts in, a plan out; the same facts, rule and seed give the same plan.

1. A case that may not leave says why. A person whose one debt may not leave stays with all of them: a person is never split
   between desks, so never between agencies either.
2. Persons are put into strata (stage, amount band, product of their largest debt). Within a stratum they are shuffled by the
   seed and dealt by the shares; whole persons do not divide evenly, so what a stratum gave too much or too little is made
   good by the next one.
3. Nobody comes to an agency that had the debt before, or whose owner's other agency had it.
"""

import random
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from vendors.placement.rule import WHOLE, Rule

CLOSED, MOVED, CHANGED = "closed", "moved", "changed"
"""Reasons that only the moment of applying knows."""
COMPANION, BEEN_EVERYWHERE = "companion", "been_everywhere"
LOPSIDED = Decimal(5)
"""Percent beyond which the intake of an agency is said to differ from its share."""


@dataclass(frozen=True, slots=True)
class CaseFact:
    """One open case as it lies now. `amount` in yuan. `chosen`: the rule found it; otherwise it is another debt of a person
    whom the rule found. `reason`: why it may not leave (code), empty when it may. `been`: agencies (ids) that may not have
    it again."""

    id: int
    loan_id: int
    debtor_id: int
    stage: int
    product: str
    amount: Decimal
    days: int
    chosen: bool = True
    reason: str = ""
    been: frozenset[int] = frozenset()


Stratum = tuple[int, int, str]


@dataclass(frozen=True)
class Plan:
    """`assigned`: agency id → case ids in order. `stratum_of`: case id → stratum. `left_out`: case id → code of a reason,
    for cases that the rule found. `along`: cases that go because another debt of their person does."""

    assigned: dict[int, list[int]]
    stratum_of: dict[int, Stratum] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)
    along: frozenset[int] = frozenset()

    @property
    def count(self) -> int:
        return sum(map(len, self.assigned.values()))


def decide(cases: Sequence[CaseFact], rule: Rule, shares: Mapping[int, Decimal], seed: int) -> Plan:
    """`shares`: agency id → percent, adding up to 100. Persons come in the order of ids, whatever the order of `cases`."""
    persons: dict[int, list[CaseFact]] = defaultdict(list)
    for case in sorted(cases, key=lambda one: one.id):
        persons[case.debtor_id].append(case)
    left_out: dict[int, str] = {}
    strata: dict[Stratum, list[int]] = defaultdict(list)
    for debtor, debts in sorted(persons.items()):
        stays = why_stays(debts, shares)
        if stays:
            left_out |= {case: code for case, code in stays.items() if _is_chosen(debts, case)}
        else:
            strata[_stratum(debts, rule)].append(debtor)
    assigned: dict[int, list[int]] = {agency: [] for agency in shares}
    stratum_of: dict[int, Stratum] = {}
    carry = dict.fromkeys(sorted(shares), Decimal(0))
    for stratum, debtors in sorted(strata.items()):
        options = {debtor: _options(persons[debtor], shares) for debtor in debtors}
        dealt = deal(debtors, options, shares, carry, random.Random(f"{seed}:{stratum}"))  # noqa: S311  (not a secret)
        for debtor, agency in dealt.items():
            for case in persons[debtor]:
                assigned[agency].append(case.id)
                stratum_of[case.id] = stratum
    along = frozenset(case.id for case in cases if not case.chosen and case.id in stratum_of)
    return Plan({agency: sorted(ids) for agency, ids in assigned.items()}, stratum_of, left_out, along)


def why_stays(debts: Sequence[CaseFact], agencies: Collection[int]) -> dict[int, str]:
    """Case id → code for all debts of a person who stays; empty for one who may go."""
    own = {case.id: case.reason for case in debts if case.reason}
    if own:
        other = "other_agency" if "with_agency" in own.values() else COMPANION
        return {case.id: own.get(case.id, other) for case in debts}
    if not _options(debts, agencies):
        return dict.fromkeys((case.id for case in debts), BEEN_EVERYWHERE)
    return {}


LIES_ELSEWHERE = frozenset({"with_agency", "with_collector", "in_pool"})


def still_go(cases: Sequence[CaseFact], planned: Mapping[int, int]) -> tuple[dict[int, int], dict[int, str]]:
    """What of a plan (case id → agency id) can be done with the cases as they lie now: (case id → agency id, case id →
    code). `cases`: the open ones with all other open debts of their persons."""
    persons: dict[int, list[CaseFact]] = defaultdict(list)
    for case in cases:
        persons[case.debtor_id].append(case)
    going: dict[int, int] = {}
    stays: dict[int, str] = {}
    for debts in persons.values():
        own = {case.id: MOVED if case.reason in LIES_ELSEWHERE else case.reason for case in debts if case.reason}
        if any(planned.get(case.id, 0) in case.been for case in debts):
            own |= {case.id: "been_there" for case in debts if planned.get(case.id, 0) in case.been}
        whole = COMPANION if own else CHANGED if any(case.id not in planned for case in debts) else ""
        for case in debts:
            if case.id not in planned:
                continue
            if whole:
                stays[case.id] = own.get(case.id, whole)
            else:
                going[case.id] = planned[case.id]
    stays |= {case: CLOSED for case in planned if case not in going and case not in stays}
    return dict(sorted(going.items())), dict(sorted(stays.items()))


def deal(
    debtors: Sequence[int],
    options: Mapping[int, frozenset[int]],
    shares: Mapping[int, Decimal],
    carry: dict[int, Decimal],
    chance: random.Random,
) -> dict[int, int]:
    """Persons of one stratum → agency. Each agency gets its share rounded down or up, as long as nobody is barred from one;
    `carry` (persons owed to each agency from earlier strata) decides who gets the odd ones, and is brought up to date."""
    order = list(debtors)
    chance.shuffle(order)
    first = sorted(shares)
    chance.shuffle(first)
    rank = {agency: place for place, agency in enumerate(first)}
    target = {agency: share * len(order) / WHOLE for agency, share in shares.items()}
    room = {agency: int(wanted.to_integral_value(ROUND_FLOOR)) for agency, wanted in target.items()}
    odd = len(order) - sum(room.values())
    part = [agency for agency in shares if target[agency] != room[agency]]
    part.sort(key=lambda agency: (-(carry[agency] + target[agency] - room[agency]), rank[agency]))
    for agency in part[:odd]:
        room[agency] += 1
    dealt: dict[int, int] = {}
    # Whoever has the fewest agencies to go to chooses first: their place would be gone later.
    for debtor in sorted(order, key=lambda one: len(options[one])):
        agency = min(options[debtor], key=lambda one: (-room[one], rank[one]))
        room[agency] -= 1
        dealt[debtor] = agency
    for agency in shares:
        carry[agency] += target[agency] - sum(one == agency for one in dealt.values())
    return dealt


def _options(debts: Sequence[CaseFact], agencies: Collection[int]) -> frozenset[int]:
    return frozenset(agencies) - frozenset().union(*(case.been for case in debts))


def _stratum(debts: Sequence[CaseFact], rule: Rule) -> Stratum:
    largest = max(debts, key=lambda case: (case.amount, -case.id))
    return (largest.stage, rule.band_of(largest.amount), largest.product)


def _is_chosen(debts: Sequence[CaseFact], case_id: int) -> bool:
    return any(case.id == case_id and case.chosen for case in debts)


@dataclass(frozen=True, slots=True)
class Intake:
    """What one agency would get, against its share. `mean_days`: days past due. The differences are percent of what an even
    intake would be; None where nothing is dealt."""

    agency: int
    share: Decimal
    persons: int
    count: int
    amount: Decimal
    mean_days: Decimal
    count_off: Decimal | None
    amount_off: Decimal | None
    days_off: Decimal | None

    @property
    def lopsided(self) -> list[str]:
        """Which of the three differ by more than LOPSIDED percent."""
        off = {"count": self.count_off, "amount": self.amount_off, "days": self.days_off}
        return [name for name, value in off.items() if value is not None and abs(value) > LOPSIDED]


def intakes(
    cases: Sequence[CaseFact], assigned: Mapping[int, Sequence[int]], shares: Mapping[int, Decimal]
) -> list[Intake]:
    """The balance of a plan, an agency a line, in the order of `shares`."""
    known = {case.id: case for case in cases}
    rows = {agency: [known[one] for one in ids] for agency, ids in assigned.items()}
    everything = [case for some in rows.values() for case in some]
    count, amount = len(everything), sum((case.amount for case in everything), Decimal(0))
    days = sum(case.days for case in everything)
    found = []
    for agency, share in shares.items():
        own = rows.get(agency, [])
        own_amount = sum((case.amount for case in own), Decimal(0))
        own_days = sum(case.days for case in own)
        found.append(
            Intake(
                agency=agency,
                share=share,
                persons=len({case.debtor_id for case in own}),
                count=len(own),
                amount=own_amount,
                mean_days=_tenths(Decimal(own_days) / len(own)) if own else Decimal(0),
                count_off=_off(Decimal(len(own)), share * count / WHOLE),
                amount_off=_off(own_amount, share * amount / WHOLE),
                days_off=_off(Decimal(own_days) / len(own), Decimal(days) / count) if own else None,
            )
        )
    return found


def _off(actual: Decimal, even: Decimal) -> Decimal | None:
    return _tenths((actual - even) * WHOLE / even) if even else None


def _tenths(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)
