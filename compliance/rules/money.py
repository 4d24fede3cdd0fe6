"""Money: how much may be demanded, of a debt that is late even for a court, and what is taken in."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from compliance.rules.facts import Facts, Hold
from compliance.rules.kinds import kind
from compliance.rules.texts import is_time_barred
from compliance.rules.tighter import HIGHER, LOWER, YES
from compliance.rules.verdict import Finding


@dataclass(frozen=True)
class DemandCap:
    """Whether what is above the legal cap on cost may not be demanded."""

    capped: bool = True


@kind("demand_cap", capped=YES)
def demand_cap(facts: Facts, params: DemandCap) -> Finding | None:
    action = facts.action
    if not params.capped or action.purpose != "demand" or not facts.is_outbound or action.amount is None:
        return None
    most = [
        min(loan.balance, loan.capped) if loan.capped is not None else loan.balance
        for loan in facts.loans_meant
        if loan.balance is not None
    ]
    if not any(loan.capped is not None for loan in facts.loans_meant):
        return None
    free = sum(most, Decimal(0))
    return Finding(action.amount, free) if action.amount > free else None


@dataclass(frozen=True)
class TimeBarred:
    """Whether a demand of a time-barred debt is pointed out."""

    tell: bool = True


@kind("time_barred", tell=YES)
def time_barred(facts: Facts, params: TimeBarred) -> Finding | None:
    if not params.tell or facts.action.purpose != "demand" or not facts.is_outbound or not is_time_barred(facts):
        return None
    return Finding(min(loan.limitation_ends for loan in facts.loans_meant if loan.limitation_ends is not None))


@dataclass(frozen=True)
class Payee:
    """Whether money is taken on the lender's own accounts only."""

    registered: bool = True


@kind("payee", registered=YES)
def payee(facts: Facts, params: Payee) -> Finding | None:
    taking = facts.action.taking
    if not params.registered or facts.action.kind != "take" or taking is None or taking.payee_registered:
        return None
    return Finding("unregistered", report=True)


@dataclass(frozen=True)
class FeeItems:
    """Whether only fees are taken that the contract names."""

    named: bool = True


@kind("fee_items", named=YES)
def fee_items(facts: Facts, params: FeeItems) -> Finding | None:
    taking = facts.action.taking
    if not params.named or facts.action.kind != "take" or taking is None:
        return None
    known = {item for loan in facts.loans_meant for item in loan.fee_items}
    strange = tuple(fee for fee in taking.fees if fee not in known)
    return Finding(strange, tuple(sorted(known))) if strange else None


@dataclass(frozen=True)
class NotToDisputed:
    """Whether a payment is kept away from a debt in dispute."""

    kept_away: bool = True


@kind("not_to_disputed", kept_away=YES)
def not_to_disputed(facts: Facts, params: NotToDisputed) -> Finding | None:
    if not params.kept_away or facts.action.kind != "take":
        return None
    disputed = sum((loan.disputed for loan in facts.loans_meant), Decimal(0))
    return Finding(disputed, Decimal(0)) if disputed > 0 else None


@dataclass(frozen=True)
class ValidationNotice:
    """Days after the first contact within which the debtor is told what is claimed and how to dispute it."""

    days: int = 5


@kind("validation_notice", days=LOWER)
def validation_notice(facts: Facts, params: ValidationNotice) -> Finding | None:
    if not facts.is_contact or not facts.past or not facts.loans_meant:
        return None
    due = facts.day_of(min(event.at for event in facts.past)) + dt.timedelta(days=params.days)
    sent = [loan.validation_sent_on for loan in facts.loans_meant]
    late = [day for day in sent if (day or facts.today) > due]
    return Finding(late[0], due) if late else None


@dataclass(frozen=True)
class DisputeInPeriod:
    """A written dispute in the first `days` after the notice stops collection until it is answered; a later one is said."""

    days: int = 30


@kind("dispute_in_period", days=HIGHER)
def dispute_in_period(facts: Facts, params: DisputeInPeriod) -> Finding | None:
    if not facts.is_outbound:
        return None
    disputes = [
        hold
        for hold in facts.holds
        if hold.type == "validation_dispute" and hold.since <= facts.now and (hold.ends_at or _NEVER) > facts.now
        if hold.until is None or facts.today <= hold.until
    ]
    if not disputes:
        return None
    first = min(disputes, key=lambda hold: hold.since)
    received = [loan.validation_received_on for loan in facts.loans_meant if loan.validation_received_on is not None]
    day = facts.day_of(first.since)
    if received and day > max(received) + dt.timedelta(days=params.days):
        return Finding(day, params.days, strength="warn")
    return Finding(day, params.days, until=_answered(facts, disputes))


_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


def _answered(facts: Facts, disputes: list[Hold]) -> dt.datetime | None:
    ends = [
        min(hold.ends_at or _NEVER, _NEVER if hold.until is None else facts.start_of(hold.until + dt.timedelta(days=1)))
        for hold in disputes
    ]
    return None if max(ends) == _NEVER else max(ends)
