"""What is known at the moment of a decision: plain values, no rows of a database.

A moment is a datetime with a zone; a day is the debtor's calendar day. Of the past only what happened before `Facts.now` is
looked at. `facts_from` reads the documented JSON (`facts.schema.json`), for the command line and for the examples of packs.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from compliance.rules.occasions import Conduct, Keeping, Message, Staff, Taking
from compliance.rules.typed_json import built, first_problem

ActionKind = Literal["contact", "record", "show", "take", "delete", "edit", "activate_plan", "decide"]
Channel = Literal["call", "sms", "im", "email", "letter", "visit"]
Direction = Literal["out", "in"]
Result = Literal[
    "no_answer", "busy", "out_of_service", "dead_number", "voicemail", "connected", "right_party", "third_party",
    "sent", "delivered", "failed", "nobody_home", "met",
]  # fmt: skip
Purpose = Literal["demand", "remind", "reply", "ask_contact", "relay", "find_heir", "end_notice"]
Role = Literal[
    "debtor",
    "co_debtor",
    "guarantor",
    "spouse_joint",
    "heir",
    "guardian",
    "contact",
    "relative",
    "attorney",
    "creditor",
]

HOME = "Asia/Shanghai"
"""Where a debtor is, if nothing else is known: the zone of the lender's own calendar."""

SCHEMA = Path(__file__).with_name("facts.schema.json")
MESSAGES: frozenset[str] = frozenset({"sms", "im", "email"})
TALKED: frozenset[str] = frozenset({"connected", "right_party", "third_party", "met"})
REACHED: frozenset[str] = frozenset({"right_party", "met"})
MISSED: frozenset[str] = frozenset({"no_answer", "busy", "out_of_service", "dead_number", "voicemail"})


class FactsUnreadable(ValueError):
    """The JSON is not what the schema says; the sentence names the place and what is wanted there."""


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody is about to do (`contact`), or did and now writes down (`record`, until `ended_at`, at `recorded_at`).
    Other kinds are no contact: to `show` some `fields` of the debt to whoever is on the line, to `take` money, to `delete`
    or `edit` a record, to activate a plan, to let a machine `decide` `what`.

    `party` and `point` name whom and by which number or address; `loans` the contracts it is about; `amount` (yuan) what
    is demanded. `staff` (people) and `place` are a visit's. `prompted`: the debtor has just asked for this very contact.
    `sender_registered`: whether the line or account is one of the lender's or agency's own (None: not known). `evidence`
    names the document or recording that the action rests on, `reviewer` the person who looked at a machine's decision.
    """

    kind: ActionKind = "contact"
    channel: Channel = "call"
    direction: Direction = "out"
    purpose: Purpose = "demand"
    party: str = "debtor"
    point: str = ""
    loans: tuple[str, ...] = ()
    amount: Decimal | None = None
    actor: str = ""
    actor_kind: Literal["human", "ai"] = "human"
    org: str = "own"
    ended_at: dt.datetime | None = None
    recorded_at: dt.datetime | None = None
    result: Result | None = None
    staff: int = 0
    place: str = ""
    prompted: bool = False
    sender_registered: bool | None = None
    handoff: bool | None = None
    verified: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    evidence: str = ""
    what: str = ""
    reviewer: str = ""
    message: Message | None = None
    conduct: Conduct | None = None
    taking: Taking | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, by anybody: the lender's own people or an agency (`org`). `misdirected`: it turned out that
    the number is not this person's, so that it reached nobody of theirs."""

    at: dt.datetime
    channel: Channel = "call"
    direction: Direction = "out"
    result: Result = "no_answer"
    party: str = "debtor"
    point: str = ""
    loans: tuple[str, ...] = ()
    actor: str = ""
    actor_kind: Literal["human", "ai"] = "human"
    org: str = "own"
    misdirected: bool = False


@dataclass(frozen=True, slots=True)
class Party:
    """A person round the debt. `contract`: the guarantee or joint contract on file; `joint_evidence`: why a spouse owes too;
    `refused_at`: when this person asked to be left alone; `volunteered` the recording on which they offered to pay."""

    id: str
    role: Role
    contract: str = ""
    joint_evidence: str = ""
    refused_at: dt.datetime | None = None
    estate_share: Decimal | None = None
    renounced: bool = False
    volunteered: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A number or address. `source` says how the lender came to it; `invalid` that it is proven dead, `workplace` that it is
    the debtor's employer's."""

    id: str
    party: str = "debtor"
    source: str = ""
    invalid: bool = False
    workplace: bool = False
    kind: Literal["phone", "address", "employer", "email"] = "phone"


@dataclass(frozen=True, slots=True)
class AgreedWindow:
    """Hours in which the debtor said they may be called. Only with evidence, and until taken back."""

    start: dt.time
    end: dt.time
    evidence: str = ""
    from_day: dt.date | None = None
    revoked_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """Hours that the debtor called inconvenient; `weekdays` 1 (Monday) to 7, none: every day."""

    start: dt.time
    end: dt.time
    weekdays: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """Something else the debtor agreed to, with its evidence: `more_attempts`, `calls` (a consent to be called), or
    `volunteer` (that somebody else pays)."""

    type: str
    evidence: str = ""
    received_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A reason not to collect, from the moment `since` on. `until` is the last day it holds, `ends_at` the moment at which
    it was lifted (both None: it goes on). `accused`, `accused_org`, `accused_channel`: of a complaint. `proven` is about
    facts like a death that need a document."""

    type: str
    since: dt.datetime
    until: dt.date | None = None
    ends_at: dt.datetime | None = None
    proven: bool = True
    accused: str = ""
    accused_org: str = ""
    accused_channel: str = ""


@dataclass(frozen=True, slots=True)
class Loan:
    """A contract in its latest file: yuan owed, and yuan in dispute. `plan_due`: the oldest instalment of an agreed plan
    that is not paid (None: no plan in force). `capped`: yuan owed within the legal cap on cost, where that is less.
    `limitation_ends`: the last day on which a suit is in time. `validation_sent_on`, `validation_received_on`: the notice
    that tells the debtor what is claimed and how to dispute it. `fee_items`: fees that the contract names."""

    id: str
    balance: Decimal | None = None
    disputed: Decimal = Decimal(0)
    plan_due: dt.date | None = None
    capped: Decimal | None = None
    limitation_ends: dt.date | None = None
    validation_sent_on: dt.date | None = None
    validation_received_on: dt.date | None = None
    fee_items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """When an agency last told us what it did."""

    org: str
    received_at: dt.datetime


@dataclass(frozen=True)
class Facts:
    """Everything a decision may look at. Days and hours are those of `timezones`: the first counts the days, all of them
    have to be awake."""

    now: dt.datetime
    action: Action = field(default_factory=Action)
    timezones: tuple[str, ...] = (HOME,)
    status: Literal["alive", "dead", "incapacitated"] = "alive"
    parties: tuple[Party, ...] = (Party("debtor", "debtor"),)
    points: tuple[Point, ...] = ()
    agreed_windows: tuple[AgreedWindow, ...] = ()
    inconvenient: tuple[Slot, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    rejected_channels: tuple[Channel, ...] = ()
    holds: tuple[Hold, ...] = ()
    loans: tuple[Loan, ...] = ()
    feeds: tuple[Feed, ...] = ()
    history: tuple[Event, ...] = ()
    employer_forbids: bool = False
    staff: Staff | None = None
    keeping: Keeping | None = None

    def at(self, moment: dt.datetime) -> "Facts":
        """The same at another moment, nothing having happened meanwhile."""
        return replace(self, now=moment)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezones[0])

    @cached_property
    def today(self) -> dt.date:
        return self.day_of(self.now)

    def day_of(self, moment: dt.datetime) -> dt.date:
        return moment.astimezone(self.zone).date()

    def start_of(self, day: dt.date) -> dt.datetime:
        """Its first moment. (Where clocks are put forward at midnight, that is the first that exists.)"""
        return dt.datetime.combine(day, dt.time(), tzinfo=self.zone).astimezone(dt.UTC).astimezone(self.zone)

    @cached_property
    def past(self) -> tuple[Event, ...]:
        """What had happened by now and was about this debtor."""
        return tuple(event for event in self.history if event.at <= self.now and not event.misdirected)

    @cached_property
    def party(self) -> Party:
        """Whom the action is for. Somebody unknown is a contact person: nobody owes by being unknown."""
        return next((p for p in self.parties if p.id == self.action.party), Party(self.action.party, "contact"))

    @cached_property
    def point(self) -> Point | None:
        return next((p for p in self.points if p.id == self.action.point), None)

    @cached_property
    def own_roles(self) -> dict[str, Role]:
        return {party.id: party.role for party in self.parties}

    @property
    def is_contact(self) -> bool:
        """Planned or told, with whomever, by whoever began it."""
        return self.action.kind in ("contact", "record")

    @property
    def is_outbound(self) -> bool:
        """Somebody who calls in, or asked for this contact just now, is not being collected from."""
        return self.is_contact and self.action.direction == "out" and not self.action.prompted

    @cached_property
    def loans_meant(self) -> tuple[Loan, ...]:
        """The contracts that the action is about; all, where it names none."""
        return tuple(loan for loan in self.loans if not self.action.loans or loan.id in self.action.loans)


# From JSON ------------------------------------------------------------------------------------------------------------


def facts_from(data: Mapping[str, Any]) -> Facts:
    """Facts from their JSON form. Raises FactsUnreadable with the place of the first thing that is wrong.

    A moment without a zone is local time of the first of `timezones`; an amount is a text or a number of yuan."""
    if problem := first_problem(SCHEMA, data, name="facts"):
        raise FactsUnreadable(problem)
    zones = data.get("timezones") or [HOME]
    try:
        return built(Facts, data, ZoneInfo(zones[0]))
    except (ValueError, ArithmeticError, KeyError, OSError) as wrong:
        raise FactsUnreadable(str(wrong)) from wrong


def facts_kept(data: Mapping[str, Any]) -> Facts:
    """Facts from the JSON that `to_json` wrote, which is not looked at twice."""
    return built(Facts, data, ZoneInfo((data.get("timezones") or [HOME])[0]))


def to_json(facts: Facts) -> dict[str, Any]:
    """The JSON form that `facts_from` reads again, without what is as usual."""
    found = _plain(facts)
    assert isinstance(found, dict)
    return found


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        given = {item.name: getattr(value, item.name) for item in fields(value)}
        kept = {item.name for item in fields(value) if item.default is MISSING and item.default_factory is MISSING}
        usual = {item.name: item.default for item in fields(value)}
        return {name: _plain(one) for name, one in given.items() if name in kept or one != usual[name]}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
