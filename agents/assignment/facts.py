"""What the planner sees: plain figures, no database. Amounts in cents (integers), so that a replay gives the same to the
cent.

`Inputs.cases` is one table of integers, a row a case in the order of their ids (COLUMNS); texts that repeat (product,
region) stand beside it, by number. `gather` fills it, `frozen` writes it down, `plan` reads it.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

COLUMNS = ("case", "debtor", "stage", "cents", "desk", "holder", "linked", "due", "place")
"""`desk`: where it lies. `holder`: desk of whoever has its live promise or plan (0 nobody). `linked`: desk outside the
chosen cases that has other open cases of the person (0 none). `due`: day of the live promise as 20260331, 1 for a plan
without one, 0 for neither. `place`: number of its product and region."""
CASE, DEBTOR, STAGE, CENTS, DESK, HOLDER, LINKED, DUE, PLACE = range(len(COLUMNS))


@dataclass(frozen=True)
class DeskFacts:
    """One collector's desk. In hand: open cases, cents and expected cents, those of the chosen cases included. `present`:
    tenths of the day. `carried`: what was dealt to the person beyond an equal share on the days before, in cents of
    expected money (less than that is negative). `most_level`: the hardest kind of case the person is given for now; below 5
    where complaints are frequent. `why_not`: the code of what keeps the person from any case today; empty
    for nothing."""

    id: int
    name: str = ""
    user: int = 0
    unit: str = ""
    level: int = 5
    stages: tuple[int, ...] = ()
    products: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    count: int = 0
    cents: int = 0
    expected: int = 0
    soft_count: int = 200
    hard_count: int = 220
    soft_cents: int | None = None
    hard_cents: int | None = None
    present: int = 10
    carried: int = 0
    most_level: int = 5
    why_not: str = ""


@dataclass(frozen=True)
class Forbidden:
    """A debtor's case never goes to the desk: its collector has an upheld complaint of this person, or the team has."""

    debtor: int
    desk: int
    code: str


@dataclass
class Inputs:
    """Everything a plan depends on. `lines` and `values`: as stored in AssignmentRules. `rates`: as Rates.to_json."""

    day: dt.date
    seed: int
    lines: list[dict[str, Any]]
    values: dict[str, Any]
    rates: list[list[int]]
    desks: list[DeskFacts]
    cases: "np.ndarray"
    places: dict[int, tuple[str, str]]
    forbidden: list[Forbidden] = field(default_factory=list)
    rules: int = 0
    unit: str = ""
