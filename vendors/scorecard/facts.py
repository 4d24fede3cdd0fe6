"""What a month of all agencies is judged by: plain objects, gathered once, decided upon without the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from vendors.contracts.targets import AgencyMonth, Promised, StageMonth
from vendors.scorecard.criteria import Scheme
from vendors.scorecard.limits import Limits
from vendors.scorecard.strata import Stratum

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Cell:
    """The placements of one agency in one stratum. `exposed`: Σ amount × days in hand in the month, yuan-days; `observed`:
    Σ money y, yuan; with x for a placement's yuan-days, `squares`: Σ y², `cross`: Σ xy, `exposed_squares`: Σ x²; `sizes`: Σ
    amount² × days.
    `roll_base`, `rolled`: amount of those that were followed through the month, and of those in a later stage at its end.

    Money that came in the days of grace of a case recalled before the month counts, with no yuan-days and no case."""

    cases: int
    amount: Decimal
    exposed: Decimal
    observed: Decimal
    squares: Decimal = ZERO
    cross: Decimal = ZERO
    exposed_squares: Decimal = ZERO
    sizes: Decimal = ZERO
    roll_base: Decimal = ZERO
    rolled: Decimal = ZERO


@dataclass(frozen=True)
class AgencyFacts:
    """One agency's month. `cells` by stratum; `held`: amount in hand at the end of the month; `reached`: cases with a talk
    with the debtor in person, None where it told of no contact at all; `complaints` and `contacted` as
    compliance/complaints/rates counts them, `least_contacted` its least; `breach_points`: what a breach costs in the
    compliance score, `critical_points` a critical one; `quality`: mean score and number of checks; `late_days` of
    `fed_days`; `shortcomings`: by what is missing, how many; `may_receive`: may be given cases on the last day; `promised`:
    the targets of its contract for the month, None without any; `reached_of`: `reached` by stage at placement."""

    agency: int
    code: str
    cells: Mapping[Stratum, Cell]
    held: Decimal = ZERO
    reached: int | None = None
    complaints: int = 0
    contacted: int = 0
    least_contacted: int = 1
    breaches: int = 0
    critical: int = 0
    breach_points: int = 5
    critical_points: int = 20
    quality: tuple[Decimal, int] | None = None
    late_days: int = 0
    fed_days: int = 0
    shortcomings: Mapping[str, int] = field(default_factory=dict)
    compliance_score: Decimal = Decimal(100)
    may_receive: bool = True
    promised: Promised | None = None
    reached_of: Mapping[int, int] = field(default_factory=dict)

    def for_targets(self) -> AgencyMonth:
        """The month by stage at placement, as targets are judged by it."""
        stages: dict[int, StageMonth] = {}
        for stratum, cell in self.cells.items():
            so_far = stages.get(stratum.stage, StageMonth(reached=self.reached_of.get(stratum.stage, 0)))
            stages[stratum.stage] = replace(
                so_far,
                cases=so_far.cases + cell.cases,
                placed=so_far.placed + cell.amount,
                money=so_far.money + cell.observed,
            )
        return AgencyMonth(stages, self.reached is not None, self.complaints, self.contacted, self.least_contacted)


@dataclass(frozen=True)
class MonthFacts:
    """All agencies that had a case in hand, by rising id. `days`: of the month."""

    month: date
    days: int
    scheme: Scheme
    agencies: tuple[AgencyFacts, ...]
    limits: Limits = field(default_factory=Limits)
