"""How: what has to be said at the beginning, by which line, what is shown to whom, and what a contact's log has to hold."""

import datetime as dt
from dataclasses import dataclass

from compliance.rules.facts import TALKED, Channel, Facts
from compliance.rules.kinds import kind
from compliance.rules.persons import Unreachable, is_third, unreachable_since
from compliance.rules.tighter import FEWER, FIXED, HIGHER, LOWER, MORE, YES
from compliance.rules.verdict import Finding


@dataclass(frozen=True)
class OpeningSaid:
    """What is `said` in every talk, and `shown` besides on a visit."""

    said: tuple[str, ...]
    shown: tuple[str, ...] = ()


@kind("opening_said", said=MORE, shown=MORE)
def opening_said(facts: Facts, params: OpeningSaid) -> Finding | None:
    action = facts.action
    if action.kind != "record" or action.conduct is None or action.direction != "out" or action.result not in TALKED:
        return None
    missing = [one for one in params.said if one not in action.conduct.said]
    if action.channel == "visit":
        missing += [one for one in params.shown if one not in action.conduct.shown]
    return Finding(tuple(missing), (*params.said, *params.shown)) if missing else None


@dataclass(frozen=True)
class RightParty:
    """How many `factors` (name, last digits, date of birth: asked, not told) prove that it is the debtor."""

    factors: int = 2


@kind("right_party", factors=HIGHER)
def right_party(facts: Facts, params: RightParty) -> Finding | None:
    """Before that nothing of the debt is shown to the caller; an amount that was told all the same is reported."""
    action = facts.action
    if action.kind == "show" and not is_third(facts, facts.party):
        proven = len(set(action.verified))
        return Finding(proven, params.factors) if proven < params.factors else None
    if action.kind == "record" and action.conduct is not None and action.conduct.told_amount:
        return Finding(action.result, strength="report")
    return None


@dataclass(frozen=True)
class MaskedFields:
    """What of the debt nobody sees who talks to a third person."""

    fields: tuple[str, ...]


@kind("masked_fields", fields=MORE)
def masked_fields(facts: Facts, params: MaskedFields) -> Finding | None:
    if facts.action.kind != "show" or not is_third(facts, facts.party):
        return None
    shown = tuple(one for one in facts.action.fields if one in params.fields)
    return Finding(shown, params.fields) if shown else None


@dataclass(frozen=True, kw_only=True)
class Volunteers(Unreachable):
    """A third person who offers to pay is told `unlocks` and nothing else; while the debtor can be reached, only with their
    consent."""

    unlocks: tuple[str, ...] = ("payoff_amount", "account", "deadline")
    needs_consent: bool = True


@kind("volunteers", unlocks=FEWER, needs_consent=YES, mode=FIXED, days=HIGHER, misses=HIGHER)
def volunteers(facts: Facts, params: Volunteers) -> Finding | None:
    action, party = facts.action, facts.party
    if action.kind != "show" or not is_third(facts, party) or not action.fields:
        return None
    beyond = tuple(one for one in action.fields if one not in params.unlocks)
    if beyond or not party.volunteered:
        return Finding(beyond or None, params.unlocks)
    since = unreachable_since(facts, params)
    reachable = since is None or facts.now < since
    agreed = any(one.type == "volunteer" and one.evidence for one in facts.agreements)
    if reachable and params.needs_consent and not agreed:
        return Finding("reachable", "consent")
    return Finding(action.fields, params.unlocks, strength="record", evidence=(party.volunteered,))


@dataclass(frozen=True)
class RegisteredSender:
    """Contacts by these `channels` go out from registered lines and accounts only."""

    channels: tuple[Channel, ...]


@kind("registered_sender", channels=MORE)
def registered_sender(facts: Facts, params: RegisteredSender) -> Finding | None:
    """What was done from a private telephone is kept, and reported."""
    action = facts.action
    if not facts.is_contact or action.direction != "out" or action.channel not in params.channels:
        return None
    if action.sender_registered is not False:
        return None
    return Finding("unregistered", strength="report" if action.kind == "record" else None)


@dataclass(frozen=True)
class Entry:
    """Whether a home or workplace may be entered only with a consent that can be shown."""

    needs_consent: bool = True


@kind("entry", needs_consent=YES)
def entry(facts: Facts, params: Entry) -> Finding | None:
    action = facts.action
    if not params.needs_consent or action.kind != "record" or action.channel != "visit" or action.conduct is None:
        return None
    return Finding("entered") if action.conduct.entered and not action.conduct.entry_consent else None


@dataclass(frozen=True)
class VisitMedia:
    """A visit is recorded from beginning to end; a gap of more than `gap_seconds` is asked about."""

    required: bool = True
    gap_seconds: int | None = 60


@kind("visit_media", required=YES, gap_seconds=LOWER)
def visit_media(facts: Facts, params: VisitMedia) -> Finding | None:
    action = facts.action
    if action.kind != "record" or action.channel != "visit" or action.conduct is None:
        return None
    if params.required and not action.conduct.media:
        return Finding("incomplete", evidence=("media",))
    if params.gap_seconds is not None and action.conduct.media_gap > params.gap_seconds:
        return Finding(action.conduct.media_gap, params.gap_seconds, strength="warn")
    return None


@dataclass(frozen=True)
class LateEntry:
    """Hours after a contact within which it is written down."""

    hours: int | None


@kind("late_entry", hours=LOWER)
def late_entry(facts: Facts, params: LateEntry) -> Finding | None:
    action = facts.action
    if params.hours is None or action.kind != "record" or action.recorded_at is None:
        return None
    late = action.recorded_at - (action.ended_at or facts.now)
    if late <= dt.timedelta(hours=params.hours):
        return None
    return Finding(int(late.total_seconds() // 3600), params.hours)


@dataclass(frozen=True)
class AiCalls:
    """What a call by machine has to be able to do."""

    handoff: bool = True


@kind("ai_calls", handoff=YES)
def ai_calls(facts: Facts, params: AiCalls) -> Finding | None:
    """Its limits are everybody's; the version of the model is kept."""
    action = facts.action
    if not facts.is_contact or action.actor_kind != "ai":
        return None
    if params.handoff and action.handoff is False:
        return Finding("no_handoff")
    return Finding("ai", strength="record", evidence=("model_version",))
