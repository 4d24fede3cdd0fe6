"""Own team against agencies, with the mix taken out: what each recovered ÷ what the pool would have on its debts.

The pool is everybody together; its rate of each stratum (stage × product) is what is expected there, so that all
together are expected to recover what they did. A stratum with too few debts for a rate of its own is taken together with
the other small ones of its stage; if those are too few as well, the stage is one stratum; and stages that are too small
are one together. Times the pool's rate that is a rate on the mix of everybody, so that lighter debts are no merit.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from collection_ops.core.dated_settings import Setting
from collection_ops.core.money import ZERO
from reports.kpis.asked import SIX_PLACES

LEAST_DEBTS = Setting(
    "dashboard.least_debts",
    label=_("参与机构比较的最少合同数"),
    default=30,
    source="DESIGN 5",
    unit=_("件"),
    least=1,
    most=10_000,
)
"""Below it a party is shown, but not ranked; and a stratum has no rate of its own."""


@dataclass(frozen=True)
class Held:
    """What one party held of one stratum: yuan recovered and owed, number of debts."""

    party: str
    stage: str
    product: str
    money: Decimal
    owed: Decimal
    debts: int


@dataclass(frozen=True)
class Compared:
    """`rate`: as it is; `expected`: yuan the pool would have recovered; `index`: recovered ÷ expected; `adjusted`: the rate
    on everybody's mix. `rank`: None below the minimum of debts, or where there is nothing to divide by."""

    party: str
    debts: int
    money: Decimal
    owed: Decimal
    rate: Decimal | None
    expected: Decimal
    index: Decimal | None
    adjusted: Decimal | None
    rank: int | None = None


def compare(rows: Iterable[Held], *, least: int) -> list[Compared]:
    """The parties, best first, those that are not ranked last."""
    listed = list(rows)
    rates = _Rates(listed, least)
    by_party: defaultdict[str, list[Held]] = defaultdict(list)
    for row in listed:
        by_party[row.party].append(row)
    found = []
    for party, held in by_party.items():
        money = sum((row.money for row in held), ZERO)
        owed = sum((row.owed for row in held), ZERO)
        expected = sum((row.owed * rates.of(row.stage, row.product) for row in held), ZERO)
        index = money / expected if expected else None
        found.append(
            Compared(
                party=party,
                debts=sum(row.debts for row in held),
                money=money,
                owed=owed,
                rate=(money / owed).quantize(SIX_PLACES) if owed else None,
                expected=expected.quantize(Decimal("0.01")),
                index=index.quantize(SIX_PLACES) if index is not None else None,
                adjusted=(index * rates.whole).quantize(SIX_PLACES) if index is not None else None,
            )
        )
    return _ranked(found, least)


class _Rates:
    """Rates of the pool by stratum; every debt is in exactly one."""

    def __init__(self, rows: list[Held], least: int) -> None:
        self._stratum = _strata(rows, least)
        self._sums: defaultdict[Stratum, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
        for row in rows:
            for key in ((), self._stratum[row.stage, row.product]):
                self._sums[key][0] += row.money
                self._sums[key][1] += row.owed
        self.whole = self._rate(())

    def _rate(self, key: "Stratum") -> Decimal:
        money, owed = self._sums[key]
        return money / owed if owed else ZERO

    def of(self, stage: str, product: str) -> Decimal:
        return self._rate(self._stratum[stage, product])


Stratum = tuple[str, ...]
"""(stage, product); (stage, ) of what is left of it, or of all of it; ("",) of the stages that are too small."""


def _strata(rows: list[Held], least: int) -> dict[tuple[str, str], Stratum]:
    """Stage and product → the stratum that they count to."""
    debts: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        debts[row.stage, row.product] += row.debts
    found: dict[tuple[str, str], Stratum] = {}
    for stage in {stage for stage, _product in debts}:
        here = {key: number for key, number in debts.items() if key[0] == stage}
        small = [number for number in here.values() if number < least]
        if sum(here.values()) < least:
            found |= dict.fromkeys(here, ("",))
        elif small and sum(small) < least:
            found |= dict.fromkeys(here, (stage,))
        else:
            found |= {key: key if number >= least else (stage,) for key, number in here.items()}
    return found


def _ranked(found: list[Compared], least: int) -> list[Compared]:
    def is_ranked(one: Compared) -> bool:
        return one.debts >= least and one.index is not None

    if sum(map(is_ranked, found)) < 2:
        least = max((one.debts for one in found), default=0) + 1  # the first of one is no place
    ordered = sorted(found, key=lambda one: (not is_ranked(one), -(one.index or ZERO), one.party))
    return [replace(one, rank=number) if is_ranked(one) else one for number, one in enumerate(ordered, 1)]
