"""Business days passing over a portfolio: new debts, rolls, part payments, cures, re-entries, gaps in the files."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from cases.demo.loans import CARD, LOAN, Contracts, DemoLoan, first_days_past_due
from cases.demo.people import People, Person

# Chance a business day of a debt being cleared, by stage M1 … M7+: the older, the more it stays.
CLEARING = (0.055, 0.024, 0.014, 0.008, 0.005, 0.004, 0.002)
PART_PAYMENT = 0.03
FORGOTTEN_BY_SOURCE = 0.0012
RETURNS = 0.008
LONGEST_HOLIDAY = 10
RECALLED_SHARE = 0.08
SECOND_CONTRACT_SHARE = 1 / 12
CHANNELS = ("银行代扣", "支付宝", "微信", "银行转账", "柜面")


class Left(StrEnum):
    """Why a contract is not in today's file, as the staff will find out. The words are those of AbsenceReason."""

    PAID = "paid"
    CURED = "cured"
    RECALLED = "recalled"
    FILE_CUT = "file_cut"


def _within(chance: float, elapsed: int) -> float:
    """A chance of one business day over a longer gap: the months of which only the last day is told."""
    return chance if elapsed <= LONGEST_HOLIDAY else 1 - (1 - chance) ** (elapsed * 5 // 7)


@dataclass(frozen=True, slots=True)
class DemoPayment:
    source: str
    contract_no: str
    paid_on: date
    amount: int
    channel: str
    reference: str


@dataclass
class DemoDay:
    """What is true on one business day. `loans` are the living objects: read them before asking for the next day."""

    day: date
    loans: dict[str, list[DemoLoan]]
    payments: list[DemoPayment] = field(default_factory=list)
    left: dict[tuple[str, str], Left] = field(default_factory=dict)

    def file_rows(self, source: str) -> list[DemoLoan]:
        return [
            loan
            for loan in self.loans[source]
            if loan.due_date is not None and not (loan.hidden_until and self.day < loan.hidden_until)
        ]


class Portfolio:
    """A book of about `cases` overdue contracts, kept at that size while days pass."""

    def __init__(self, *, cases: int, seed: int, first_day: date) -> None:
        self._random = Random(f"portfolio-{seed}")  # noqa: S311 (a story, not a secret)
        self._people = People(self._random, born_before=first_day)
        self._contracts = Contracts(self._random)
        self._payments_made = 0
        self._size = cases
        self._loans: dict[str, list[DemoLoan]] = {CARD: [], LOAN: []}
        self._asked_twice: list[Person] = []
        for _ in range(cases):
            self._add(first_day, first_day - timedelta(days=first_days_past_due(self._random)))
        for loan in (*self._loans[CARD], *self._loans[LOAN]):
            loan.accrue(loan.days_past_due(first_day))

    def days(self, business_days: list[date]) -> Iterator[DemoDay]:
        """One DemoDay a business day, in order."""
        previous: date | None = None
        for day in business_days:
            today = DemoDay(day, self._loans)
            if previous is not None:
                self._pass(previous, today)
            yield today
            previous = day

    def _pass(self, previous: date, today: DemoDay) -> None:
        random = self._random
        elapsed = (today.day - previous).days
        overdue = 0
        for source in (CARD, LOAN):
            for loan in self._loans[source]:
                if loan.due_date is None:
                    self._maybe_return(loan, previous, today.day)
                else:
                    self._age(loan, today, previous, elapsed)
                overdue += loan.due_date is not None
        # What left is made up for, a little unevenly.
        for _ in range(max(0, self._size - overdue + random.randint(-1, 1) * (self._size // 150))):
            self._add(today.day, previous + timedelta(days=random.randint(0, elapsed - 1)))

    def _age(self, loan: DemoLoan, today: DemoDay, previous: date, elapsed: int) -> None:
        random = self._random
        assert loan.due_date is not None
        loan.accrue(elapsed)
        if loan.hidden_until and today.day < loan.hidden_until:
            return
        stage = min((max(loan.days_past_due(today.day), 1) - 1) // 30, 6)
        chance = random.random()
        clearing = _within(CLEARING[stage], elapsed)
        if chance < clearing:
            self._clear(loan, today, previous, elapsed)
        elif chance < clearing + PART_PAYMENT:
            self._pay_part(loan, today, previous, elapsed)
        elif chance > 1 - FORGOTTEN_BY_SOURCE:
            loan.hidden_until = today.day + timedelta(days=random.randint(1, 4))
            today.left[loan.source, loan.contract_no] = Left.FILE_CUT

    def _clear(self, loan: DemoLoan, today: DemoDay, previous: date, elapsed: int) -> None:
        random = self._random
        if random.random() < RECALLED_SHARE:
            why = Left.RECALLED
        else:
            why = Left.PAID if random.random() < 0.35 else Left.CURED
            paid_on = previous + timedelta(days=random.randrange(elapsed))
            # A cure settles what is due, not the whole debt.
            amount = loan.total if why is Left.PAID else max(loan.total * random.randint(8, 25) // 100, 10_000)
            self._receive(loan, today, paid_on, amount)
        today.left[loan.source, loan.contract_no] = why
        loan.due_date = None
        loan.cleared_on = today.day

    def _pay_part(self, loan: DemoLoan, today: DemoDay, previous: date, elapsed: int) -> None:
        random = self._random
        assert loan.due_date is not None
        amount = loan.total * random.randint(3, 30) // 100 // 1_000 * 1_000
        if amount <= 0:
            return
        self._receive(loan, today, previous + timedelta(days=random.randrange(elapsed)), amount)
        loan.pay(amount)
        # The oldest instalment is covered: the overdue clock starts a month later.
        later = loan.due_date + timedelta(days=30)
        if random.random() < 0.4 and later < today.day:
            loan.due_date = later

    def _receive(self, loan: DemoLoan, today: DemoDay, paid_on: date, amount: int) -> None:
        self._payments_made += 1
        reference = f"HK{today.day:%Y%m%d}{self._payments_made:06d}"
        channel = self._random.choice(CHANNELS)
        today.payments.append(DemoPayment(loan.source, loan.contract_no, paid_on, amount, channel, reference))

    def _maybe_return(self, loan: DemoLoan, previous: date, today: date) -> None:
        random = self._random
        if loan.cleared_on and (today - loan.cleared_on).days >= 6 and random.random() < RETURNS:
            loan.fall_overdue(today - timedelta(days=random.randint(1, 3)), random)
            loan.accrue(loan.days_past_due(today))

    def _add(self, today: date, due_date: date) -> None:
        random = self._random
        source = CARD if random.random() < 0.6 else LOAN
        if self._asked_twice and random.random() < 0.9:
            person = self._asked_twice.pop()
        else:
            person = self._people.new()
            if random.random() < SECOND_CONTRACT_SHARE:
                self._asked_twice.append(person)
        loan = self._contracts.new(person, source, today=today)
        loan.fall_overdue(due_date, random)
        self._loans[source].append(loan)
