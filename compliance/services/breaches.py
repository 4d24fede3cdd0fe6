"""Which contacts of a debtor were against a rule, as far as is known now."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from compliance.breaching.from_log import follow
from compliance.facts import LOOKS_BACK, Known, event_of, gather_each
from compliance.models import AttemptState, Breach, BreachState, ContactAttempt
from compliance.rulebook import rules_in_force
from compliance.rules.engine import decide
from compliance.rules.facts import Action, Facts
from compliance.rules.occasions import Conduct

AFFECTED = timedelta(days=31)
"""How long a contact can make a later one a breach: the longest period that a rule counts over."""

OF_THE_LOG = frozenset(
    {
        *("quiet_hours", "limit", "quiet_after", "burst", "third_persons", "once_per_third", "on_hold"),
        *("refusal_is_final", "wording"),
    }
)
"""Kinds that can be asked about the past: by hours, the log, what is dated. Today's balance says nothing of last week."""


def recount(*, debtor_id: int, since: datetime, now: datetime) -> list[Breach]:
    """Judge every contact from `since` on that it can have made a breach, by the rules of its day. New breaches are written,
    those that are none any more withdrawn, and withdrawn ones that are some again opened; gives those that changed.

    In the caller's transaction, with the debtor held. A contact is judged by what we know now had happened before it.
    """
    return recount_each({debtor_id: since}, now=now)


def recount_each(since: Mapping[int, datetime], *, now: datetime) -> list[Breach]:
    """`recount` for many debtors (by id, each from its moment on), all of them held: what changed is written at once, and
    comes into the register (`breaching`) with it."""
    known = gather_each({debtor: moment - LOOKS_BACK for debtor, moment in since.items()}, now=now)
    judged: list[ContactAttempt] = []
    found: dict[tuple[int, str, str], tuple[str, str]] = {}
    for debtor_id, moment in since.items():
        attempts, against = _judged(known[debtor_id], moment)
        judged += attempts
        found |= against
    changed = _write(judged, found, now)
    follow(changed, judged, now=now)
    return changed


def _judged(known: Known, since: datetime) -> tuple[list[ContactAttempt], dict[tuple[int, str, str], tuple[str, str]]]:
    """The contacts of one debtor that may have changed, and what of them is against a rule."""
    begun, ended = since - timedelta(days=1), since + AFFECTED
    judged = [one for one in known.log if one.state == AttemptState.CLOSED and begun <= one.opened_at <= ended]
    rules = [rule for rule in rules_in_force(key=known.rulebook) if rule.kind.name in OF_THE_LOG]
    found: dict[tuple[int, str, str], tuple[str, str]] = {}
    for attempt in judged:
        if attempt.direction == "out" and not attempt.misdirected:
            verdict = decide(_as_it_was(attempt, known.facts, known.party_of), rules)
            for reason in verdict.reasons:
                if reason.verdict in ("block", "report"):
                    told = reason.to_json()
                    found[attempt.pk, reason.pack, reason.rule] = (_short(told["observed"]), _short(told["limit"]))
    return judged, found


def _as_it_was(attempt: ContactAttempt, facts: Facts, party_of: dict[int, str]) -> Facts:
    """The contact as an action at its own moment; of the log, what came before it."""
    event = event_of(attempt, party_of)
    action = Action(
        kind="record",
        channel=event.channel,
        purpose=attempt.purpose,  # type: ignore[arg-type]
        party=event.party,
        point=event.point,
        loans=event.loans,
        actor=event.actor,
        actor_kind=event.actor_kind,
        org=event.org,
        ended_at=attempt.ended_at,
        result=attempt.result or None,  # type: ignore[arg-type]
        conduct=Conduct(note=attempt.note),
    )
    earlier = tuple(one for one in facts.history if one.at < event.at)
    return replace(facts, now=event.at, action=action, history=earlier)


def _write(
    judged: list[ContactAttempt], found: dict[tuple[int, str, str], tuple[str, str]], now: datetime
) -> list[Breach]:
    kept = {(b.attempt_id, b.pack, b.rule): b for b in Breach.objects.filter(attempt__in=judged)}
    changed = []
    for key, (observed, limit) in found.items():
        breach = kept.get(key)
        if breach is None:
            attempt_id, pack, rule = key
            changed.append(
                Breach(attempt_id=attempt_id, pack=pack, rule=rule, observed=observed, limit=limit, changed_at=now)
            )
        elif breach.state == BreachState.WITHDRAWN:
            breach.state, breach.observed, breach.limit, breach.changed_at = BreachState.OPEN, observed, limit, now
            changed.append(breach)
    for key, breach in kept.items():
        if key not in found and breach.state == BreachState.OPEN:
            breach.state, breach.changed_at = BreachState.WITHDRAWN, now
            changed.append(breach)
    Breach.objects.bulk_create([breach for breach in changed if breach.pk is None])
    Breach.objects.bulk_update(
        [breach for breach in changed if breach.pk is not None], ["state", "observed", "limit", "changed_at"]
    )
    return changed


def _short(value: object) -> str:
    return "" if value is None else str(value)[:64]
