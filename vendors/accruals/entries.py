"""Decide: how accruals, their reversals, approved statements and payments are booked. Pure; each document balances.

Amounts are yuan. A fee includes its tax; here the tax stands apart. What lowers a fee (penalties, claw-backs) has accounts
of its own, so that nobody nets it away.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from collection_ops.core.money import ZERO
from vendors.contracts.fees import tax_in
from vendors.settlement.decide import Kind


class Account(StrEnum):
    FEE = "fee"
    PENALTY = "penalty"
    CLAWBACK = "clawback"
    TAX = "tax"
    TAX_PENDING = "tax_pending"
    ACCRUED = "accrued"
    PAYABLE = "payable"
    BANK = "bank"


class Section(StrEnum):
    ACCRUAL = "accrual"
    REVERSAL = "reversal"
    STATEMENT = "statement"
    PAYMENT = "payment"


ACCOUNT_OF: Mapping[str, Account] = {
    **{kind.value: Account.FEE for kind in (Kind.COMMISSION, Kind.COEFFICIENT, Kind.CAP, Kind.BONUS, Kind.CORRECTION)},
    Kind.PENALTY.value: Account.PENALTY,
    **{
        kind.value: Account.CLAWBACK
        for kind in (
            Kind.CLAWBACK, Kind.TIER_EFFECT, Kind.CLAWBACK_COEFFICIENT, Kind.CLAWBACK_CAP, Kind.NOT_TAKEN_BACK,
        )
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the voucher: one of `debit` and `credit` is nought, neither is below it. `period`: the month of the fee.
    `tax`: of a line without its tax how much that is, for people."""

    section: Section
    account: Account
    agency_id: int
    agency: str
    period: date
    debit: Decimal
    credit: Decimal
    tax: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Whose:
    agency_id: int
    agency: str
    period: date


def of_accrual(whose: Whose, *, amount: Decimal, tax: Decimal, is_reversal: bool) -> Iterator[Entry]:
    """`amount` with its sign: a reversal books the opposite."""
    section = Section.REVERSAL if is_reversal else Section.ACCRUAL
    yield from _entry(section, Account.FEE, whose, amount - tax, tax=tax)
    yield from _entry(section, Account.TAX_PENDING, whose, tax)
    yield from _entry(section, Account.ACCRUED, whose, -amount)


def of_statement(whose: Whose, *, kinds: Mapping[str, Decimal], tax_rate: Decimal) -> Iterator[Entry]:
    """`kinds`: what is paid with the statement, by kind of line, tax included."""
    gross: dict[Account, Decimal] = {}
    for kind, fee in kinds.items():
        account = ACCOUNT_OF[kind]
        gross[account] = gross.get(account, ZERO) + fee
    payable = sum(gross.values(), ZERO)
    tax = tax_in(payable, tax_rate)
    shares = _tax_shares(gross, tax_rate, tax)
    for account in Account:
        if account in gross:
            yield from _entry(Section.STATEMENT, account, whose, gross[account] - shares[account], tax=shares[account])
    yield from _entry(Section.STATEMENT, Account.TAX, whose, tax)
    yield from _entry(Section.STATEMENT, Account.PAYABLE, whose, -payable)


def of_payment(whose: Whose, *, payable: Decimal) -> Iterator[Entry]:
    yield from _entry(Section.PAYMENT, Account.PAYABLE, whose, payable)
    yield from _entry(Section.PAYMENT, Account.BANK, whose, -payable)


def _tax_shares(gross: Mapping[Account, Decimal], rate: Decimal, tax: Decimal) -> dict[Account, Decimal]:
    """Each account's tax, rounded; the cents that rounding leaves stand with the largest amount."""
    found = {account: tax_in(amount, rate) for account, amount in gross.items()}
    if found:
        largest = max(gross, key=lambda account: (abs(gross[account]), account))
        found[largest] += tax - sum(found.values(), ZERO)
    return found


def _entry(
    section: Section, account: Account, whose: Whose, signed: Decimal, *, tax: Decimal = ZERO
) -> Iterator[Entry]:
    """A debit above nought, a credit below it, nothing for nought."""
    if signed:
        yield Entry(
            section, account, whose.agency_id, whose.agency, whose.period, max(signed, ZERO), max(-signed, ZERO), tax
        )


@dataclass(frozen=True, slots=True)
class Sum:
    account: Account
    debit: Decimal
    credit: Decimal


def by_account(entries: Iterable[Entry]) -> list[Sum]:
    """Both sides of each account, in the order of the accounts."""
    sums: dict[Account, tuple[Decimal, Decimal]] = {}
    for one in entries:
        debit, credit = sums.get(one.account, (ZERO, ZERO))
        sums[one.account] = debit + one.debit, credit + one.credit
    return [Sum(account, *sums[account]) for account in Account if account in sums]
