"""Not now, or never: holds, settled debts, plans that are kept, disputes, and channels that somebody refused."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from compliance.rules.facts import Channel, Facts, Hold, Purpose, Role
from compliance.rules.kinds import kind
from compliance.rules.tighter import FEWER, FIXED, HIGHER, LONGER, LOWER, MORE, NO, YES
from compliance.rules.verdict import Finding


@dataclass(frozen=True)
class OnHold:
    """While a hold of one of these `types` is in force. `roles` and `purposes`: who is not contacted, and for what (none:
    nobody, for nothing); `but`: purposes that stay allowed.

    A hold that is not proven, where it should be, is in force for `unproven_days` days. One that has ended says so once more
    for `ask_after_days` days. `accused_only`: it stops only the collector, agency or channel that the complaint is
    about. `report`: it is the compliance officer's case as well.
    """

    types: tuple[str, ...]
    roles: tuple[Role, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    but: tuple[Purpose, ...] = ()
    unproven_days: int | None = None
    ask_after_days: int = 0
    accused_only: bool = False
    report: bool = False


@kind(
    "on_hold",
    types=MORE, but=FEWER, unproven_days=LONGER, ask_after_days=HIGHER, accused_only=NO, report=YES, roles=FIXED,
    purposes=FIXED,
)  # fmt: skip
def on_hold(facts: Facts, params: OnHold) -> Finding | None:
    action = facts.action
    if not facts.is_outbound or action.purpose in params.but or (params.roles and facts.party.role not in params.roles):
        return None
    if params.purposes and action.purpose not in params.purposes:
        return None
    holds = [hold for hold in facts.holds if hold.type in params.types and hold.since <= facts.now]
    in_force = [hold for hold in holds if _until(facts, hold, params) > facts.now]
    strict = [hold for hold in in_force if not params.accused_only or _is_accused(facts, hold)]
    if strict:
        last = max(strict, key=lambda hold: _until(facts, hold, params))
        until = _until(facts, last, params)
        evidence = ("proof",) if not last.proven and params.unproven_days is not None else ()
        return Finding(
            last.type, last.until, until=None if until == _NEVER else until, evidence=evidence, report=params.report
        )
    if in_force:  # a complaint about a colleague
        return Finding(in_force[0].type, in_force[0].until, strength="warn")
    ended = [_until(facts, hold, params) for hold in holds]
    if ended and params.ask_after_days and facts.now - max(ended) < dt.timedelta(days=params.ask_after_days):
        return Finding("ended", facts.day_of(max(ended)), strength="warn")
    return None


_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


def _until(facts: Facts, hold: Hold, params: OnHold) -> dt.datetime:
    """The first moment after the hold: it holds through its last day."""
    ends = _NEVER if hold.until is None else facts.start_of(hold.until + dt.timedelta(days=1))
    if hold.ends_at is not None:
        ends = min(ends, hold.ends_at)
    if not hold.proven and params.unproven_days is not None:
        days = dt.timedelta(days=params.unproven_days)
        ends = min(ends, facts.start_of(facts.day_of(hold.since) + days))
    return ends


def _is_accused(facts: Facts, hold: Hold) -> bool:
    if hold.accused_channel and hold.accused_channel == facts.action.channel:
        return True
    if hold.accused_org and hold.accused_org == facts.action.org:
        return True
    return bool(hold.accused) and hold.accused == facts.action.actor


@dataclass(frozen=True)
class Settled:
    """Nothing left to demand. Below `dust` (yuan) it is hardly worth a call, and said."""

    dust: str = "0.00"


@kind("settled", dust=HIGHER)
def settled(facts: Facts, params: Settled) -> Finding | None:
    balances = [loan.balance for loan in facts.loans_meant if loan.balance is not None]
    if facts.action.purpose != "demand" or not facts.is_outbound or not balances:
        return None
    owed = sum(balances, Decimal(0))
    if owed <= 0:
        return Finding(owed, Decimal(0))
    return Finding(owed, Decimal(params.dust), strength="warn") if owed < Decimal(params.dust) else None


@dataclass(frozen=True)
class PlanKept:
    """A plan whose oldest unpaid instalment is due on a day is kept through that day and `grace_days` more. A reminder is
    allowed from `reminder_days` before it."""

    grace_days: int = 0
    reminder_days: int = 3


@kind("plan_kept", grace_days=HIGHER, reminder_days=LOWER)
def plan_kept(facts: Facts, params: PlanKept) -> Finding | None:
    due = [loan.plan_due for loan in facts.loans_meant]
    if not facts.is_outbound or not due or any(day is None for day in due):
        return None
    first = min(day for day in due if day is not None)
    last_day = first + dt.timedelta(days=params.grace_days)
    if facts.today > last_day or facts.action.purpose not in ("demand", "remind"):
        return None
    broken = facts.start_of(last_day + dt.timedelta(days=1))
    if facts.action.purpose == "demand":
        return Finding(first, until=broken)
    opens = first - dt.timedelta(days=params.reminder_days)
    return None if facts.today >= opens else Finding(first, opens, until=facts.start_of(opens))


@dataclass(frozen=True)
class Disputed:
    """Whether the disputed part of a debt may be demanded."""

    pause: bool = True


@kind("disputed", pause=YES)
def disputed(facts: Facts, params: Disputed) -> Finding | None:
    if not params.pause or facts.action.purpose != "demand" or not facts.is_outbound:
        return None
    in_dispute = sum((loan.disputed for loan in facts.loans_meant), Decimal(0))
    if not in_dispute:
        return None
    owed = sum((loan.balance or Decimal(0) for loan in facts.loans_meant), Decimal(0))
    free = max(owed - in_dispute, Decimal(0))
    amount = owed if facts.action.amount is None else facts.action.amount
    return Finding(amount, free) if amount > free or free == 0 else None


@dataclass(frozen=True)
class ChannelRefused:
    """Ways of contact that the person does not want."""

    channels: tuple[Channel, ...] = ()


@kind("channel_refused", channels=FIXED)
def channel_refused(facts: Facts, params: ChannelRefused) -> Finding | None:
    channel = facts.action.channel
    if not facts.is_outbound or (params.channels and channel not in params.channels):
        return None
    return Finding(channel) if channel in facts.rejected_channels else None


@dataclass(frozen=True)
class VisitStaff:
    """How many people go."""

    least: int
    most: int


@kind("visit_staff", least=HIGHER, most=LOWER)
def visit_staff(facts: Facts, params: VisitStaff) -> Finding | None:
    staff = facts.action.staff
    if not facts.is_contact or facts.action.channel != "visit" or params.least <= staff <= params.most:
        return None
    return Finding(staff, params.least if staff < params.least else params.most)


@dataclass(frozen=True)
class VisitPlaces:
    """Where nobody goes to collect."""

    never: tuple[str, ...]


@kind("visit_places", never=MORE)
def visit_places(facts: Facts, params: VisitPlaces) -> Finding | None:
    if not facts.is_contact or facts.action.channel != "visit" or facts.action.place not in params.never:
        return None
    return Finding(facts.action.place, params.never)
