"""Whom: the debtor, who else owes, and third persons, who are only ever asked how the debtor can be reached."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from compliance.rules.facts import MISSED, REACHED, Facts, Party, Purpose, Role
from compliance.rules.kinds import kind
from compliance.rules.tighter import FEWER, FIXED, HIGHER, LOWER, MORE, YES
from compliance.rules.verdict import Finding, Strength

THIRD: frozenset[str] = frozenset({"contact", "relative"})


def is_third(facts: Facts, party: Party) -> bool:
    """Somebody who owes nothing. A spouse is one until the joint debt is proven."""
    return party.role in THIRD or (party.role == "spouse_joint" and not party.joint_evidence)


@dataclass(frozen=True)
class Demandable:
    """Of whom money may be demanded. Of a guarantor only with the contract."""

    roles: tuple[Role, ...]
    needs_contract: tuple[Role, ...] = ("guarantor",)


@kind("demandable", roles=FEWER, needs_contract=MORE)
def demandable(facts: Facts, params: Demandable) -> Finding | None:
    party = facts.party
    if facts.action.purpose != "demand" or not facts.is_outbound:
        return None
    if party.role not in params.roles or (party.role in params.needs_contract and not party.contract):
        return Finding(party.role, params.roles)
    return None


@dataclass(frozen=True)
class JointEvidence:
    """Why a spouse owes too."""

    accepted: tuple[str, ...]


@kind("joint_evidence", accepted=FEWER)
def joint_evidence(facts: Facts, params: JointEvidence) -> Finding | None:
    party = facts.party
    if not facts.is_contact or party.role != "spouse_joint" or facts.action.purpose != "demand":
        return None
    if party.joint_evidence in params.accepted:
        return None
    return Finding(party.joint_evidence or None, params.accepted)


@dataclass(frozen=True, kw_only=True)
class Unreachable:
    """When the debtor counts as unreachable: all their own numbers are proven dead; or `mode` days: at least `misses` calls
    missed on each of `days` calendar days in a row since they were last reached; or `mode` attempts: so many calls in a row
    missed, from the day after the last of them."""

    mode: Literal["days", "attempts"] = "days"
    days: int = 3
    misses: int = 1


@dataclass(frozen=True, kw_only=True)
class ThirdPersons(Unreachable):
    """When a third person may be contacted: the debtor cannot be reached, or has died or lost capacity, each with the
    purposes that this allows."""

    when_unreachable: tuple[Purpose, ...]
    when_gone: tuple[Purpose, ...]


@kind(
    "third_persons",
    when_unreachable=FEWER, when_gone=FEWER, days=HIGHER, misses=HIGHER, mode=FIXED,
)  # fmt: skip
def third_persons(facts: Facts, params: ThirdPersons) -> Finding | None:
    if not is_third(facts, facts.party) or not facts.is_outbound:
        return None
    purpose = facts.action.purpose
    if facts.status != "alive" and purpose in params.when_gone:
        return Finding(facts.status, strength="record", evidence=("purpose",))
    since = unreachable_since(facts, params)
    if since is not None and facts.now >= since and purpose in params.when_unreachable:
        return Finding("unreachable", strength="record", evidence=("purpose",))
    until = since if since is not None and facts.now < since and purpose in params.when_unreachable else None
    return Finding("reachable" if since is None else "unreachable", params.when_unreachable, until=until)


def unreachable_since(facts: Facts, params: Unreachable) -> dt.datetime | None:
    """From when on the debtor counts as unreachable, as far as is known now; None while they can be reached. Computed from
    the log, never typed in: reaching them ends it."""
    own = [
        point
        for point in facts.points
        if point.kind == "phone" and facts.own_roles.get(point.party, "debtor") == "debtor"
    ]
    if own and all(point.invalid for point in own):
        return facts.now
    with_debtor = [
        event
        for event in facts.past
        if event.channel == "call" and facts.own_roles.get(event.party, "debtor") == "debtor"
    ]
    reached = max((e.at for e in with_debtor if e.result in REACHED or e.direction == "in"), default=None)
    missed = sorted(
        e.at for e in with_debtor if e.direction == "out" and e.result in MISSED and (reached is None or e.at > reached)
    )
    if params.mode == "attempts":
        if len(missed) < params.days:
            return None
        return facts.start_of(facts.day_of(missed[params.days - 1]) + dt.timedelta(days=1))
    by_day: dict[dt.date, list[dt.datetime]] = {}
    for moment in missed:
        by_day.setdefault(facts.day_of(moment), []).append(moment)
    enough = {day for day, moments in by_day.items() if len(moments) >= params.misses}
    for day in sorted(enough):
        if all(day - dt.timedelta(days=n) in enough for n in range(params.days)):
            return by_day[day][params.misses - 1]
    return None


@dataclass(frozen=True)
class RefusalIsFinal:
    """Whether a third person's refusal is asked about at all."""

    roles: tuple[Role, ...] = ("contact", "relative", "spouse_joint")


@kind("refusal_is_final", roles=MORE)
def refusal_is_final(facts: Facts, params: RefusalIsFinal) -> Finding | None:
    """For all contracts, all agencies, all their numbers, and for ever."""
    party = facts.party
    if party.role not in params.roles or not facts.is_outbound:
        return None
    if party.refused_at is None or party.refused_at > facts.now:
        return None
    return Finding(facts.day_of(party.refused_at))


@dataclass(frozen=True)
class PointSource:
    """How the lender may have come to a number; those of `third` persons only in `third_sources`."""

    allowed: tuple[str, ...]
    third_sources: tuple[str, ...]


@kind("point_source", allowed=FEWER, third_sources=FEWER)
def point_source(facts: Facts, params: PointSource) -> Finding | None:
    point = facts.point
    if point is None or not facts.is_outbound:
        return None
    allowed = params.third_sources if is_third(facts, facts.party) else params.allowed
    return None if point.source in allowed else Finding(point.source or None, allowed)


@dataclass(frozen=True)
class Heirs:
    """Whether an heir can be asked only once the estate is on record."""

    needs_estate: bool = True


@kind("heirs", needs_estate=YES)
def heirs(facts: Facts, params: Heirs) -> Finding | None:
    """Heirs owe up to what they got, and nothing when they renounced."""
    party, action = facts.party, facts.action
    if not facts.is_contact or party.role != "heir" or action.purpose != "demand":
        return None
    if party.renounced:
        return Finding("renounced")
    if party.estate_share is None:
        return Finding(None, "estate_share") if params.needs_estate else None
    owed = sum((loan.balance for loan in facts.loans_meant if loan.balance is not None), start=party.estate_share * 0)
    most = min(owed, party.estate_share) if facts.loans_meant else party.estate_share
    if action.amount is not None and action.amount > most:
        return Finding(action.amount, most)
    return None


@dataclass(frozen=True)
class OncePerThird:
    """How often a third person may be contacted at all, unless they asked for it."""

    most: int | None = 1


@kind("once_per_third", most=LOWER)
def once_per_third(facts: Facts, params: OncePerThird) -> Finding | None:
    if params.most is None or not is_third(facts, facts.party) or not facts.is_outbound:
        return None
    count = sum(1 for event in facts.past if event.party == facts.action.party and event.direction == "out")
    return Finding(count, params.most) if count >= params.most else None


@dataclass(frozen=True)
class NotThrough:
    """Who stands before the debtor, so that the debtor is not contacted."""

    role: Role = "attorney"
    verdict: Strength | None = None


@kind("represented", role=FIXED, verdict=FIXED)
def represented(facts: Facts, params: NotThrough) -> Finding | None:
    if facts.party.role != "debtor" or not facts.is_outbound:
        return None
    if not any(party.role == params.role for party in facts.parties):
        return None
    return Finding(params.role, strength=params.verdict)


@dataclass(frozen=True)
class Workplace:
    """Whether a number at work is left alone where the employer does not want such calls."""

    forbidden: bool = True


@kind("workplace", forbidden=YES)
def workplace(facts: Facts, params: Workplace) -> Finding | None:
    point = facts.point
    if not params.forbidden or not facts.employer_forbids or point is None or not point.workplace:
        return None
    return Finding("workplace") if facts.is_outbound else None
