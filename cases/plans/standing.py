"""How an agreed plan stands on a day: pure, from its instalments and the money that was confirmed.

Money is counted for the instalments in their order: the oldest that is not paid comes first. Nothing that was agreed is cut
anew, only the next day on which something is due moves:

- who pays too much has paid part or all of the next instalments, so that the next one is due later and for less;
- who pays too little still owes the rest on the day it was due. Until the grace days are over it can be made up; then the
  plan is broken, from the day after.

A day counts until its end, and money counts for the day on which it was paid, whenever we learned of it: money that comes
to light late shows that a plan was never broken, and a reversal that it never was completed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate

from cases.models.plan import PlanState
from cases.plans.schedule import Instalment

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Money:
    """Confirmed money that nobody reversed."""

    paid_on: date
    amount: Decimal


@dataclass(frozen=True)
class Standing:
    """`paid` is how much of each instalment is paid, in their order; `ended_on` the day of completion, breach, or the
    case's end (None: the plan goes on)."""

    state: PlanState
    paid: tuple[Decimal, ...]
    ended_on: date | None = None


def standing(
    instalments: Sequence[Instalment],
    money: Sequence[Money],
    *,
    day: date,
    grace_days: int,
    closed_on: date | None = None,
) -> Standing:
    """The plan on `day`, as far as that day's money is known. `closed_on`: the case ended then, and so does a plan that
    was kept until then; later money is not its own."""
    until = day if closed_on is None else min(day, closed_on)
    counted = sorted((one for one in money if one.paid_on <= until), key=lambda one: one.paid_on)
    paid = allocated([one.amount for one in instalments], sum((one.amount for one in counted), ZERO))
    if broken_on := _breach(instalments, counted, until=until, grace_days=grace_days):
        return Standing(PlanState.BROKEN, paid, broken_on)
    if paid == tuple(one.amount for one in instalments):
        return Standing(PlanState.COMPLETED, paid, _completion(counted, sum(paid, ZERO)))
    if closed_on is not None:
        return Standing(PlanState.ENDED, paid, closed_on)
    return Standing(PlanState.ACTIVE, paid)


def allocated(amounts: Sequence[Decimal], received: Decimal) -> tuple[Decimal, ...]:
    """How much of each amount `received` pays, the first ones first; what is left over pays nothing."""
    found = []
    for amount in amounts:
        part = min(amount, max(received, ZERO))
        received -= part
        found.append(part)
    return tuple(found)


def _breach(
    instalments: Sequence[Instalment], counted: Sequence[Money], *, until: date, grace_days: int
) -> date | None:
    """The first day after the grace of the first instalment for which too little had come by then."""
    for one, wanted in zip(instalments, accumulate(one.amount for one in instalments), strict=True):
        last = one.due_on + timedelta(days=grace_days)
        if last >= until:
            return None
        if sum((payment.amount for payment in counted if payment.paid_on <= last), ZERO) < wanted:
            return last + timedelta(days=1)
    return None


def _completion(counted: Sequence[Money], total: Decimal) -> date:
    """The day of the payment with which the money reached the total."""
    received = ZERO
    for payment in counted:
        received += payment.amount
        if received >= total:
            return payment.paid_on
    raise ValueError("the money does not come to the total")
