"""Contracts of two source systems, and how one debt grows. Amounts are whole cents: nothing is rounded twice."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from cases.demo.people import Person

CARD = "card"
LOAN = "loan"

# name, smallest and largest limit in yuan, share of the system's contracts
PRODUCTS: dict[str, tuple[tuple[str, int, int, int], ...]] = {
    CARD: (("标准信用卡", 5_000, 50_000, 6), ("白金信用卡", 30_000, 150_000, 2), ("账单分期", 8_000, 80_000, 2)),
    LOAN: (
        ("小额现金贷", 3_000, 50_000, 5),
        ("消费分期", 5_000, 120_000, 3),
        ("教育分期", 8_000, 60_000, 1),
        ("家装分期", 30_000, 300_000, 1),
    ),
}
# Share of a young book by stage M1 … M7+: most debts are fresh, and a tail never leaves.
STAGE_SHARES = (45, 17, 10, 7, 5, 4, 12)

INTEREST_PER_DAY = 5  # of 10,000: 18 % a year
PENALTY_PER_DAY = 2


@dataclass(slots=True)
class DemoLoan:
    """One contract and its debt today. `due_date` None: nothing overdue."""

    source: str
    contract_no: str
    person: Person
    product: str
    credit_limit: int
    disbursed_on: date
    principal: int
    interest: int = 0
    penalty: int = 0
    fees: int = 0
    due_date: date | None = None
    # Left out of the file although it is still owed, until this day; the source's own slip.
    hidden_until: date | None = None
    cleared_on: date | None = None

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.penalty + self.fees

    def days_past_due(self, today: date) -> int:
        if self.due_date is None:
            return 0
        return (today - self.due_date).days

    def accrue(self, days: int) -> None:
        self.interest += self.principal * INTEREST_PER_DAY * days // 10_000
        self.penalty += self.principal * PENALTY_PER_DAY * days // 10_000

    def pay(self, amount: int) -> None:
        """Costs, then interest, then principal, the penalty last (DESIGN section 4)."""
        for part in ("fees", "interest", "principal", "penalty"):
            taken = min(amount, getattr(self, part))
            setattr(self, part, getattr(self, part) - taken)
            amount -= taken

    def fall_overdue(self, due_date: date, random: Random) -> None:
        self.due_date = due_date
        self.cleared_on = None
        self.principal = self.credit_limit * random.randint(15, 95) // 100
        self.interest = self.principal * random.randint(2, 8) // 1000
        self.penalty = 0
        self.fees = random.choice((0, 0, 0, 1_000, 2_000))


class Contracts:
    """Writes new contracts; one person in twelve brings a second one, often in the other system."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._serial = {CARD: 0, LOAN: 0}

    def new(self, person: Person, source: str, *, today: date) -> DemoLoan:
        random = self._random
        name, low, high, _share = random.choices(PRODUCTS[source], [p[3] for p in PRODUCTS[source]])[0]
        disbursed = today - timedelta(days=random.randint(200, 1500))
        self._serial[source] += 1
        serial = self._serial[source]
        number = f"XYK{disbursed:%Y}{serial:08d}" if source == CARD else f"JJ{disbursed:%Y%m}{serial:07d}"
        limit = random.randrange(low, high + 1, 1_000) * 100
        return DemoLoan(source, number, person, name, limit, disbursed, principal=0)


def first_days_past_due(random: Random) -> int:
    """Days of a debt that is already in the book when the story begins."""
    stage = random.choices(range(7), STAGE_SHARES)[0]
    if stage == 6:
        return random.randint(181, 700)
    return stage * 30 + random.randint(1, 30)
