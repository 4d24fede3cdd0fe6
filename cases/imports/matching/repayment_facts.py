"""What becomes of the rows of a repayment file, given what the book knows: pure decisions, each with its reason.

``match_repayments`` gathers the facts and writes down what is decided here. Words: a *reversal* row has a negative amount
and takes back one earlier payment, the *target*; *booked* is what earlier files and people recorded, *repeated* what is
booked already; *unmatched* money is kept until its contract is known.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from cases.imports.cleaning.cells import Finding
from cases.imports.judging.repayments import CONFIRMED

Outcome = Literal["booked", "unmatched", "repeated", "reversal"]


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One accepted row with what the book says of its contract; amounts in yuan, negative for a reversal.

    ``total`` is the case's debt that the payment meets: the newest position for a payment after it, else the last position
    before the payment (None when there is none); ``as_of`` is the day of the newest position.
    """

    row_id: int
    contract_no: str
    debtor_name: str
    paid_on: dt.date
    amount: Decimal
    reference: str
    original_reference: str
    status: str
    loan_id: int | None = None
    book_name: str = ""
    as_of: dt.date | None = None
    total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """A payment in the book that a row may repeat or take back. ``is_reversal`` rows take another one back;
    ``is_split``: a person took it apart among several contracts."""

    repayment_id: int
    contract_no: str
    paid_on: dt.date
    amount: Decimal
    reference: str
    status: str
    is_reversal: bool = False
    is_reversed: bool = False
    is_split: bool = False


class Identity(NamedTuple):
    """What tells a payment without a serial number from others. The name counts where there is no contract."""

    contract_no: str
    name: str
    paid_on: dt.date
    amount: Decimal
    status: str


@dataclass(frozen=True)
class Facts:
    """``by_reference``: booked rows by serial number. ``times_booked``: how often a payment without a number is in the
    book (reversals with a negative amount). ``of_contract``: booked payments that a reversal without a number could mean."""

    by_reference: Mapping[str, Sequence[Booked]] = field(default_factory=dict)
    times_booked: Mapping[Identity, int] = field(default_factory=dict)
    of_contract: Mapping[str, Sequence[Booked]] = field(default_factory=dict)


@dataclass(slots=True)
class Decision:
    """What becomes of a row. ``reverses_id`` is a repayment of the book, ``reverses_row`` a row of the same file."""

    row: PaymentRow
    outcome: Outcome
    findings: list[tuple[str, Finding]] = field(default_factory=list)
    reverses_id: int | None = None
    reverses_row: int | None = None

    @property
    def is_accepted(self) -> bool:
        """Held back by an error, or in the book already."""
        return self.outcome != "repeated" and all(finding.severity != "error" for _name, finding in self.findings)

    def say(self, code: str, severity: Any, name: str = "", **params: Any) -> None:
        self.findings.append((name, Finding(code, severity, params)))


def identity_of(row: PaymentRow) -> Identity:
    return Identity(row.contract_no, "" if row.contract_no else row.debtor_name, row.paid_on, row.amount, row.status)


def decide(rows: Iterable[PaymentRow], facts: Facts) -> list[Decision]:
    """A decision for every row, in the order of the file. Payments first: a reversal may take back one of its own file."""
    everything = list(rows)
    seen: Counter[Identity] = Counter()
    met: dict[str, Decimal] = defaultdict(Decimal)
    decided = {row.row_id: _payment(row, facts, seen, met) for row in everything if row.amount > 0}
    targets = _Targets(facts, decided.values())
    decided |= {row.row_id: _reversal(row, facts, seen, targets) for row in everything if row.amount < 0}
    return [decided[row.row_id] for row in everything]


# Payments -----------------------------------------------------------------------------------------------------------


def _payment(row: PaymentRow, facts: Facts, seen: Counter[Identity], met: dict[str, Decimal]) -> Decision:
    decision = Decision(row, "booked" if row.loan_id is not None else "unmatched")
    if _is_repeated(decision, facts, seen):
        return decision
    if row.loan_id is None:
        decision.say(
            "payment_without_contract" if not row.contract_no else "payment_unmatched", "warning", "contract_no"
        )
        return decision
    _compare_name(decision)
    _compare_with_debt(decision, met)
    return decision


def _is_repeated(decision: Decision, facts: Facts, seen: Counter[Identity]) -> bool:
    """Is this payment in the book? By its serial number; without one, by counting equal payments: what the book holds
    already is not booked again, what the file holds beyond that is."""
    row = decision.row
    if row.reference:
        # A claimed payment that is confirmed now is a new row; what was confirmed before needs no claim.
        known = [b for b in facts.by_reference.get(row.reference, ()) if not b.is_reversal]
        same = next((b for b in known if b.status in (row.status, CONFIRMED)), None)
        if same is None:
            return False
        decision.outcome = "repeated"
        if (same.contract_no, same.paid_on, same.amount) == (row.contract_no, row.paid_on, row.amount):
            decision.say("serial_booked", "warning", "reference")
        else:
            decision.say(
                "serial_booked_differently",
                "error",
                "reference",
                contract_no=same.contract_no or "—",
                paid_on=same.paid_on.isoformat(),
                amount=str(same.amount),
            )
        return True
    identity = identity_of(row)
    seen[identity] += 1
    booked = facts.times_booked.get(identity, 0)
    if seen[identity] > booked:
        return False
    decision.outcome = "repeated"
    decision.say("payment_booked_without_serial", "warning", "paid_amount", count=booked)
    return True


def _compare_name(decision: Decision) -> None:
    """Somebody else may pay; the contract decides whose debt it is."""
    row = decision.row
    if row.debtor_name and row.book_name and row.debtor_name != row.book_name:
        decision.say("payer_differs", "warning", "debtor_name", contract_no=row.contract_no)


def _compare_with_debt(decision: Decision, met: dict[str, Decimal]) -> None:
    """Balances are what the overdue files say and are never reduced here; more money than debt is worth a look."""
    row = decision.row
    if row.as_of is not None and row.paid_on <= row.as_of:
        decision.say("paid_before_position", "info", "paid_on", as_of=row.as_of.isoformat())
        if row.total is not None and row.amount > row.total:
            decision.say("paid_more_than_debt", "warning", "paid_amount", total=str(row.total))
        return
    if row.total is None:
        return
    met[row.contract_no] += row.amount
    if met[row.contract_no] > row.total:
        decision.say("paid_more_than_debt", "warning", "paid_amount", total=str(row.total))
    elif met[row.contract_no] == row.total:
        decision.say("paid_in_full", "info", "paid_amount", contract_no=row.contract_no)


# Reversals ----------------------------------------------------------------------------------------------------------


class _Targets:
    """Payments that may still be taken back: those of the book and those of the file. Each once."""

    def __init__(self, facts: Facts, payments: Iterable[Decision]) -> None:
        self.facts = facts
        self.taken: set[tuple[str, int]] = set()
        self.own_by_reference: dict[str, list[PaymentRow]] = defaultdict(list)
        self.own_by_contract: dict[str, list[PaymentRow]] = defaultdict(list)
        for decision in payments:
            if decision.is_accepted:
                if decision.row.reference:
                    self.own_by_reference[decision.row.reference].append(decision.row)
                self.own_by_contract[decision.row.contract_no].append(decision.row)

    def named(self, reference: str) -> list[Booked | PaymentRow]:
        booked = [b for b in self.facts.by_reference.get(reference, ()) if not b.is_reversal]
        return [*booked, *self.own_by_reference.get(reference, ())]

    def fitting(self, row: PaymentRow) -> list[Booked | PaymentRow]:
        """Payments of the contract with this amount, not after the reversal and not taken back."""
        everything = [*self.facts.of_contract.get(row.contract_no, ()), *self.own_by_contract.get(row.contract_no, ())]
        return [t for t in everything if t.amount == -row.amount and t.paid_on <= row.paid_on and self.is_free(t)]

    def is_free(self, target: Booked | PaymentRow) -> bool:
        return key_of(target) not in self.taken and not (isinstance(target, Booked) and target.is_reversed)

    def take(self, decision: Decision, target: Booked | PaymentRow) -> None:
        self.taken.add(key_of(target))
        if isinstance(target, Booked):
            decision.reverses_id = target.repayment_id
        else:
            decision.reverses_row = target.row_id


def key_of(target: Booked | PaymentRow) -> tuple[str, int]:
    return ("book", target.repayment_id) if isinstance(target, Booked) else ("file", target.row_id)


def _reversal(row: PaymentRow, facts: Facts, seen: Counter[Identity], targets: _Targets) -> Decision:
    """A negative amount is the reversal of exactly one payment, or stays out with a sentence."""
    decision = Decision(row, "reversal")
    if _is_repeated_reversal(decision, facts, seen):
        return decision
    name = row.original_reference
    if not name and row.reference and targets.named(row.reference):
        name = row.reference  # some systems give the reversal the number of the payment
    if name:
        _reverse_named(decision, name, targets)
    else:
        _reverse_fitting(decision, targets)
    return decision


def _is_repeated_reversal(decision: Decision, facts: Facts, seen: Counter[Identity]) -> bool:
    row = decision.row
    if row.reference:
        repeated = any(b.is_reversal and b.amount == -row.amount for b in facts.by_reference.get(row.reference, ()))
    else:
        identity = identity_of(row)
        seen[identity] += 1
        repeated = seen[identity] <= facts.times_booked.get(identity, 0)
    if repeated:
        decision.outcome = "repeated"
        decision.say("reversal_booked", "warning", "paid_amount")
    return repeated


def _reverse_named(decision: Decision, name: str, targets: _Targets) -> None:
    row = decision.row
    found = targets.named(name)
    # Claimed and confirmed money of one number are two rows: the one that counts is taken back.
    found = [t for t in found if t.status == CONFIRMED] or found
    if not found:
        decision.say("reversal_without_payment", "error", "paid_amount", reference=name)
        return
    # Money that was split and put together again has its number twice; the row that stands is meant.
    target = next((t for t in found if targets.is_free(t)), found[0])
    if isinstance(target, Booked) and target.is_split:
        decision.say("reversal_of_split", "error", "paid_amount", reference=name)
    elif row.contract_no and target.contract_no and row.contract_no != target.contract_no:
        decision.say("reversal_other_contract", "error", "contract_no", reference=name, contract_no=target.contract_no)
    elif target.amount != -row.amount:
        decision.say("reversal_amount_differs", "error", "paid_amount", reference=name, amount=str(target.amount))
    elif not targets.is_free(target):
        decision.outcome = "repeated"
        decision.say("reversal_booked", "warning", "paid_amount")
    else:
        targets.take(decision, target)


def _reverse_fitting(decision: Decision, targets: _Targets) -> None:
    row = decision.row
    found = targets.fitting(row) if row.contract_no else []
    if len(found) == 1:
        targets.take(decision, found[0])
    elif found:
        decision.say("reversal_ambiguous", "error", "paid_amount", count=len(found))
    else:
        decision.say("reversal_without_payment", "error", "paid_amount", reference=row.reference or "—")
